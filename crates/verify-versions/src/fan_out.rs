//! A verification, by one invocation or shared among several.
//!
//! A report of one shard is verified by the invocation that it starts. A larger one is shared: a
//! few workers partition its rows into shards, as many compare the shards with S3, and the worker
//! that finds the last shard done merges all results into the proof. A worker that runs short of
//! time invokes the next one. All that passes between workers lies in the records bucket, written
//! whole and never with another content: a job that is done twice has the same result, and one
//! that is lost is done at the next request.

mod facts;
mod shared;

use facts::VerifyFacts;
use shared::SharedVerification;

use crate::deployed_stack::SyncScope;
use crate::error::VerifyError;
use crate::invocation::VerifyInvocation;
use crate::outcome::VerifyOutcome;
use crate::proof_target::ProofTarget;
use crate::worker_task::{VerifyStep, WorkerTask};

/// Makes the proof, or starts workers that make it. Of the invocations for one event only the
/// first starts workers; a person's request starts those of every job without a running worker.
pub(crate) async fn verify(
    invocation: &VerifyInvocation<'_>,
    sync: &SyncScope,
    target: ProofTarget,
    for_event: bool,
) -> Result<VerifyOutcome, VerifyError> {
    let facts = VerifyFacts::load(invocation, sync, &target).await?;
    let shared = SharedVerification::new(invocation, facts.verifier(invocation, sync, &target));
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
    sync: &SyncScope,
    task: WorkerTask,
) -> Result<VerifyOutcome, VerifyError> {
    let WorkerTask { target, step, worker } = task;
    if let Some(proof) = invocation.app.records.read(&target.proof_key()).await? {
        return invocation.report_stored_proof(&target, proof).await;
    }
    let facts = VerifyFacts::load(invocation, sync, &target).await?;
    let shared = SharedVerification::new(invocation, facts.verifier(invocation, sync, &target));
    if shared.shards == 1 {
        return shared.verify_alone().await;
    }
    if !shared.run_jobs(step, worker).await? {
        return shared.continue_later(step, worker).await;
    }
    finish_step(&shared, step, &target).await
}

async fn finish_step(
    shared: &SharedVerification<'_>,
    step: VerifyStep,
    target: &ProofTarget,
) -> Result<VerifyOutcome, VerifyError> {
    match step {
        _ if !shared.is_done(step).await? => Ok(VerifyOutcome::under_way(target)),
        VerifyStep::Partition if shared.claim_start(&shared.keys.claim_key("compare")).await? => {
            shared.start_workers(VerifyStep::Compare).await
        }
        VerifyStep::Partition => Ok(VerifyOutcome::under_way(target)),
        VerifyStep::Compare => shared.merge_shards().await,
    }
}

#[cfg(test)]
mod tests;
