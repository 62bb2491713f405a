//! The outcome of an invocation: its response, and the one line in its log.

use domain::arn::ExecutionArn;
use domain::records::run::RunOutcome;
use domain::sync_name::SyncName;
use serde::{Deserialize, Serialize};

/// The outcome of an invocation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum CompletionOutcome {
    /// The execution is running; there is nothing to record yet.
    NotTerminal { execution: ExecutionArn, state: String },
    /// It succeeded, and its report is being written: there is nothing to record yet. A sweep
    /// invokes the function again.
    ReportPending { execution: ExecutionArn },
    /// It is no execution of this stack, or its sync was removed with its task: there is nothing to
    /// record.
    NotOfStack { execution: ExecutionArn },
    /// Recorded before; `alerted` if the alert was sent only now.
    AlreadyRecorded {
        execution: ExecutionArn,
        #[serde(default, skip_serializing_if = "SyncName::is_default")]
        sync: SyncName,
        result: RunOutcome,
        alerted: bool,
    },
    /// Recorded now; `alerted` if an alert was sent.
    Recorded {
        execution: ExecutionArn,
        #[serde(default, skip_serializing_if = "SyncName::is_default")]
        sync: SyncName,
        result: RunOutcome,
        alerted: bool,
    },
}
