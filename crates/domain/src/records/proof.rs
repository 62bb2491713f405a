//! The proof of one execution: a verdict, counts, and what was found wrong.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::arn::ExecutionArn;
use crate::records::hash_chain::ChainLink;
use crate::sync_name::SyncName;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    pub execution: ExecutionArn,
    /// Absent in the records of the sync `default`.
    #[serde(default, skip_serializing_if = "SyncName::is_default")]
    pub sync: SyncName,
    pub verdict: Verdict,
    pub checked_at: DateTime<Utc>,
    pub bucket: String,
    /// The region of the bucket; absent: that of the stack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket_region: Option<String>,
    /// The account that owns the bucket; absent: that of the stack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket_account: Option<String>,
    /// The execution failed: its own alert covers it, and the proof sends none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub execution_failed: bool,
    pub counts: ProofCounts,
    /// At most [`Proof::MAX_FINDINGS`]; `counts.findings` has the true number.
    pub findings: Vec<Finding>,
    /// At most [`Proof::MAX_FINDINGS`]; `counts.warnings` has the true number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
    /// The depth of the verification of each version.
    #[serde(default)]
    pub depth: Depth,
    /// The SHA-256 of the program that checked, as in its function's tag.
    #[serde(default)]
    pub code_version: String,
    /// The parts of the task report that were read, in the order of their keys.
    #[serde(default)]
    pub report_parts: Vec<ReportPart>,
    /// The parts of the list of proven objects, each chained to those before it.
    #[serde(default)]
    pub object_parts: Vec<ChainLink>,
}

impl Proof {
    pub const MAX_FINDINGS: usize = 1000;
}

/// One part of the task report, as it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportPart {
    pub key: String,
    pub bytes: u64,
    /// Lower-case hexadecimal.
    pub sha256: String,
}

/// The depth of a verification.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Depth {
    /// Its existence and size, from listings where they are dense.
    Versions,
    /// Its POSIX metadata too, which only a request for each object shows.
    #[default]
    Metadata,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verdict {
    /// Each transferred object version exists as the report says.
    Verified,
    /// They do, with a warning: a version has a later one, or a counter of DataSync differs from
    /// its report.
    VerifiedWithWarnings,
    /// At least one does not.
    Mismatch,
    /// The report is missing or does not account for everything: no statement is possible.
    Incomplete,
}

impl Verdict {
    /// Whether each transferred object version is proven.
    #[must_use]
    pub fn is_proven(self) -> bool {
        matches!(self, Self::Verified | Self::VerifiedWithWarnings)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofCounts {
    /// Rows of the Transferred report, directories and failures included.
    pub transferred: u64,
    /// Object versions proven.
    pub proven: u64,
    /// Bytes in the proven object versions.
    pub proven_bytes: u64,
    /// The count of DataSync, directories included.
    pub skipped: u64,
    pub deleted: u64,
    pub findings: u64,
    #[serde(default)]
    pub warnings: u64,
}

/// Something worth knowing of a version that is proven, of a directory, or of the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// `/` alone where the report as a whole is concerned.
    pub path: String,
    /// Empty where there is no version.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version_id: String,
    pub notice: Notice,
    pub detail: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Notice {
    /// It has a later version.
    Superseded,
    /// It has a delete marker on top.
    HiddenByDeleteMarker,
    /// It is not in the storage class that the task writes.
    StorageClassDiffers,
    /// It is a null version, which the next write replaces.
    NullVersion,
    /// The report has no version id of a directory; AWS does not document that it always has.
    DirectoryWithoutVersion,
    /// A counter of DataSync differs from its report: `FilesTransferred` is no exact count (API
    /// reference).
    CounterDiffers,
    /// DataSync did not compare it with its file, which was gone or another when the run verified:
    /// the version is the one that was transferred, and its SHA-256 is not known.
    NotCompared,
}

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The path as in the report: begins with `/`. Only `/` where the report as a whole is
    /// concerned.
    pub path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    pub defect: Defect,
    /// The expected and the actual state, for people.
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
    /// DataSync could not verify the item, or found it wrong.
    NotVerified,
    /// The Verified report doesn't have the item.
    VerificationMissing,
    ChecksumDiffers,
    /// There is no report, or a part of it can't be read.
    ReportMissing,
    /// The reports don't account for each other.
    CountDiffers,
    /// The reports have an item twice.
    Duplicated,
    /// A part of the report is of another execution.
    ForeignReport,
    /// The execution failed, and its report doesn't show at what.
    ExecutionFailed,
}

impl Defect {
    /// For a person.
    #[must_use]
    pub fn as_text(self) -> &'static str {
        match self {
            Self::TransferFailed => "transfer failed",
            Self::NoVersionId => "no version id",
            Self::VersionMissing => "version missing",
            Self::SizeDiffers => "size differs",
            Self::MetadataDiffers => "metadata differs",
            Self::NotVerified => "not verified",
            Self::VerificationMissing => "verification missing",
            Self::ChecksumDiffers => "checksum differs",
            Self::ReportMissing => "report missing",
            Self::CountDiffers => "count differs",
            Self::Duplicated => "reported twice",
            Self::ForeignReport => "report of another execution",
            Self::ExecutionFailed => "execution failed",
        }
    }

    /// Whether it leaves open what else is wrong.
    #[must_use]
    pub fn is_inconclusive(self) -> bool {
        matches!(
            self,
            Self::ReportMissing
                | Self::CountDiffers
                | Self::ExecutionFailed
                | Self::VerificationMissing
                | Self::Duplicated
                | Self::ForeignReport
        )
    }
}

/// One line of the list to restore from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvenObject {
    pub path: String,
    pub key: String,
    pub version_id: String,
    pub size: u64,
    /// Lower-case hexadecimal; absent for a directory, which has no content, and where DataSync
    /// compared nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Four octal digits, without the type. This and what follows: as the report has it, absent
    /// where the task leaves it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gid: Option<u32>,
    /// ISO 8601, UTC, nanoseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mtime: Option<String>,
}
