//! DataSync's JSON 1.1 API: one file per family of operations, and the dispatch by name.
//!
//! Rule: requests are checked here, completely; what lies behind gets only values that hold.

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
mod tags;
mod task_checks;
mod tasks;

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::app::App;
use crate::state::Place;

pub use caller::place_of;
pub use error::ApiError;

/// What precedes the operation's name in `X-Amz-Target`.
pub const TARGET_PREFIX: &str = "FmrsService.";

/// Carries out one operation for a caller.
///
/// # Errors
/// [`ApiError`], to be answered as DataSync does.
pub async fn call(
    app: &Arc<App>,
    place: &Place,
    operation: &str,
    body: &[u8],
) -> Result<Value, ApiError> {
    match operation {
        "CreateLocationEfs" => locations::create_efs(app, place, parse(body)?),
        "CreateLocationS3" => locations::create_s3(app, place, parse(body)?).await,
        "UpdateLocationEfs" => locations::update_efs(app, place, parse(body)?),
        "UpdateLocationS3" => locations::update_s3(app, place, parse(body)?).await,
        "DescribeLocationEfs" => locations::describe_efs(app, place, parse(body)?),
        "DescribeLocationS3" => locations::describe_s3(app, place, parse(body)?),
        "DeleteLocation" => locations::delete(app, place, parse(body)?),
        "ListLocations" => locations_list::list(app, place, parse(body)?),
        "CreateTask" => tasks::create(app, place, parse(body)?),
        "UpdateTask" => tasks::update(app, place, parse(body)?),
        "DescribeTask" => tasks::describe(app, place, parse(body)?),
        "ListTasks" => tasks::list(app, place, parse(body)?),
        "DeleteTask" => tasks::delete(app, place, parse(body)?),
        "StartTaskExecution" => executions::start(app, place, parse(body)?),
        "DescribeTaskExecution" => executions::describe(app, place, parse(body)?),
        "ListTaskExecutions" => executions::list(app, place, parse(body)?),
        "CancelTaskExecution" => executions::cancel(app, place, parse(body)?),
        "UpdateTaskExecution" => executions::update(app, place, parse(body)?),
        "TagResource" => tags::tag(app, place, parse(body)?),
        "UntagResource" => tags::untag(app, place, parse(body)?),
        "ListTagsForResource" => tags::list(app, place, parse(body)?),
        other => Err(ApiError::invalid(format!("{other} is not supported locally."))),
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| ApiError::parameter(error.to_string()))
}

/// An answer without its null fields: the API leaves out what it doesn't know.
fn without_nulls(mut value: Value) -> Value {
    if let Value::Object(fields) = &mut value {
        fields.retain(|_, field| !field.is_null());
    }
    value
}

#[cfg(test)]
mod tests;
