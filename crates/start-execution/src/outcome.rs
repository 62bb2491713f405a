//! What one invocation came to: its answer, and the one line it logs.

use pipeline::arn::ExecutionArn;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    Started {
        slot: String,
        execution: ExecutionArn,
    },
    /// The slot has its execution: a duplicate, or a start whose reply was lost.
    AlreadyStarted {
        slot: String,
        execution: ExecutionArn,
    },
    /// The slot stays without an execution: one was under way.
    Skipped {
        slot: String,
        running: Option<ExecutionArn>,
    },
    /// Another invocation holds the slot and may still be at work.
    InProgress {
        slot: String,
    },
}
