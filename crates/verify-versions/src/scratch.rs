//! The documents that a check leaves for itself and for those who share in it.
//!
//! Each is written whole, and by whoever writes the same: what two invocations do twice comes to
//! the same bytes.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use domain::records::hash_chain::ChainLink;
use domain::records::proof::{Defect, ReportPart};
use serde::{Deserialize, Serialize};

use crate::tally::Tally;
use crate::verification::VerifiedCount;

/// Who began something that nobody else needs to begin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Begun {
    /// The Lambda request id: the same in each retry of one invocation.
    pub(crate) by: String,
}

/// That somebody is at work, and until when at the latest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AtWork {
    pub(crate) until: DateTime<Utc>,
}

impl AtWork {
    pub(crate) fn until(deadline: Option<SystemTime>, now: DateTime<Utc>) -> Self {
        Self { until: deadline.map_or(now, DateTime::from) }
    }
}

/// Some parts of the report, sorted into slices.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sorted {
    pub(crate) read: PartsRead,
    /// What was written of each slice.
    pub(crate) slices: Vec<Rows>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rows {
    /// How many objects.
    pub(crate) chunks: u32,
    /// How many rows in them: not one may be lost on the way.
    pub(crate) rows: u64,
}

/// Parts of the report as they were read, and what is wrong with them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct PartsRead {
    pub(crate) parts: Vec<ReportPart>,
    pub(crate) defects: Vec<(Defect, String)>,
    #[serde(default)]
    pub(crate) verified: VerifiedCount,
}

/// How far looking at a slice has come: all paths up to `after`, and nothing behind it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Looked {
    /// Empty for none.
    pub(crate) after: String,
    pub(crate) tally: Tally,
    /// The parts of the list of proven objects, chained within the slice.
    pub(crate) links: Vec<ChainLink>,
}

/// Where they lie, below the scratch prefix of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scratch(pub(crate) String);

impl Scratch {
    pub(crate) fn begun(&self, step: &str) -> String {
        format!("{}begun-{step}.json", self.0)
    }

    pub(crate) fn at_work(&self, step: &str, lane: u64) -> String {
        format!("{}at-work/{step}-{lane:02}.json", self.0)
    }

    /// Those that are done of a step.
    pub(crate) fn done(&self, step: &str) -> String {
        format!("{}{step}/", self.0)
    }

    pub(crate) fn job(&self, step: &str, job: u64) -> String {
        format!("{}{job:04}.json", self.done(step))
    }

    pub(crate) fn checkpoint(&self, slice: u64) -> String {
        format!("{}checkpoints/{slice:04}.json", self.0)
    }

    pub(crate) fn rows(&self, slice: u64, sorter: u64, chunk: u32) -> String {
        format!("{}rows/{slice:04}/{sorter:04}-{chunk:06}", self.0)
    }
}
