//! The manual payloads of the four functions: what `aws lambda invoke --payload` and the command
//! line send.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::arn::{ArnError, ExecutionArn, TaskArn};
use crate::config::VerifyMode;
use crate::overrides::Overrides;
use crate::records::proof::Depth;
use crate::sync_name::SyncName;

/// To `bootstrap-stack`: `{"action": "apply"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BootstrapRequest {
    pub action: BootstrapAction,
    /// With `destroy`: also delete the file system and the destination bucket with every version in
    /// it.
    #[serde(default)]
    pub delete_data: bool,
    /// With `apply`: ids of resources that may be replaced although they hold data, which is lost
    /// then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replace: Vec<String>,
    /// From `efs-s3 deploy`: the configuration was written just before. S3 may not show it yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub configured: bool,
    /// From `efs-s3 deploy`: when it changed the role of `bootstrap-stack`. IAM may not grant it
    /// yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_changed_at: Option<DateTime<Utc>>,
}

impl BootstrapRequest {
    /// The action, leaving all data alone.
    #[must_use]
    pub fn new(action: BootstrapAction) -> Self {
        Self {
            action,
            delete_data: false,
            replace: Vec::new(),
            configured: false,
            role_changed_at: None,
        }
    }
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
    /// The slot of this start, 1 to 64 of `A-Z a-z 0-9 . : _ -`; at most one execution of a sync is
    /// started per slot.
    pub slot: String,
    /// The sync to start; absent: the only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sync: Option<SyncName>,
    /// The options in which this execution differs from the task.
    #[serde(default, skip_serializing_if = "Overrides::is_empty")]
    pub overrides: Overrides,
    /// The treatment of a running execution; absent: as configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when_busy: Option<WhenBusy>,
    /// The id of the execution whose busy files this one copies again; from
    /// `on-execution-complete`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_of: Option<String>,
}

impl StartRequest {
    /// The request of the schedule.
    #[must_use]
    pub fn new(slot: impl Into<String>) -> Self {
        Self {
            slot: slot.into(),
            sync: None,
            overrides: Overrides::default(),
            when_busy: None,
            retry_of: None,
        }
    }

    /// The same request for a sync.
    #[must_use]
    pub fn of_sync(self, sync: &SyncName) -> Self {
        Self { sync: (!sync.is_default()).then(|| sync.clone()), ..self }
    }

    /// An execution that compares everything on both sides. It waits for one under way: that one
    /// does not do its work.
    #[must_use]
    pub fn full_verification(slot: impl Into<String>) -> Self {
        let overrides = Overrides {
            verify_mode: Some(VerifyMode::PointInTimeConsistent),
            ..Overrides::default()
        };
        Self { overrides, when_busy: Some(WhenBusy::Queue), ..Self::new(slot) }
    }
}

/// To `start-execution`: `{"action": "sweep"}`. Looks for everything without an event, and starts
/// no execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SweepRequest {
    pub action: SweepAction,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SweepAction {
    Sweep,
    /// Starts what waits because of `limits.max_parallel_executions`, and looks for nothing else.
    StartWaiting,
}

impl SweepRequest {
    #[must_use]
    pub fn new() -> Self {
        Self { action: SweepAction::Sweep }
    }

    /// The request after the end of an execution.
    #[must_use]
    pub fn start_waiting() -> Self {
        Self { action: SweepAction::StartWaiting }
    }
}

impl Default for SweepRequest {
    fn default() -> Self {
        Self::new()
    }
}

/// The treatment of a start while an execution runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhenBusy {
    /// The slot passes without an execution: the one under way copies the same.
    #[default]
    Skip,
    /// DataSync starts it after the one under way; of those that wait there is one at most.
    Queue,
    /// The one under way counts as the slot's.
    Adopt,
}

/// To `on-execution-complete`: `{"execution": "exec-…"}`, an id or a whole ARN.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompleteRequest {
    pub execution: String,
}

/// To `verify-versions`: `{"execution": "exec-…"}`, an id or a whole ARN. Looks again, even where a
/// proof exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifyRequest {
    pub execution: String,
    /// The depth of the verification; absent: with metadata.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth: Option<Depth>,
}

impl VerifyRequest {
    #[must_use]
    pub fn new(execution: impl Into<String>) -> Self {
        Self { execution: execution.into(), depth: None }
    }
}

/// To `verify-versions` too: `{"audit": {"prefix": "/accounts/"}}`. Asks whether what was ever
/// proven is still there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuditRequest {
    /// Of the paths; empty for all.
    pub prefix: String,
    /// The sync whose proofs are verified; absent: those of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync: Option<SyncName>,
    /// The position in the audit, from the response to the request before.
    pub after: String,
    /// The start of the scheduled audit that this request continues: its result is stored and
    /// alerts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub begun_at: Option<DateTime<Utc>>,
}

/// The execution that a payload names, by its ARN or by its id within `task`.
///
/// # Errors
/// [`ArnError`] when it is neither.
pub fn named_execution(task: &TaskArn, name: &str) -> Result<ExecutionArn, ArnError> {
    if name.starts_with("arn:") { ExecutionArn::parse(name) } else { task.execution(name) }
}
