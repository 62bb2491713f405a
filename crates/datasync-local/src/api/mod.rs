//! DataSync's JSON 1.1 API: one file per family of operations, and the dispatch by name.
//!
//! Rule: requests are checked completely here; the other modules get only valid values.

mod caller;
mod error;
mod executions;
mod filters;
mod locations;
mod locations_list;
mod option_rules;
mod page;
mod patterns;
mod schedule;
mod start_execution;
mod tags;
mod task_checks;
mod tasks;
mod transfer_checks;

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::app::DataSyncApp;
use crate::state::AccountRegion;

pub use caller::account_region_of;
pub use error::ApiError;

/// The prefix of the operation's name in `X-Amz-Target`.
pub const TARGET_PREFIX: &str = "FmrsService.";

/// Runs one operation for a caller.
///
/// # Errors
/// [`ApiError`], for a response in DataSync's form.
pub async fn call_operation(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    operation: &str,
    body: &[u8],
) -> Result<Value, ApiError> {
    match operation {
        "CreateLocationEfs" => locations::create_efs(app, account_region, parse(body)?),
        "CreateLocationS3" => locations::create_s3(app, account_region, parse(body)?).await,
        "UpdateLocationEfs" => locations::update_efs(app, account_region, parse(body)?),
        "UpdateLocationS3" => locations::update_s3(app, account_region, parse(body)?).await,
        "DescribeLocationEfs" => locations::describe_efs(app, account_region, parse(body)?),
        "DescribeLocationS3" => locations::describe_s3(app, account_region, parse(body)?),
        "DeleteLocation" => locations::delete_location(app, account_region, parse(body)?),
        "ListLocations" => locations_list::list_locations(app, account_region, parse(body)?),
        "CreateTask" => tasks::create_task(app, account_region, parse(body)?),
        "UpdateTask" => tasks::update_task(app, account_region, parse(body)?),
        "DescribeTask" => tasks::describe_task(app, account_region, parse(body)?),
        "ListTasks" => tasks::list_tasks(app, account_region, parse(body)?),
        "DeleteTask" => tasks::delete_task(app, account_region, parse(body)?),
        "StartTaskExecution" => start_execution::start_execution(app, account_region, parse(body)?),
        "DescribeTaskExecution" => {
            executions::describe_execution(app, account_region, parse(body)?)
        }
        "ListTaskExecutions" => executions::list_executions(app, account_region, parse(body)?),
        "CancelTaskExecution" => executions::cancel_execution(app, account_region, parse(body)?),
        "UpdateTaskExecution" => executions::update_execution(app, account_region, parse(body)?),
        "TagResource" => tags::tag_resource(app, account_region, parse(body)?),
        "UntagResource" => tags::untag_resource(app, account_region, parse(body)?),
        "ListTagsForResource" => tags::list_tags(app, account_region, parse(body)?),
        other => Err(ApiError::invalid_request(format!("{other} is not supported locally."))),
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| ApiError::invalid_parameter(error.to_string()))
}

/// Removes null fields from a response: the API leaves out unknown values.
fn without_nulls(mut value: Value) -> Value {
    if let Value::Object(fields) = &mut value {
        fields.retain(|_, field| !field.is_null());
    }
    value
}

#[cfg(test)]
mod tests;
