use aws_sdk_datasync::error::ErrorMetadata;
use aws_sdk_datasync::operation::describe_task_execution::{
    DescribeTaskExecutionError, DescribeTaskExecutionOutput,
};
use aws_sdk_datasync::types::error::InvalidRequestException;
use aws_smithy_mocks::{RuleMode, mock, mock_client};
use serde_json::json;

use super::*;
use crate::runs::read_runs::tests::{RecordedStack, execution_arn};

fn task_arn(number: u32) -> String {
    format!("arn:aws:datasync:eu-central-1:111122223333:task/task-{number:017x}")
}

fn outputs_of(sync: &str, number: u32, others: Vec<Outputs>) -> Outputs {
    let outputs = json!({
        "sync": sync, "task_arn": task_arn(number), "source_location_arn": "arn:source",
        "destination_location_arn": "arn:destination", "file_system_id": "fs-1",
        "file_system_arn": "arn:fs-1", "destination_bucket": "data", "destination_prefix": "",
        "instance": null, "log_group": "/efs-s3/backup/datasync",
    });
    Outputs { other_syncs: others, ..serde_json::from_value(outputs).unwrap() }
}

/// DataSync with one execution, of the task `number`.
fn datasync_with_execution_of(number: u32) -> Client {
    let known = task_arn(number);
    let is_known = move |arn: Option<&str>| arn.is_some_and(|arn| arn.starts_with(&known));
    let wanted = is_known.clone();
    let found = mock!(Client::describe_task_execution)
        .match_requests(move |request| is_known(request.task_execution_arn()))
        .then_output(|| DescribeTaskExecutionOutput::builder().build());
    let unknown = mock!(Client::describe_task_execution)
        .match_requests(move |request| !wanted(request.task_execution_arn()))
        .then_error(|| {
            let code = ErrorMetadata::builder().code("InvalidRequestException").build();
            let error = InvalidRequestException::builder().meta(code).build();
            DescribeTaskExecutionError::InvalidRequestException(error)
        });
    mock_client!(aws_sdk_datasync, RuleMode::MatchAny, [&found, &unknown])
}

/// Searches as [`find_execution`] does, without running executions.
async fn search(outputs: &Outputs, named: &str) -> Result<String> {
    let stack = RecordedStack::default();
    stack.record_run(7, "removed", 1, true);
    stack.record_run(0x70, "removed", 2, true);
    let (records, datasync) = (stack.records(), datasync_with_execution_of(2));
    let search = Search { records: &records, datasync: &datasync, outputs };
    let found = match ExecutionName::parse(named).unwrap() {
        ExecutionName::Id(id) => search.find_by_id(&id).await?,
        ExecutionName::Beginning(beginning) => {
            let running = ExecutionArn::parse(&execution_arn(0x99)).unwrap();
            search.find_by_beginning(&beginning, vec![running]).await?
        }
        named => panic!("{named:?}"),
    };
    Ok(found.to_string())
}

#[tokio::test]
async fn an_id_is_found_by_its_record_or_among_the_tasks() {
    let id = |number: u32| format!("exec-{number:017x}");
    let three = outputs_of("home", 1, vec![outputs_of("archive", 2, Vec::new())]);
    assert_eq!(search(&three, &id(7)).await.unwrap(), execution_arn(7), "of a removed sync");
    let current = format!("{}/execution/{}", task_arn(2), id(8));
    assert_eq!(search(&three, &id(8)).await.unwrap(), current);
    let one = outputs_of("home", 2, Vec::new());
    assert_eq!(search(&one, &id(8)).await.unwrap(), current);
    let elsewhere = outputs_of("home", 1, vec![outputs_of("archive", 3, Vec::new())]);
    let unknown = search(&elsewhere, &id(8)).await.unwrap_err().to_string();
    assert!(unknown.starts_with("there is no execution exec-"), "{unknown}");
    assert!(unknown.contains(&format!("the latest: {}", id(0x70))), "{unknown}");
}

#[tokio::test]
async fn the_execution_of_a_restore_is_found_among_the_tasks() {
    let restore = json!({ "task_arn": task_arn(2), "directory": "back/", "role_arn": "arn:role" });
    let restore = serde_json::from_value(restore).unwrap();
    let outputs = Outputs { restore: Some(restore), ..outputs_of("home", 1, Vec::new()) };
    let id = format!("exec-{:017x}", 8);
    assert_eq!(search(&outputs, &id).await.unwrap(), format!("{}/execution/{id}", task_arn(2)));
}

#[tokio::test]
async fn a_unique_beginning_is_enough() {
    let one = outputs_of("home", 1, Vec::new());
    let of_digits = |digits: &str| format!("exec-{}{digits}", "0".repeat(14));
    assert_eq!(search(&one, &of_digits("00")).await.unwrap(), execution_arn(7));
    assert_eq!(search(&one, &of_digits("07")).await.unwrap(), execution_arn(0x70));
    assert_eq!(search(&one, &of_digits("09")).await.unwrap(), execution_arn(0x99), "running");
    let several = search(&one, "exec-00").await.unwrap_err().to_string();
    assert!(several.starts_with("3 executions begin with exec-00"), "{several}");
    let none = search(&one, "abc").await.unwrap_err().to_string();
    assert!(none.starts_with("there is no execution exec-abc…"), "{none}");
}

#[tokio::test]
async fn an_execution_that_ended_a_moment_ago_is_later_than_the_recorded_ones() {
    let stack = RecordedStack::default();
    stack.record_run(7, "home", 1, true);
    let (records, datasync) = (stack.records(), datasync_with_execution_of(2));
    let outputs = outputs_of("home", 1, Vec::new());
    let search = Search { records: &records, datasync: &datasync, outputs: &outputs };
    assert_eq!(search.started_and_not_recorded().await.unwrap(), None, "nothing was started");
    for (number, is_later) in [(7, false), (8, true)] {
        let start = json!({ "slot": "manual-1", "claimed_by": "1",
            "claimed_at": "2023-11-14T22:13:20Z", "execution": execution_arn(number) });
        stack.bucket.put(&keys::start_record("manual-1"), start.to_string());
        let found = search.started_and_not_recorded().await.unwrap();
        assert_eq!(found.is_some(), is_later, "{number}");
    }
}
