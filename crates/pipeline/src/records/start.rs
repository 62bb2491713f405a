//! One start, by slot: written before the execution is started and completed after.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::arn::ExecutionArn;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartRecord {
    pub slot: String,
    /// The Lambda request that claimed the slot: tells a retry of ours from somebody else.
    pub claimed_by: String,
    pub claimed_at: DateTime<Utc>,
    /// Absent between the claim and DataSync's answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution: Option<ExecutionArn>,
    /// The slot passed without an execution, because one was under way.
    #[serde(default)]
    pub skipped: bool,
    /// The one that was under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running: Option<ExecutionArn>,
}
