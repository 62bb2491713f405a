//! The executions that may run now, where the stack limits how many run at once.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::sync_name::SyncName;

/// The syncs that hold a place, and since when. A place is given back by whoever finds that the
/// task of its sync no longer runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParallelExecutions {
    pub places: BTreeMap<SyncName, DateTime<Utc>>,
}
