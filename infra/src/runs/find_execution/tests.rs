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

async fn search(outputs: &Outputs, named: &str) -> Result<String> {
    let stack = RecordedStack::default();
    stack.record_run(7, "removed", 1, true);
    let found =
        search_execution(&stack.records(), &datasync_with_execution_of(2), outputs, named).await?;
    Ok(found.to_string())
}

#[tokio::test]
async fn an_id_is_found_by_its_record_or_among_the_tasks() {
    let id = |number: u32| format!("exec-{number:017x}");
    let three = outputs_of("home", 1, vec![outputs_of("archive", 2, Vec::new())]);
    let arn = format!("{}/execution/{}", task_arn(9), id(9));
    assert_eq!(search(&three, &arn).await.unwrap(), arn);
    assert_eq!(search(&three, &id(7)).await.unwrap(), execution_arn(7), "of a removed sync");
    let current = format!("{}/execution/{}", task_arn(2), id(8));
    assert_eq!(search(&three, &id(8)).await.unwrap(), current);
    let one = outputs_of("home", 1, Vec::new());
    let of_one = format!("{}/execution/{}", task_arn(1), id(8));
    assert_eq!(search(&one, &id(8)).await.unwrap(), of_one);
    let elsewhere = outputs_of("home", 1, vec![outputs_of("archive", 3, Vec::new())]);
    let unknown = search(&elsewhere, &id(8)).await.unwrap_err();
    assert!(unknown.to_string().starts_with("there is no execution exec-"), "{unknown}");
    assert!(search(&three, "exec-1").await.is_err());
}
