//! The manual payloads of the four functions: what `aws lambda invoke --payload` and the command line send.

use serde::{Deserialize, Serialize};

use crate::arn::{ArnError, ExecutionArn, TaskArn};

/// To `bootstrap-stack`: `{"action": "apply"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BootstrapRequest {
    pub action: BootstrapAction,
    /// With `destroy`: also delete the file system and the destination bucket with every version in it.
    #[serde(default)]
    pub delete_data: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BootstrapAction {
    Plan,
    Apply,
    Outputs,
    Destroy,
}

/// To `start-execution`: `{"slot": "manual-2026-11-23T10:00:00Z"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartRequest {
    /// What this start is for, 1 to 64 of `A-Z a-z 0-9 . : _ -`; at most one execution is started per slot.
    pub slot: String,
}

/// To `on-execution-complete`: `{"execution": "exec-…"}`, an id or a whole ARN.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompleteRequest {
    pub execution: String,
}

/// To `verify-versions`: `{"execution": "exec-…"}`, an id or a whole ARN. Looks again, even where a proof exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifyRequest {
    pub execution: String,
}

/// The execution that a payload names, by its ARN or by its id within `task`.
///
/// # Errors
/// [`ArnError`] when it is neither.
pub fn named_execution(task: &TaskArn, name: &str) -> Result<ExecutionArn, ArnError> {
    if name.starts_with("arn:") { ExecutionArn::parse(name) } else { task.execution(name) }
}
