//! Faults on demand, queueing and cancelling.

use std::fs;

use serde_json::{Value, json};

use crate::world::{BUCKET, REPORTS, World};

#[tokio::test]
async fn an_execution_fails_at_the_injected_phase() {
    for (fault, transferred, phase) in [
        ("fail-at-launching", 0, "PrepareStatus"),
        ("fail-at-preparing", 0, "PrepareStatus"),
        ("fail-at-transferring", 0, "TransferStatus"),
        ("fail-at-verifying", 1, "VerifyStatus"),
    ] {
        let world = World::new().await;
        fs::write(world.root_path().join("x"), "x").unwrap();
        let task = world.backup_task(json!({})).await;
        world.set_fault(&task, fault).await;
        let ended = world.run_task(&task).await;
        assert_eq!(ended.described["Result"]["ErrorCode"], "InjectedFault", "{fault}");
        assert_eq!(world.fake.latest_objects(BUCKET).len(), transferred, "{fault}");
        let expected = if fault == "fail-at-launching" { "PENDING" } else { "ERROR" };
        assert_eq!(ended.described["Result"][phase], expected, "{fault}");
    }
}

#[tokio::test]
async fn a_delayed_report_is_pending_and_then_there() {
    let world = World::new().await;
    fs::write(world.root_path().join("x"), "x").unwrap();
    let task = world.backup_task(json!({})).await;
    world.set_fault(&task, "delay-report=1").await;
    let ended = world.run_task(&task).await.expect_success();
    assert_eq!(ended.described["ReportResult"]["Status"], "PENDING");
    let told = |described: &Value| described["ReportResult"]["Status"] == "SUCCESS";
    world.wait_until(&ended.arn, told).await;
    assert_eq!(world.read_report(&ended).transferred.len(), 1);
}

#[tokio::test]
async fn a_truncated_report_has_a_part_that_is_no_json() {
    let world = World::new().await;
    fs::write(world.root_path().join("x"), "x").unwrap();
    let task = world.backup_task(json!({})).await;
    world.set_fault(&task, "truncate-report").await;
    world.run_task(&task).await.expect_success();
    let broken = |body: &[u8]| serde_json::from_slice::<Value>(body).is_err();
    assert_eq!(
        world.fake.latest_objects(REPORTS).values().filter(|part| broken(&part.body)).count(),
        1
    );
}

#[tokio::test]
async fn executions_queue_up_to_fifty_and_run_in_turn() {
    let world = World::new().await;
    let task = world.backup_task(json!({ "VerifyMode": "NONE" })).await;
    world.set_fault(&task, "stay-launching").await;
    let first = world.start_execution(&task, json!({})).await;
    let mut queued = Vec::new();
    for _ in 0..50 {
        queued.push(world.start_execution(&task, json!({})).await);
    }
    let plain = json!({ "TaskArn": task });
    let disabled = json!({ "TaskArn": task, "OverrideOptions": { "TaskQueueing": "DISABLED" } });
    for (start, refusal) in [(plain, "50 are queued already"), (disabled, "in progress")] {
        let refused = world.call_operation("StartTaskExecution", start).await;
        assert!(refused.unwrap_err().contains(refusal), "{refusal}");
    }
    let described = world.call_operation("DescribeTask", json!({ "TaskArn": task })).await.unwrap();
    assert_eq!(described["Status"], "RUNNING");
    world.remove_fault(&task).await;
    world.cancel_execution(&queued[3]).await.unwrap();
    world.cancel_execution(&first).await.unwrap();
    assert_eq!(world.wait_for_end(&first).await.described["Result"]["ErrorCode"], "Cancelled");
    for (number, arn) in queued.iter().enumerate() {
        let ended = world.wait_for_end(arn).await;
        assert_eq!(ended.status() == "ERROR", number == 3, "{:#}", ended.described);
    }
}

#[tokio::test]
async fn an_execution_stays_queued_until_it_is_cancelled() {
    let world = World::new().await;
    let task = world.backup_task(json!({})).await;
    world.set_fault(&task, "stay-queued").await;
    let stuck = world.start_execution(&task, json!({})).await;
    assert_eq!(world.describe_execution(&stuck).await["Status"], "QUEUED");
    world.remove_fault(&task).await;
    let next = world.start_execution(&task, json!({})).await;
    world.cancel_execution(&stuck).await.unwrap();
    world.wait_for_end(&next).await.expect_success();
    let twice = world.cancel_execution(&stuck).await;
    assert!(twice.unwrap_err().contains("cannot be cancelled"));
}

#[tokio::test]
async fn the_bandwidth_limit_changes_while_it_runs() {
    let world = World::new().await;
    for number in 0..40 {
        fs::write(world.root_path().join(format!("{number}")), vec![1; 1000]).unwrap();
    }
    let task = world.backup_task(json!({ "BytesPerSecond": 1, "VerifyMode": "NONE" })).await;
    let arn = world.start_execution(&task, json!({})).await;
    world.wait_until(&arn, |described| described["Status"] == "TRANSFERRING").await;
    let update = json!({ "TaskExecutionArn": arn, "Options": { "BytesPerSecond": -1 } });
    world.call_operation("UpdateTaskExecution", update).await.unwrap();
    let ended = world.wait_for_end(&arn).await.expect_success();
    assert_eq!(ended.described["Options"]["BytesPerSecond"], -1);
}

#[tokio::test]
async fn a_throttled_execution_can_be_cancelled() {
    let world = World::new().await;
    for number in 0..3 {
        fs::write(world.root_path().join(format!("{number}")), vec![1; 100_000]).unwrap();
    }
    let task = world.backup_task(json!({ "BytesPerSecond": 1 })).await;
    let arn = world.start_execution(&task, json!({})).await;
    world.wait_until(&arn, |described| described["BytesTransferred"] != 0).await;
    world.cancel_execution(&arn).await.unwrap();
    assert_eq!(world.wait_for_end(&arn).await.described["Result"]["ErrorCode"], "Cancelled");
}
