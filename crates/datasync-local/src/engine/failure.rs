//! How an execution, or a single item of it, fails, and in which words.
//!
//! The two texts about skipped files and mismatches are DataSync's own (User Guide, "Troubleshooting"). All error codes,
//! and the text of a cancelled execution, are guesses: no source has them.

use std::io;
use std::path::PathBuf;

use aws_edge::SdkFailure;
use aws_edge::failure::chain;
use posix_files::TimeNotKept;

use crate::faults::Reason;
use crate::state::Status;

/// `Result.ErrorCode` and `Result.ErrorDetail` of an execution that ended as ERROR.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub code: &'static str,
    pub detail: String,
}

impl Failure {
    /// The caller asked for it.
    #[must_use]
    pub fn cancelled() -> Self {
        Self { code: "Cancelled", detail: "The task execution was cancelled.".to_owned() }
    }

    /// The process ended before the execution did.
    #[must_use]
    pub fn interrupted(status: Status) -> Self {
        let detail = format!(
            "The task execution was interrupted: datasync-local stopped while it was {status}. What was transferred \
             until then remains at the destination; a new execution completes it."
        );
        Self { code: "Interrupted", detail }
    }

    pub(super) fn skipped_files() -> Self {
        let detail = "Transfer and verification completed. Selected files transferred except for files skipped due to \
                      errors. If no skipped files are listed in Cloud Watch Logs, please contact AWS Support for \
                      further assistance.";
        Self { code: "OpPartialTransfer", detail: detail.to_owned() }
    }

    pub(super) fn mismatches() -> Self {
        let detail = "Transfer and verification completed. Verification detected mismatches. Files with mismatches are \
                      listed in Cloud Watch Logs";
        Self { code: "VerificationMismatch", detail: detail.to_owned() }
    }
}

/// What ends an execution at once.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stop {
    #[error("cancelled")]
    Cancelled,
    #[error("mounting the file system: `{path}`")]
    Mount { path: PathBuf, source: io::Error },
    #[error("listing the bucket")]
    Listing(#[source] SdkFailure),
    #[error("the bucket lists `{second}` after `{first}`: not in the order of keys")]
    Order { first: String, second: String },
    #[error("reading the manifest `{key}`")]
    Manifest { key: String, source: SdkFailure },
    #[error("the manifest `{key}` is not valid: {problem}")]
    ManifestText { key: String, problem: String },
    #[error("keeping what is to be done in a temporary file")]
    Spill(#[from] io::Error),
    #[error("{}", .0.words().1)]
    Fault(Reason),
    #[error("the engine stopped by a fault of its own: {0}")]
    Broken(String),
}

impl Stop {
    pub(super) fn to_failure(&self) -> Failure {
        let code = match self {
            Self::Cancelled => return Failure::cancelled(),
            Self::Mount { .. } => "FsMountFailed",
            Self::Listing(_) | Self::Order { .. } => "S3ListFailed",
            // The code is real (User Guide, "Troubleshooting"), though documented for tasks.
            Self::Manifest { source, .. } if source.is(&["NoSuchKey", "NoSuchVersion", "NotFound"]) => {
                "ManifestFileDoesNotExist"
            }
            Self::Manifest { .. } | Self::ManifestText { .. } => "ManifestInvalid",
            Self::Spill(_) => "SpillFailed",
            Self::Fault(reason) => reason.words().0,
            Self::Broken(_) => "InternalError",
        };
        Failure { code, detail: format!("Task execution failed: {}.", chain(self)) }
    }
}

/// Why one item could not be read, written or compared: `FailureReason` of its row.
#[derive(Debug, thiserror::Error)]
pub(super) enum ItemError {
    #[error("Failed to open source file: {0}")]
    Open(String),
    #[error("Failed to read source file: {0}")]
    Read(String),
    #[error("Source file changed while it was read")]
    Changed,
    #[error("Source item is of another type than when it was listed")]
    OtherKind,
    #[error("File name is not valid UTF-8 and cannot be an object key")]
    Name,
    #[error("Object key exceeds the maximum length of 1,024 bytes")]
    LongKey,
    #[error("S3 {operation} Failed: {reason}")]
    S3 { operation: &'static str, reason: String },
    #[error("Object key cannot be a path: {0}")]
    Key(&'static str),
    #[error("Object is not a valid symlink: its target is empty, too long or holds a zero byte")]
    Target,
    #[error("Failed to write destination file: {0}")]
    Write(String),
    #[error("Failed to read destination file: {0}")]
    ReadDestination(String),
    #[error("The item is at the destination, and {0}")]
    Time(#[from] TimeNotKept),
    #[error("An item of another type is in the way at the destination")]
    InTheWay,
    #[error("Listed in the manifest and not at the source")]
    NotAtSource,
    #[error("A manifest cannot list directories")]
    ManifestDirectory,
    #[error("A manifest can name object versions only where the source is a bucket")]
    ManifestVersion,
    #[error("The upload could not be noted in the state's folder: {0}")]
    Journal(String),
    #[error("Not transferred: the execution was cancelled")]
    Cancelled,
    #[error("the engine stopped by a fault of its own")]
    Broken,
}

impl ItemError {
    pub(super) fn s3(operation: &'static str, failure: impl Into<SdkFailure>) -> Self {
        Self::S3 { operation, reason: chain(&failure.into()) }
    }

    pub(super) fn open(error: &io::Error) -> Self {
        Self::Open(error.to_string())
    }

    pub(super) fn write(error: &io::Error) -> Self {
        Self::Write(error.to_string())
    }

    /// The word that reports of Enhanced mode put before the sentence. The real ones are not documented.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Open(_) | Self::Read(_) => "SourceReadFailed",
            Self::Changed | Self::OtherKind => "SourceChanged",
            Self::Name | Self::LongKey | Self::Key(_) | Self::Target => "UnsupportedName",
            Self::S3 { .. } => "S3RequestFailed",
            Self::Write(_) | Self::ReadDestination(_) | Self::Time(_) | Self::InTheWay => "DestinationWriteFailed",
            Self::NotAtSource | Self::ManifestDirectory | Self::ManifestVersion => "ManifestEntryInvalid",
            Self::Cancelled => "Cancelled",
            Self::Broken | Self::Journal(_) => "InternalError",
        }
    }

    pub(super) fn read(error: &io::Error) -> Self {
        Self::Read(error.to_string())
    }
}
