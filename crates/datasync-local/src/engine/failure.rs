//! How an execution, or a single item of it, fails, and in which words.
//!
//! The two texts about skipped files and mismatches are DataSync's own (User Guide,
//! "Troubleshooting"). All error codes, and the text of a cancelled execution, are guesses: no
//! source has them.

use std::io;
use std::path::PathBuf;

use aws::SdkFailure;
use aws::failure::chain;
use posix_files::TimeNotKept;
use rustix::io::Errno;

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
            Self::Manifest { source, .. }
                if source.is(&["NoSuchKey", "NoSuchVersion", "NotFound"]) =>
            {
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
    #[error(
        "Verification failed due to file being present at the destination but not at the source"
    )]
    OnlyAtDestination,
    #[error(
        "Verification failed due to file being present at the source but not at the destination"
    )]
    OnlyAtSource,
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

    /// A symlink is never followed: one that is met took the place of a file or a directory.
    pub(super) fn open(error: &io::Error) -> Self {
        if Errno::from_io_error(error) == Some(Errno::LOOP) {
            Self::OtherKind
        } else {
            Self::Open(text_of(error))
        }
    }

    /// The item's line in the log: the guide puts the path of a file that could not be opened in
    /// the middle.
    pub(super) fn line(&self, path: &str) -> String {
        match self {
            Self::Open(reason) => format!("Failed to open source file {path}: {reason}"),
            other => format!("{other}: {path}"),
        }
    }

    pub(super) fn write(error: &io::Error) -> Self {
        Self::Write(error.to_string())
    }

    /// The word that reports of Enhanced mode put before the sentence. The real ones are not
    /// documented.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Open(_) | Self::Read(_) => "SourceReadFailed",
            Self::Changed | Self::OtherKind => "SourceChanged",
            Self::Name | Self::LongKey | Self::Key(_) | Self::Target => "UnsupportedName",
            Self::S3 { .. } => "S3RequestFailed",
            Self::Write(_) | Self::ReadDestination(_) | Self::Time(_) | Self::InTheWay => {
                "DestinationWriteFailed"
            }
            // Of a log of the guide ("Monitoring data transfers with Amazon CloudWatch Logs"), and
            // by analogy with it.
            Self::OnlyAtDestination => "FileNotAtSource",
            Self::OnlyAtSource => "FileNotAtDestination",
            Self::NotAtSource | Self::ManifestDirectory | Self::ManifestVersion => {
                "ManifestEntryInvalid"
            }
            Self::Cancelled => "Cancelled",
            Self::Broken | Self::Journal(_) => "InternalError",
        }
    }

    pub(super) fn read(error: &io::Error) -> Self {
        Self::Read(error.to_string())
    }
}

/// The system's words without the number that Rust adds: `No such file or directory`.
fn text_of(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error ") {
        Some((words, _)) => words.to_owned(),
        None => text,
    }
}

/// Whether nothing has that path: a name of it is missing, or is no directory.
pub(super) fn is_absent(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_gone_is_logged_as_the_guide_prints_it() {
        let error = io::Error::from_raw_os_error(2);
        assert!(is_absent(&error));
        let line = ItemError::open(&error).line("/file1.dll");
        assert_eq!(line, "Failed to open source file /file1.dll: No such file or directory");
        assert_eq!(ItemError::Changed.line("/a"), "Source file changed while it was read: /a");
    }
}
