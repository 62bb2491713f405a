//! The executions that may run now, and those that wait, where the stack limits how many run at
//! once.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::request::StartRequest;
use crate::sync_name::SyncName;

/// The syncs that hold a place, and those that wait for one; changed by conditional writes alone. A
/// place is given back by whoever finds that the execution of its slot has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParallelExecutions {
    pub places: BTreeMap<SyncName, HeldPlace>,
    /// At most one start of each sync.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub waiting: BTreeMap<SyncName, WaitingStart>,
}

/// The place of a sync.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldPlace {
    /// The slot whose execution it is for.
    pub slot: String,
    pub since: DateTime<Utc>,
}

/// A start that waits for a place; the one that has waited longest is the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingStart {
    pub request: StartRequest,
    pub since: DateTime<Utc>,
}
