//! The intermediate documents of a verification, for its next invocation and its other workers.
//!
//! Each is written whole, and by every writer with the same content: two invocations that do the
//! same job write the same bytes.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use domain::records::hash_chain::ChainLink;
use domain::records::proof::{Defect, ReportPart};
use serde::{Deserialize, Serialize};

use crate::summary::VerifySummary;
use crate::verified_row::VerifiedCount;

/// The invocation that started something which no other needs to start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StartClaim {
    /// The Lambda request id: the same in each retry of one invocation.
    pub(crate) by: String,
}

/// A running worker, and the time until which it runs at the latest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WorkerLease {
    pub(crate) until: DateTime<Utc>,
}

impl WorkerLease {
    pub(crate) fn new(deadline: Option<SystemTime>, now: DateTime<Utc>) -> Self {
        Self { until: deadline.map_or(now, DateTime::from) }
    }
}

/// Some parts of the report, partitioned into shards.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct PartitionResult {
    pub(crate) read: PartsRead,
    /// The rows written for each shard.
    pub(crate) shards: Vec<ShardRows>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ShardRows {
    /// The number of objects in the records bucket.
    pub(crate) chunks: u32,
    /// The number of rows in them: not one may be lost on the way.
    pub(crate) rows: u64,
}

/// Parts of the report as they were read, and their defects.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct PartsRead {
    pub(crate) parts: Vec<ReportPart>,
    pub(crate) defects: Vec<(Defect, String)>,
    #[serde(default)]
    pub(crate) verified: VerifiedCount,
}

/// The progress within a shard: all paths up to `after` are compared, and none behind it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ShardProgress {
    /// Empty before the first path.
    pub(crate) after: String,
    pub(crate) summary: VerifySummary,
    /// The parts of the list of proven objects, chained within the shard.
    pub(crate) links: Vec<ChainLink>,
}

/// The keys of these documents, below the scratch prefix of a verification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ScratchKeys(pub(crate) String);

impl ScratchKeys {
    pub(crate) fn claim_key(&self, step: &str) -> String {
        format!("{}claims/{step}.json", self.0)
    }

    pub(crate) fn lease_key(&self, step: &str, worker: u64) -> String {
        format!("{}leases/{step}-{worker:02}.json", self.0)
    }

    /// The prefix of the results of a step.
    pub(crate) fn job_prefix(&self, step: &str) -> String {
        format!("{}{step}/", self.0)
    }

    pub(crate) fn job_key(&self, step: &str, job: u64) -> String {
        format!("{}{job:04}.json", self.job_prefix(step))
    }

    pub(crate) fn checkpoint_key(&self, shard: u64) -> String {
        format!("{}checkpoints/{shard:04}.json", self.0)
    }

    pub(crate) fn rows_key(&self, shard: u64, partition: u64, chunk: u32) -> String {
        format!("{}rows/{shard:04}/{partition:04}-{chunk:06}", self.0)
    }
}
