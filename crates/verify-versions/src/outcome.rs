//! The result of one invocation: its answer, and the one line it logs.

use chrono::{DateTime, Utc};
use domain::arn::ExecutionArn;
use domain::records::audit::Audit;
use domain::records::proof::{Proof, Verdict};
use serde::{Deserialize, Serialize};

use crate::proof_target::ProofTarget;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum VerifyOutcome {
    /// Verified now. Lambda answers with at most 6 MB, which [`Proof::MAX_FINDINGS`] keeps.
    Proven { proof: Proof, alerted: bool },
    /// Proven before; `alerted` when only the alert was missing.
    AlreadyProven { execution: ExecutionArn, verdict: Verdict, alerted: bool },
    /// Other invocations continue it; `proof` is the key in the records bucket where it will be
    /// stored.
    UnderWay { execution: ExecutionArn, proof: String },
    /// Its report is not finished; the sweep asks again.
    ReportPending { execution: ExecutionArn, state: String },
    /// The versioning of the destination bucket may not hold everywhere before `until`; the sweep
    /// asks again.
    Held { execution: ExecutionArn, until: DateTime<Utc> },
    /// The proven versions were audited.
    Audited { audit: Audit },
    /// An object that is no summary report of this stack's task.
    Ignored { key: String },
}

impl VerifyOutcome {
    pub(crate) fn under_way(target: &ProofTarget) -> Self {
        Self::UnderWay { execution: target.execution.clone(), proof: target.proof_key() }
    }

    /// Logs one line, without the findings.
    pub(crate) fn log(&self) {
        match self {
            Self::Proven { proof, alerted } => tracing::info!(
                execution = proof.execution.id(),
                verdict = ?proof.verdict,
                proven = proof.counts.proven,
                findings = proof.counts.findings,
                alerted,
                "proven {}",
                proof.execution.id()
            ),
            Self::Audited { audit } => tracing::info!(
                versions = audit.counts.versions,
                gone = audit.counts.gone,
                altered = audit.counts.altered,
                "audited"
            ),
            other => other.log_unproven(),
        }
    }

    /// Logs an outcome without a new result.
    fn log_unproven(&self) {
        match self {
            Self::AlreadyProven { execution, verdict, alerted } => {
                let id = execution.id();
                tracing::info!(execution = id, ?verdict, alerted, "already proven {id}");
            }
            Self::UnderWay { execution, proof } => {
                tracing::info!(execution = execution.id(), proof, "under way: {}", execution.id());
            }
            Self::ReportPending { execution, state } => {
                let id = execution.id();
                tracing::info!(execution = id, state, "the report is not finished: {id}");
            }
            Self::Held { execution, until } => {
                let id = execution.id();
                tracing::info!(execution = id, %until, "versioning may not hold everywhere: {id}");
            }
            Self::Ignored { key } => tracing::info!(key, "ignored"),
            Self::Proven { .. } | Self::Audited { .. } => {}
        }
    }
}
