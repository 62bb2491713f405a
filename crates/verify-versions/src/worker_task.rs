//! The work of one worker of a large verification: the payload by which the function invokes
//! itself.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::proof_target::ProofTarget;

/// The workers of one verification that may run at a time. An account has at least ten concurrent
/// invocations, for all its functions.
pub(crate) const MAX_WORKERS: u64 = 4;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WorkerTask {
    pub(crate) target: ProofTarget,
    pub(crate) step: VerifyStep,
    /// The number of the worker: its jobs are those of the same number, modulo [`MAX_WORKERS`].
    pub(crate) worker: u64,
}

/// A step of a large verification; each begins when all jobs of the one before are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum VerifyStep {
    /// Distribute the rows of the report to shards.
    Partition,
    /// Compare the versions of each shard with S3.
    Compare,
}

impl VerifyStep {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Partition => "partition",
            Self::Compare => "compare",
        }
    }
}

pub(crate) fn jobs_of_worker(worker: u64, jobs: u64) -> impl Iterator<Item = u64> {
    (worker..jobs).step_by(MAX_WORKERS.try_into().unwrap_or(1))
}

/// Returns the numbers of the workers that have a job.
pub(crate) fn active_workers(jobs: u64) -> Range<u64> {
    0..jobs.min(MAX_WORKERS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_job_has_one_worker() {
        for jobs in 0..40 {
            let mut found: Vec<u64> =
                active_workers(jobs).flat_map(|worker| jobs_of_worker(worker, jobs)).collect();
            found.sort_unstable();
            assert_eq!(found, (0..jobs).collect::<Vec<_>>());
        }
    }
}
