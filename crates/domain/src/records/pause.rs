//! The schedule paused by hand.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The mark of a paused schedule: a deploy does not start it, and it is not reported as drift.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    pub since: DateTime<Utc>,
    /// The reason that was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
