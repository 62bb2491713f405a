//! The schedule paused by hand.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// There while the schedule is paused: a deploy leaves it off, and drift does not tell it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    pub since: DateTime<Utc>,
    /// The reason that was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
