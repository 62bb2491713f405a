//! A verification, by one invocation or shared among several.
//!
//! A report of one shard is verified by the invocation that it starts. A larger one is shared: a
//! few workers partition its rows into shards, as many compare the shards with S3, and the worker
//! that finds the last shard done merges all results into the proof. A worker that runs short of
//! time invokes the next one. All that passes between workers lies in the records bucket, written
//! whole and never with another content: a job that is done twice has the same result, and one
//! that is lost is done at the next request.

mod facts;

use std::collections::BTreeSet;
use std::time::{Duration, Instant, SystemTime};

use domain::records::proof::Proof;
use serde::de::DeserializeOwned;

use crate::deployed_stack::DeployedStack;
use crate::error::{ShardError, VerifyError};
use crate::invocation::VerifyInvocation;
use crate::invoke_self::invoke_worker;
use crate::merge;
use crate::outcome::VerifyOutcome;
use crate::partition::partition_rows;
use crate::proof_target::ProofTarget;
use crate::scratch::{
    PartitionResult, PartsRead, ScratchKeys, ShardProgress, StartClaim, WorkerLease,
};
use crate::shard_verifier::ShardVerifier;
use crate::worker_task::{VerifyStep, WorkerTask, active_workers, jobs_of_worker};
use facts::VerifyFacts;

/// Verifying a shard begins with reading its rows, which is not interrupted.
const TIME_TO_READ: Duration = Duration::from_secs(60);

/// Makes the proof, or starts workers that make it. Of the invocations for one event only the
/// first starts workers; a person's request starts those of every job without a running worker.
pub(crate) async fn verify(
    invocation: &VerifyInvocation<'_>,
    stack: &DeployedStack,
    target: ProofTarget,
    for_event: bool,
) -> Result<VerifyOutcome, VerifyError> {
    let facts = VerifyFacts::load(invocation, stack, &target).await?;
    let shared = SharedVerification::new(invocation, facts.verifier(invocation, stack, &target));
    if shared.shards == 1 {
        return shared.verify_alone().await;
    }
    if for_event && !shared.claim_start(&shared.keys.claim_key("verify")).await? {
        return Ok(VerifyOutcome::under_way(&target));
    }
    if shared.is_done(VerifyStep::Compare).await? {
        return shared.merge_shards().await;
    }
    let is_partitioned = shared.is_done(VerifyStep::Partition).await?;
    let step = if is_partitioned { VerifyStep::Compare } else { VerifyStep::Partition };
    shared.start_workers(step).await
}

/// Does the jobs of one worker.
pub(crate) async fn run_worker(
    invocation: &VerifyInvocation<'_>,
    stack: &DeployedStack,
    task: WorkerTask,
) -> Result<VerifyOutcome, VerifyError> {
    let WorkerTask { target, step, worker } = task;
    if let Some(proof) = invocation.app.records.read(&target.proof_key()).await? {
        return invocation.report_stored_proof(&target, proof).await;
    }
    let facts = VerifyFacts::load(invocation, stack, &target).await?;
    let shared = SharedVerification::new(invocation, facts.verifier(invocation, stack, &target));
    if shared.shards == 1 {
        return shared.verify_alone().await;
    }
    if !shared.run_jobs(step, worker).await? {
        return shared.continue_later(step, worker).await;
    }
    match step {
        _ if !shared.is_done(step).await? => Ok(VerifyOutcome::under_way(&target)),
        VerifyStep::Partition if shared.claim_start(&shared.keys.claim_key("compare")).await? => {
            shared.start_workers(VerifyStep::Compare).await
        }
        VerifyStep::Partition => Ok(VerifyOutcome::under_way(&target)),
        VerifyStep::Compare => shared.merge_shards().await,
    }
}

/// A verification and the place of its intermediate results.
struct SharedVerification<'a> {
    invocation: &'a VerifyInvocation<'a>,
    verifier: ShardVerifier<'a>,
    keys: ScratchKeys,
    shards: u64,
}

impl<'a> SharedVerification<'a> {
    fn new(invocation: &'a VerifyInvocation<'a>, verifier: ShardVerifier<'a>) -> Self {
        let (keys, shards) = (verifier.scratch_keys(), verifier.report.shard_count());
        Self { invocation, verifier, keys, shards }
    }

    /// Returns whether all jobs of the worker are done; not when there is no time for the next.
    async fn run_jobs(&self, step: VerifyStep, worker: u64) -> Result<bool, VerifyError> {
        let VerifyInvocation { app, until, now, .. } = self.invocation;
        let lease = WorkerLease::new(*until, *now);
        app.records.write(&self.keys.lease_key(step.name(), worker), &lease).await?;
        let done = self.done_keys(step).await?;
        let open = jobs_of_worker(worker, self.shards)
            .filter(|job| !done.contains(&self.keys.job_key(step.name(), *job)));
        for job in open {
            let started = Instant::now();
            let is_done = self.run_job(step, job).await?;
            let needed = match step {
                VerifyStep::Partition => started.elapsed() * 2,
                VerifyStep::Compare => TIME_TO_READ,
            };
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

    async fn verify_alone(&self) -> Result<VerifyOutcome, VerifyError> {
        match self.verifier.verify_shard(0).await {
            Ok((read, progress)) => self.store_proof(vec![read], vec![progress]).await,
            Err(ShardError::OutOfTime { .. }) => self.continue_later(VerifyStep::Compare, 0).await,
            Err(error) => Err(error.into()),
        }
    }

    async fn continue_later(
        &self,
        step: VerifyStep,
        worker: u64,
    ) -> Result<VerifyOutcome, VerifyError> {
        invoke_worker(self.invocation, self.verifier.target, step, worker).await?;
        Ok(VerifyOutcome::under_way(self.verifier.target))
    }

    async fn merge_shards(&self) -> Result<VerifyOutcome, VerifyError> {
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
        let bucket = &outputs.destination_bucket;
        let shards = (read, progress);
        let proof: Proof =
            merge::merge_shards(report, target, execution, bucket, shards, self.invocation.now);
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

    async fn is_done(&self, step: VerifyStep) -> Result<bool, VerifyError> {
        Ok(self.done_keys(step).await?.len() as u64 == self.shards)
    }

    /// Invokes a worker for each part of a step that is not done and has no running worker.
    async fn start_workers(&self, step: VerifyStep) -> Result<VerifyOutcome, VerifyError> {
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
    async fn claim_start(&self, key: &str) -> Result<bool, VerifyError> {
        let VerifyInvocation { app, request_id, .. } = self.invocation;
        let claim = StartClaim { by: (*request_id).to_owned() };
        if app.records.write_once(key, &claim).await?.is_written() {
            return Ok(true);
        }
        Ok(app.records.read(key).await? == Some(claim))
    }
}

#[cfg(test)]
mod tests;
