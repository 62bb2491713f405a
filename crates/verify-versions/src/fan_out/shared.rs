//! The steps of a verification, and its jobs.

use std::collections::BTreeSet;
use std::time::{Duration, Instant, SystemTime};

use domain::records::proof::Proof;
use serde::de::DeserializeOwned;

use crate::error::{ShardError, VerifyError};
use crate::invocation::VerifyInvocation;
use crate::invoke_self::invoke_worker;
use crate::merge;
use crate::outcome::VerifyOutcome;
use crate::partition::partition_rows;
use crate::scratch::{
    PartitionResult, PartsRead, ScratchKeys, ShardProgress, StartClaim, WorkerLease,
};
use crate::shard_verifier::ShardVerifier;
use crate::worker_task::{VerifyStep, active_workers, jobs_of_worker};

/// Verifying a shard begins with reading its rows, which is not interrupted.
const TIME_TO_READ: Duration = Duration::from_secs(60);

/// A verification and the place of its intermediate results.
pub(super) struct SharedVerification<'a> {
    invocation: &'a VerifyInvocation<'a>,
    verifier: ShardVerifier<'a>,
    pub(super) keys: ScratchKeys,
    pub(super) shards: u64,
}

/// The time that the next job of a step may take.
fn time_for_next(step: VerifyStep, last_took: Duration) -> Duration {
    match step {
        VerifyStep::Partition => last_took * 2,
        VerifyStep::Compare => TIME_TO_READ,
    }
}

impl<'a> SharedVerification<'a> {
    pub(super) fn new(invocation: &'a VerifyInvocation<'a>, verifier: ShardVerifier<'a>) -> Self {
        let (keys, shards) = (verifier.scratch_keys(), verifier.report.shard_count());
        Self { invocation, verifier, keys, shards }
    }

    /// Returns whether all jobs of the worker are done; not when there is no time for the next.
    pub(super) async fn run_jobs(
        &self,
        step: VerifyStep,
        worker: u64,
    ) -> Result<bool, VerifyError> {
        let VerifyInvocation { app, until, now, .. } = self.invocation;
        let lease = WorkerLease::new(*until, *now);
        app.records.write(&self.keys.lease_key(step.name(), worker), &lease).await?;
        let done = self.done_keys(step).await?;
        let is_open = |job: &u64| !done.contains(&self.keys.job_key(step.name(), *job));
        for job in jobs_of_worker(worker, self.shards).filter(is_open) {
            let started = Instant::now();
            let is_done = self.run_job(step, job).await?;
            let needed = time_for_next(step, started.elapsed());
            if !is_done || until.is_some_and(|until| SystemTime::now() + needed >= until) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Returns whether the job is done; not when time ran out.
    async fn run_job(&self, step: VerifyStep, job: u64) -> Result<bool, VerifyError> {
        let records = &self.invocation.app.records;
        let key = self.keys.job_key(step.name(), job);
        match step {
            VerifyStep::Partition => {
                let report = self.verifier.report;
                let result = partition_rows(records, &self.keys, report, job).await?;
                records.write(&key, &result).await?;
            }
            VerifyStep::Compare => match self.verifier.verify_shard(job).await {
                Ok((_, progress)) => records.write(&key, &progress).await?,
                Err(ShardError::OutOfTime { .. }) => return Ok(false),
                Err(error) => return Err(error.into()),
            },
        }
        Ok(true)
    }

    pub(super) async fn verify_alone(&self) -> Result<VerifyOutcome, VerifyError> {
        match self.verifier.verify_shard(0).await {
            Ok((read, progress)) => self.store_proof(vec![read], vec![progress]).await,
            Err(ShardError::OutOfTime { .. }) => self.continue_later(VerifyStep::Compare, 0).await,
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn continue_later(
        &self,
        step: VerifyStep,
        worker: u64,
    ) -> Result<VerifyOutcome, VerifyError> {
        invoke_worker(self.invocation, self.verifier.target, step, worker).await?;
        Ok(VerifyOutcome::under_way(self.verifier.target))
    }

    pub(super) async fn merge_shards(&self) -> Result<VerifyOutcome, VerifyError> {
        let (mut read, mut progress) = (Vec::new(), Vec::new());
        for job in 0..self.shards {
            read.push(self.read_result::<PartitionResult>(VerifyStep::Partition, job).await?.read);
            progress.push(self.read_result::<ShardProgress>(VerifyStep::Compare, job).await?);
        }
        self.store_proof(read, progress).await
    }

    async fn store_proof(
        &self,
        read: Vec<PartsRead>,
        progress: Vec<ShardProgress>,
    ) -> Result<VerifyOutcome, VerifyError> {
        let ShardVerifier { report, target, execution, outputs, .. } = self.verifier;
        let shards = (read, progress);
        let proof: Proof =
            merge::merge_shards(report, target, execution, outputs, shards, self.invocation.now);
        self.invocation.store_proof(target, proof).await
    }

    async fn read_result<T: DeserializeOwned>(
        &self,
        step: VerifyStep,
        job: u64,
    ) -> Result<T, VerifyError> {
        let key = self.keys.job_key(step.name(), job);
        let result = self.invocation.app.records.read(&key).await?;
        result.ok_or(VerifyError::ResultMissing { key })
    }

    async fn done_keys(&self, step: VerifyStep) -> Result<BTreeSet<String>, VerifyError> {
        let keys = self.invocation.app.records.list(&self.keys.job_prefix(step.name())).await?;
        Ok(keys.into_iter().collect())
    }

    pub(super) async fn is_done(&self, step: VerifyStep) -> Result<bool, VerifyError> {
        Ok(self.done_keys(step).await?.len() as u64 == self.shards)
    }

    /// Invokes a worker for each part of a step that is not done and has no running worker.
    pub(super) async fn start_workers(
        &self,
        step: VerifyStep,
    ) -> Result<VerifyOutcome, VerifyError> {
        let VerifyInvocation { app, now, .. } = self.invocation;
        let done = self.done_keys(step).await?;
        for worker in active_workers(self.shards) {
            let is_open = jobs_of_worker(worker, self.shards)
                .any(|job| !done.contains(&self.keys.job_key(step.name(), job)));
            let lease: Option<WorkerLease> =
                app.records.read(&self.keys.lease_key(step.name(), worker)).await?;
            if is_open && lease.is_none_or(|lease| lease.until <= *now) {
                invoke_worker(self.invocation, self.verifier.target, step, worker).await?;
            }
        }
        Ok(VerifyOutcome::under_way(self.verifier.target))
    }

    /// Returns whether this invocation starts something, or did before Lambda retried it.
    pub(super) async fn claim_start(&self, key: &str) -> Result<bool, VerifyError> {
        let VerifyInvocation { app, request_id, .. } = self.invocation;
        let claim = StartClaim { by: (*request_id).to_owned() };
        if app.records.write_once(key, &claim).await?.is_written() {
            return Ok(true);
        }
        Ok(app.records.read(key).await? == Some(claim))
    }
}
