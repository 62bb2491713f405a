//! What one invocation came to: its answer, and the one line it logs.

use domain::arn::ExecutionArn;
use domain::records::run::RunOutcome;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// The execution goes on; there is nothing to record yet.
    NotTerminal { execution: ExecutionArn, state: String },
    /// It ended well, and its report is being written: there is nothing to record yet. A sweep asks
    /// again.
    ReportPending { execution: ExecutionArn },
    /// Recorded before; `alerted` when only the alert was still owed.
    AlreadyRecorded { execution: ExecutionArn, result: RunOutcome, alerted: bool },
    /// Recorded now; `alerted` when it called for an alert.
    Recorded { execution: ExecutionArn, result: RunOutcome, alerted: bool },
}
