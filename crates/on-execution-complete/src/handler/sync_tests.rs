//! The end of an execution of one of several syncs, and of none.

use aws_fakes::{Interleaving, task_arn};
use domain::names::{SLOT_TAG, STACK_TAG};
use domain::records::last_run::LastRun;
use serde_json::json;

use super::*;
use crate::testing::{CompletionFixture, STACKS};

fn stack_of_three() -> CompletionFixture {
    CompletionFixture::of_stack(STACKS[1], &Interleaving::default())
}

/// The event of an execution of a task that no sync has any more.
fn event_of_other_task(fixture: &CompletionFixture) -> Value {
    let mut event = fixture.state_change(1, "SUCCESS");
    let execution = format!("{}/execution/exec-0123456789abcdef0", task_arn(9));
    event["resources"] = json!([execution]);
    event
}

#[tokio::test]
async fn an_execution_is_recorded_for_the_sync_of_its_task() {
    let fixture = stack_of_three();
    fixture.fail(1, "OpNotSupp", "x40016");
    fixture.invoke(fixture.state_change(1, "ERROR"), "r1").await.unwrap();
    assert_eq!(fixture.run_record(1).sync, fixture.sync);
    let last: LastRun = fixture.env.read_document(&keys::last_run(&fixture.sync));
    assert_eq!(last.bad_in_a_row, 1);
    let of_default = keys::last_run(&SyncName::default());
    assert!(fixture.env.bucket.get(&of_default).is_none(), "other syncs keep their state");
    let subjects = fixture.subjects();
    assert!(subjects[0].starts_with("[backup/home] the execution failed"), "{subjects:?}");
    let line = fixture.metrics.lines().concat();
    assert!(line.contains(r#""Sync":"home""#), "{line}");
}

#[tokio::test]
async fn a_person_may_name_an_execution_of_any_sync() {
    let fixture = stack_of_three();
    fixture.succeed(1, 7);
    let id = fixture.execution_arn(1).id().to_owned();
    for _ in 0..2 {
        let outcome = fixture.invoke(json!({"execution": id}), "r1").await.unwrap();
        let answer = serde_json::to_value(&outcome).unwrap();
        assert_eq!((&answer["sync"], &answer["result"]), (&json!("home"), &json!("succeeded")));
    }
    let unknown = fixture.invoke(json!({"execution": "exec-0aaaaaaaaaaaaaaaa"}), "r2").await;
    assert!(unknown.unwrap_err().to_string().contains("the execution of the request"));
}

#[tokio::test]
async fn an_execution_of_another_stack_is_no_error_and_has_no_record() {
    let fixture = stack_of_three();
    let outcome = fixture.invoke(event_of_other_task(&fixture), "r1").await.unwrap();
    assert!(matches!(outcome, CompletionOutcome::NotOfStack { .. }), "{outcome:?}");
    assert_eq!(fixture.env.bucket.keys(), [keys::OUTPUTS]);
}

#[tokio::test]
async fn a_late_event_of_a_removed_sync_is_recorded_for_it() {
    let fixture = stack_of_three();
    // The task of `home` is there, and the outputs do not have it any more.
    let mut outputs: Value = fixture.env.read_document(keys::OUTPUTS);
    outputs["other_syncs"].as_array_mut().unwrap().pop();
    fixture.env.bucket.put(keys::OUTPUTS, outputs.to_string());
    fixture.change_execution(1, |execution| {
        let slot = "home.schedule-2026-11-23T10:00:00Z";
        execution
            .tags
            .extend([(STACK_TAG.into(), "backup".into()), (SLOT_TAG.into(), slot.into())]);
    });
    fixture.succeed(1, 7);
    fixture.invoke(fixture.state_change(1, "SUCCESS"), "r1").await.unwrap();
    assert_eq!(fixture.run_record(1).sync, fixture.sync);
}

#[tokio::test]
async fn with_a_limit_the_end_of_an_execution_starts_what_waits() {
    for limit in [None, Some(3)] {
        let fixture = stack_of_three();
        if let Some(limit) = limit {
            let mut config = crate::testing::template_config();
            config.limits.max_parallel_executions = Some(limit);
            fixture.env.bucket.put(keys::CONFIG, serde_json::to_vec(&config).unwrap());
        }
        fixture.succeed(1, 7);
        fixture.invoke(fixture.state_change(1, "SUCCESS"), "r1").await.unwrap();
        let asked = fixture.env.functions.payloads();
        let is_asked = asked.contains(&json!({"action": "start-waiting"}));
        assert_eq!(is_asked, limit.is_some(), "{asked:?}");
    }
}
