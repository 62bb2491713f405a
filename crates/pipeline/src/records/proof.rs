//! The proof of one execution: a verdict, counts, and what was found wrong.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::arn::ExecutionArn;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    pub execution: ExecutionArn,
    pub verdict: Verdict,
    pub checked_at: DateTime<Utc>,
    pub bucket: String,
    /// Then the run's own alert speaks of it, and the proof alerts nobody.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub execution_failed: bool,
    pub counts: ProofCounts,
    /// At most [`Proof::MAX_FINDINGS`]; `counts.findings` has the true number.
    pub findings: Vec<Finding>,
}

impl Proof {
    pub const MAX_FINDINGS: usize = 1000;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verdict {
    /// Each transferred object version exists as the report says.
    Verified,
    /// At least one does not.
    Mismatch,
    /// The report is missing or does not account for everything: no statement is possible.
    Incomplete,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofCounts {
    /// Rows of the Transferred report, directories and failures included.
    pub transferred: u64,
    /// Object versions proven.
    pub proven: u64,
    /// Bytes in the proven object versions.
    pub proven_bytes: u64,
    /// As DataSync counts them, directories included.
    pub skipped: u64,
    pub deleted: u64,
    pub findings: u64,
}

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// As in the report: begins with `/`. `/` alone where the report as a whole is concerned.
    pub path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    pub defect: Defect,
    /// What was expected and what was found, for a person.
    pub detail: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Defect {
    /// DataSync itself says that it did not transfer the item.
    TransferFailed,
    NoVersionId,
    VersionMissing,
    SizeDiffers,
    MetadataDiffers,
    /// DataSync did not verify the item, or found it wrong.
    NotVerified,
    ChecksumDiffers,
    /// There is no report, or a part of it can't be read.
    ReportMissing,
    /// The reports don't account for each other.
    CountDiffers,
    /// The execution failed, and its report doesn't show at what.
    ExecutionFailed,
}

impl Defect {
    /// For a person.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::TransferFailed => "transfer failed",
            Self::NoVersionId => "no version id",
            Self::VersionMissing => "version missing",
            Self::SizeDiffers => "size differs",
            Self::MetadataDiffers => "metadata differs",
            Self::NotVerified => "not verified",
            Self::ChecksumDiffers => "checksum differs",
            Self::ReportMissing => "report missing",
            Self::CountDiffers => "count differs",
            Self::ExecutionFailed => "execution failed",
        }
    }

    /// Whether it leaves open what else is wrong.
    #[must_use]
    pub fn leaves_open(self) -> bool {
        matches!(self, Self::ReportMissing | Self::CountDiffers | Self::ExecutionFailed)
    }
}

/// One line of the list to restore from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvenObject {
    pub path: String,
    pub key: String,
    pub version_id: String,
    pub size: u64,
    /// Lower-case hexadecimal; absent for a directory, which has no content, and where the task verifies nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}
