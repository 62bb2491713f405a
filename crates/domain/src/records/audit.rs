//! The result of verifying all proofs again.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::arn::ExecutionArn;

/// The result of an audit, or of a part of it that fits one invocation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    pub audited_at: DateTime<Utc>,
    /// Of the paths: begins with `/`.
    pub prefix: String,
    pub counts: AuditCounts,
    /// At most [`Audit::MAX_LOSSES`]; the counts have the true numbers.
    pub losses: Vec<Loss>,
    /// The `after` of the next request; absent when all proofs are verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Audit {
    pub const MAX_LOSSES: usize = 1_000;

    /// With what a later part of the same audit found.
    #[must_use]
    pub fn merge_part(mut self, part: Self) -> Self {
        self.counts.add_counts(&part.counts);
        self.losses.extend(part.losses);
        self.losses.truncate(Self::MAX_LOSSES);
        Self { next: part.next, ..self }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditCounts {
    pub proofs: u64,
    /// Proven versions that were verified.
    pub versions: u64,
    /// Still there, and the latest.
    pub current: u64,
    /// Still there below a later version: as it should be when a file has changed.
    pub superseded: u64,
    /// Still there below a delete marker.
    pub hidden: u64,
    pub gone: u64,
    /// No longer there, as the bucket's lifecycle has it.
    #[serde(default)]
    pub expired: u64,
    /// There with another size.
    pub altered: u64,
    /// Parts of proofs that are gone or not as they were written.
    pub broken_parts: u64,
    /// Proofs whose bucket belongs to no sync any more and can't be read: of their versions nothing
    /// is known.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unreachable: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl AuditCounts {
    /// Whether anything proven can no longer be had.
    #[must_use]
    pub fn has_losses(&self) -> bool {
        self.gone + self.altered + self.broken_parts > 0
    }

    /// Adds those of another part of the audit.
    pub fn add_counts(&mut self, other: &Self) {
        self.proofs += other.proofs;
        self.versions += other.versions;
        self.current += other.current;
        self.superseded += other.superseded;
        self.hidden += other.hidden;
        self.gone += other.gone;
        self.expired += other.expired;
        self.altered += other.altered;
        self.broken_parts += other.broken_parts;
        self.unreachable += other.unreachable;
    }
}

/// One proven version that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    pub execution: ExecutionArn,
    /// `/` alone where a part of the proof is concerned.
    pub path: String,
    pub version_id: String,
    pub fate: Fate,
    pub detail: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    Gone,
    Altered,
    HiddenByDeleteMarker,
    ProofBroken,
}
