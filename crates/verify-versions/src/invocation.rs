//! One invocation: the steps that every way of verifying shares.
//!
//! Order of a first proof: the list of objects, the proof by a conditional write, then the alert,
//! which follows from the proof alone and has a receipt of its own ([`AlertOnce`]). A repeat of the
//! event finds the proof and completes what is missing. The worst effect of a crash is a second
//! alert.

use std::time::{Duration, SystemTime};

use aws::alert_once::{AlertOnce, Sent};
use aws::executions::{self, Patience, describe_until};
use aws::records_bucket::WriteOnce;
use chrono::{DateTime, Utc};
use domain::arn::ExecutionArn;
use domain::execution::Execution;
use domain::metrics::{self, Measure, Measures, MetricUnit};
use domain::names::PART_TAG;
use domain::records::keys;
use domain::records::proof::Proof;

use crate::alert;
use crate::app::VerifyApp;
use crate::deployed_stack::SyncScope;
use crate::error::VerifyError;
use crate::outcome::VerifyOutcome;
use crate::proof_target::ProofTarget;

/// A person waits for the answer to a request.
const MAX_REQUEST_WAIT: Duration = Duration::from_secs(60);

#[derive(Clone, Copy)]
pub(crate) struct VerifyInvocation<'a> {
    pub(crate) app: &'a VerifyApp,
    pub(crate) request_id: &'a str,
    pub(crate) now: DateTime<Utc>,
    /// The time to stop at the latest.
    pub(crate) until: Option<SystemTime>,
    pub(crate) by_person: bool,
}

impl VerifyInvocation<'_> {
    pub(crate) async fn read_first_proof(
        &self,
        execution: &ExecutionArn,
    ) -> Result<Option<Proof>, VerifyError> {
        Ok(self.app.records.read(&keys::proof_document(execution.id())).await?)
    }

    /// Writes a proof, unless another invocation wrote it before, and alerts.
    pub(crate) async fn store_proof(
        &self,
        target: &ProofTarget,
        proof: Proof,
    ) -> Result<VerifyOutcome, VerifyError> {
        let key = target.proof_key();
        let counts = target.repeated_at.is_none() && proof.verdict.is_proven();
        // Read before the proof is written: what failed after it would not be repeated.
        let is_part = counts && self.is_part_of_source(&proof.execution).await?;
        if self.app.records.write_once(&key, &proof).await? == WriteOnce::AlreadyThere {
            let first = self.app.records.read(&key).await?.unwrap_or(proof);
            return self.report_stored_proof(target, first).await;
        }
        if counts {
            self.app.metrics.emit(&self.proof_metrics(&proof, is_part));
        }
        let alerted = self.alert_once(target, &proof).await?;
        Ok(VerifyOutcome::Proven { proof, alerted })
    }

    /// Whether filters or a list of files limited the execution to a part of the source.
    async fn is_part_of_source(&self, execution: &ExecutionArn) -> Result<bool, VerifyError> {
        let tags = executions::tags(&self.app.datasync, execution).await;
        Ok(tags.map_err(VerifyError::Tags)?.contains_key(PART_TAG))
    }

    /// The metrics of a first proof, which its writer alone emits. A part of the source renews no
    /// freshness.
    fn proof_metrics(&self, proof: &Proof, is_part: bool) -> Measures {
        let names = [Some(metrics::VERIFIED_RUNS), (!is_part).then_some(metrics::FRESH)];
        Measures {
            stack: self.app.environment.stack_name.clone(),
            sync: proof.sync.clone(),
            at: self.now,
            measures: names
                .into_iter()
                .flatten()
                .map(|name| Measure { name, unit: MetricUnit::Count, value: 1 })
                .collect(),
            outcome: None,
            properties: vec![("Execution", proof.execution.id().to_owned())],
        }
    }

    /// Sends the alert of a stored proof where it is still missing.
    pub(crate) async fn report_stored_proof(
        &self,
        target: &ProofTarget,
        proof: Proof,
    ) -> Result<VerifyOutcome, VerifyError> {
        let alerted = self.alert_once(target, &proof).await?;
        let (execution, verdict) = (proof.execution, proof.verdict);
        Ok(VerifyOutcome::AlreadyProven { execution, verdict, alerted })
    }

    /// Returns the execution once it has ended and its report is written or has failed.
    pub(crate) async fn wait_for_report(
        &self,
        sync: &SyncScope,
        arn: &ExecutionArn,
    ) -> Result<Execution, VerifyError> {
        let has_report =
            |execution: &Execution| execution.is_terminal() && !execution.awaits_report();
        let patience = self.report_patience(sync);
        let execution = describe_until(&self.app.datasync, arn, patience, has_report)
            .await
            .map_err(VerifyError::Describe)?;
        if has_report(&execution) {
            Ok(execution)
        } else {
            Err(VerifyError::ReportPending { execution: arn.clone(), state: execution.status })
        }
    }

    fn report_patience(&self, sync: &SyncScope) -> Patience {
        let limit = sync.limits().report_within.to_std().unwrap_or_default();
        let left =
            self.until.map(|until| until.duration_since(SystemTime::now()).unwrap_or_default());
        let patience = self.app.report_patience.within(left.map_or(limit, |left| left.min(limit)));
        if self.by_person { patience.within(MAX_REQUEST_WAIT) } else { patience }
    }

    /// The sender of this invocation's alerts.
    pub(crate) fn alert_sender(&self) -> AlertOnce<'_> {
        let app = self.app;
        AlertOnce::new(&app.records, &app.sns, &app.environment, self.request_id, self.now)
    }

    /// Returns whether an alert was sent now.
    async fn alert_once(&self, target: &ProofTarget, proof: &Proof) -> Result<bool, VerifyError> {
        let stack = &self.app.environment.stack_name;
        let Some(alert) = alert::alert_for_proof(stack, proof) else { return Ok(false) };
        let alert = alert.of_sync(&proof.sync);
        Ok(self.alert_sender().publish(&target.alert_key(), &alert).await? == Sent::Now)
    }
}
