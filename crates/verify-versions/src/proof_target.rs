//! The proof that a verification makes, and the keys of its documents.

use chrono::{DateTime, SecondsFormat, Utc};
use domain::arn::ExecutionArn;
use domain::records::hash_chain::sha256_hex;
use domain::records::keys;
use domain::records::proof::Depth;
use serde::{Deserialize, Serialize};

/// The proof to make: the first of its execution, or one that a person requested later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProofTarget {
    pub(crate) execution: ExecutionArn,
    pub(crate) depth: Depth,
    /// The time of the request for another proof, RFC 3339; absent for the first proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) repeated_at: Option<String>,
}

impl ProofTarget {
    pub(crate) fn first_proof(execution: ExecutionArn, depth: Depth) -> Self {
        Self { execution, depth, repeated_at: None }
    }

    pub(crate) fn repeated_proof(
        execution: ExecutionArn,
        depth: Depth,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            execution,
            depth,
            repeated_at: Some(now.to_rfc3339_opts(SecondsFormat::Millis, true)),
        }
    }

    pub(crate) fn proof_key(&self) -> String {
        let id = self.execution.id();
        self.repeated_at
            .as_ref()
            .map_or_else(|| keys::proof_document(id), |at| keys::execution_audit(id, at))
    }

    pub(crate) fn alert_key(&self) -> String {
        let id = self.execution.id();
        self.repeated_at
            .as_ref()
            .map_or_else(|| keys::proof_alert(id), |at| keys::audit_alert(id, at))
    }

    /// Returns the prefix of the intermediate documents. It follows from all that a verification
    /// depends on: one with other inputs resumes nothing of this one.
    pub(crate) fn scratch_prefix(&self, report: &[String], shards: u64) -> String {
        let inputs = format!("{:?}\n{shards}\n{}", self.depth, report.join("\n"));
        let when = self.repeated_at.as_deref().unwrap_or("first");
        keys::scratch_prefix(
            self.execution.id(),
            &format!("{when}-{}", &sha256_hex(inputs.as_bytes())[..16]),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixtures::successful_execution;

    #[test]
    fn verifications_with_other_inputs_share_no_documents() {
        let first = ProofTarget::first_proof(successful_execution().arn, Depth::Metadata);
        let report = ["a".to_owned(), "b".to_owned()];
        let all = [
            first.scratch_prefix(&report, 1),
            first.scratch_prefix(&report, 2),
            first.scratch_prefix(&report[..1], 1),
            ProofTarget { depth: Depth::Versions, ..first.clone() }.scratch_prefix(&report, 1),
            ProofTarget::repeated_proof(
                successful_execution().arn,
                Depth::Metadata,
                DateTime::UNIX_EPOCH,
            )
            .scratch_prefix(&report, 1),
        ];
        for (n, scratch) in all.iter().enumerate() {
            assert!(scratch.starts_with("scratch/exec-0fcddf3728817690d/"), "{scratch}");
            assert!(!all[..n].contains(scratch), "{scratch}");
        }
    }
}
