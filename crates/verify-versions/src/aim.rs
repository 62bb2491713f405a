//! What a check is to prove, and where it keeps what it has come to so far.

use chrono::{DateTime, SecondsFormat, Utc};
use domain::arn::ExecutionArn;
use domain::records::hash_chain::sha256_hex;
use domain::records::keys;
use domain::records::proof::Depth;
use serde::{Deserialize, Serialize};

/// The proof that a check is to make: the first of its execution, or one of those that a person
/// asked for later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Aim {
    pub(crate) execution: ExecutionArn,
    pub(crate) depth: Depth,
    /// When a person asked to look again, RFC 3339; absent for the first proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) again: Option<String>,
}

impl Aim {
    pub(crate) fn first(execution: ExecutionArn, depth: Depth) -> Self {
        Self { execution, depth, again: None }
    }

    pub(crate) fn again(execution: ExecutionArn, depth: Depth, now: DateTime<Utc>) -> Self {
        Self { execution, depth, again: Some(now.to_rfc3339_opts(SecondsFormat::Millis, true)) }
    }

    pub(crate) fn proof(&self) -> String {
        let id = self.execution.id();
        self.again
            .as_ref()
            .map_or_else(|| keys::proof_document(id), |at| keys::execution_audit(id, at))
    }

    pub(crate) fn alert(&self) -> String {
        let id = self.execution.id();
        self.again.as_ref().map_or_else(|| keys::proof_alert(id), |at| keys::audit_alert(id, at))
    }

    /// Follows from all that a check depends on: one that begins otherwise goes on with nothing of
    /// this one.
    pub(crate) fn scratch(&self, report: &[String], slices: u64) -> String {
        let said = format!("{:?}\n{slices}\n{}", self.depth, report.join("\n"));
        let when = self.again.as_deref().unwrap_or("first");
        keys::scratch_prefix(
            self.execution.id(),
            &format!("{when}-{}", &sha256_hex(said.as_bytes())[..16]),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::execution;

    #[test]
    fn a_check_that_begins_otherwise_goes_on_with_nothing_of_another() {
        let first = Aim::first(execution().arn, Depth::Metadata);
        let report = ["a".to_owned(), "b".to_owned()];
        let all = [
            first.scratch(&report, 1),
            first.scratch(&report, 2),
            first.scratch(&report[..1], 1),
            Aim { depth: Depth::Versions, ..first.clone() }.scratch(&report, 1),
            Aim::again(execution().arn, Depth::Metadata, DateTime::UNIX_EPOCH).scratch(&report, 1),
        ];
        for (n, scratch) in all.iter().enumerate() {
            assert!(scratch.starts_with("scratch/exec-0fcddf3728817690d/"), "{scratch}");
            assert!(!all[..n].contains(scratch), "{scratch}");
        }
    }
}
