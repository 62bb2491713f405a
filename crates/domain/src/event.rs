//! The details of the EventBridge events that wake our functions. `aws_lambda_events` has the
//! envelope, and no type for either of these.

use aws_lambda_events::eventbridge::EventBridgeEvent;
use serde::{Deserialize, Serialize};

use crate::arn::{ArnError, ExecutionArn};

/// `detail` of `DataSync Task Execution State Change`: the state and nothing else
/// (EventBridge Events Reference, "AWS DataSync events").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutionStateChange {
    #[serde(rename = "State")]
    pub state: String,
}

/// `detail` of S3's `Object Created` (S3 User Guide, "EventBridge event message structure").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ObjectCreated {
    pub version: String,
    pub bucket: EventBucket,
    pub object: EventObject,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requester: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_ip_address: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventBucket {
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct EventObject {
    pub key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequencer: Option<String>,
}

/// The execution a state change speaks of: `resources[0]`.
///
/// # Errors
/// [`NoExecution`] when there is no resource, or it is something else.
pub fn execution_of_event<T>(event: &EventBridgeEvent<T>) -> Result<ExecutionArn, NoExecution>
where
    T: Serialize + serde::de::DeserializeOwned,
{
    let first = event.resources.as_ref().and_then(|all| all.first()).ok_or(NoExecution::Empty)?;
    Ok(ExecutionArn::parse(first)?)
}

/// An event that should name a DataSync task execution and does not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoExecution {
    #[error("the event's `resources` is empty")]
    Empty,
    #[error("the event's first resource")]
    Other(#[from] ArnError),
}
