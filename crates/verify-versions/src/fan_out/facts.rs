//! The facts that a verification depends on, loaded before it starts.

use domain::execution::Execution;
use domain::records::proof::Proof;

use crate::deployed_stack::SyncScope;
use crate::error::VerifyError;
use crate::invocation::VerifyInvocation;
use crate::proof_target::ProofTarget;
use crate::report::TransferReport;
use crate::shard_verifier::ShardVerifier;

pub(super) struct VerifyFacts {
    execution: Execution,
    report: TransferReport,
    storage_class: Option<&'static str>,
    first_proof: Option<Proof>,
    may_be_null: bool,
}

impl VerifyFacts {
    pub(super) async fn load(
        invocation: &VerifyInvocation<'_>,
        sync: &SyncScope,
        target: &ProofTarget,
    ) -> Result<Self, VerifyError> {
        let app = invocation.app;
        let execution = invocation.wait_for_report(sync, &target.execution).await?;
        let may_be_null = may_have_null_versions(invocation, sync, &execution)?;
        let report =
            TransferReport::list(&app.records, &target.execution, app.parts_per_shard).await?;
        let first_proof = match target.repeated_at {
            Some(_) => invocation.read_first_proof(&target.execution).await?,
            None => None,
        };
        let storage_class = sync.storage_class();
        Ok(Self { execution, report, storage_class, first_proof, may_be_null })
    }

    pub(super) fn verifier<'a>(
        &'a self,
        invocation: &VerifyInvocation<'a>,
        sync: &'a SyncScope,
        target: &'a ProofTarget,
    ) -> ShardVerifier<'a> {
        ShardVerifier {
            records: &invocation.app.records,
            fast_heads: invocation.app.fast_heads.as_ref(),
            outputs: &sync.outputs,
            execution: &self.execution,
            target,
            report: &self.report,
            storage_class: self.storage_class,
            first_proof: self.first_proof.as_ref(),
            may_be_null: self.may_be_null,
            until: invocation.until,
        }
    }
}

/// Returns whether the execution began before the versioning of its bucket held everywhere.
fn may_have_null_versions(
    invocation: &VerifyInvocation<'_>,
    sync: &SyncScope,
    execution: &Execution,
) -> Result<bool, VerifyError> {
    let settles = invocation.app.versioning_settles;
    if let Some(until) = sync.outputs.versioning_unsettled_until(settles, invocation.now) {
        return Err(VerifyError::VersioningUnsettled { execution: execution.arn.clone(), until });
    }
    let settled_at = sync.outputs.versioning_settled_at(settles);
    Ok(settled_at.is_some_and(|settled_at| {
        execution.started_at.is_none_or(|started_at| started_at < settled_at)
    }))
}
