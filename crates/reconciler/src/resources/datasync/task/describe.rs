//! Reads of a task, and the wait for its availability.

use aws_sdk_datasync::operation::describe_task::DescribeTaskOutput;
use aws_sdk_datasync::types::TaskStatus;

use crate::Aws;
use crate::kind_error::{Cause, KindError};
use crate::resource_id::ResourceId;
use crate::resources::datasync::lists;
use crate::resources::datasync::refusals::answer_if_there;
use crate::resources::datasync::tagging::is_managed;
use crate::wait::{self, TASK_AVAILABLE};

/// Returns the task with our tags. Those of the desired name are looked at first: one of them is
/// the wanted one, unless somebody renamed it.
pub(super) async fn find_task(
    aws: &Aws,
    id: &ResourceId,
    name: &str,
) -> Result<Option<String>, KindError> {
    let mut tasks = lists::list_tasks(aws, id).await?;
    tasks.sort_by_key(|task| task.name != name);
    for task in tasks {
        if is_managed(aws, id, &task.arn).await? {
            return Ok(Some(task.arn));
        }
    }
    Ok(None)
}

/// Returns the task of this name, with any tags, if there is exactly one.
pub(super) async fn find_only_task(
    aws: &Aws,
    id: &ResourceId,
    name: &str,
) -> Result<Option<String>, KindError> {
    let mut tasks = lists::list_tasks(aws, id).await?;
    tasks.retain(|task| task.name == name);
    let only = if tasks.len() == 1 { tasks.pop() } else { None };
    Ok(only.map(|task| task.arn))
}

pub(super) async fn describe_task(
    aws: &Aws,
    arn: &str,
) -> Result<Option<DescribeTaskOutput>, KindError> {
    let described = aws.datasync.describe_task().task_arn(arn).send().await;
    answer_if_there(described, KindError::doing("describing DataSync task", arn))
}

/// UNAVAILABLE passes when the file system's mount targets are new; when it stays, DataSync reports
/// the reason.
pub(super) async fn await_available(aws: &Aws, arn: &str) -> Result<(), KindError> {
    let mut why = String::new();
    let available = wait::until(TASK_AVAILABLE, async || {
        let doing = KindError::doing("waiting for DataSync task", arn);
        let gone = || doing(Cause::Other("it was deleted in the meantime".to_owned()));
        let answer = describe_task(aws, arn).await?.ok_or_else(gone)?;
        let pending = matches!(answer.status, Some(TaskStatus::Creating | TaskStatus::Unavailable));
        why = [answer.error_code, answer.error_detail]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(": ");
        Ok((!pending).then_some(()))
    });
    available.await?.ok_or_else(|| never_available(arn, &why))
}

fn never_available(arn: &str, why: &str) -> KindError {
    let minutes = TASK_AVAILABLE.as_secs() / 60;
    let cause = format!("it is not AVAILABLE after {minutes} minutes; DataSync reports: {why}");
    KindError::doing("waiting for DataSync task", arn)(Cause::Other(cause))
}
