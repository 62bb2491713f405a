//! Failures of an execution.
//!
//! The two texts about skipped files and mismatches are DataSync's own (User Guide,
//! "Troubleshooting"). All error codes, and the text of a cancelled execution, are guesses: no
//! source has them.

use std::io;
use std::path::PathBuf;

use aws::SdkFailure;
use aws::failure::chain;

use crate::faults::Reason;
use crate::state::ExecutionStatus;

/// `Result.ErrorCode` and `Result.ErrorDetail` of an execution that ended as ERROR.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecutionFailure {
    pub code: &'static str,
    pub detail: String,
}

impl ExecutionFailure {
    /// The failure of an execution that the caller cancelled.
    #[must_use]
    pub fn of_cancel() -> Self {
        Self { code: "Cancelled", detail: "The task execution was cancelled.".to_owned() }
    }

    /// The failure of an execution that the end of the process interrupted.
    #[must_use]
    pub fn of_interruption(status: ExecutionStatus) -> Self {
        let detail = format!(
            "The task execution was interrupted: datasync-local stopped while it was {status}. \
             Transferred files remain at the destination; a new execution completes them."
        );
        Self { code: "Interrupted", detail }
    }

    pub(crate) fn of_skipped_files() -> Self {
        let detail = "Transfer and verification completed. Selected files transferred \
                      except for files skipped due to errors. If no skipped files are listed in \
                      Cloud Watch Logs, please contact AWS Support for further assistance.";
        Self { code: "OpPartialTransfer", detail: detail.to_owned() }
    }

    pub(crate) fn of_mismatches() -> Self {
        let detail = "Transfer and verification completed. Verification detected \
                      mismatches. Files with mismatches are listed in Cloud Watch Logs";
        Self { code: "VerificationMismatch", detail: detail.to_owned() }
    }
}

/// An error that ends an execution at once.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stop {
    #[error("cancelled")]
    Cancelled,
    #[error("mounting the file system: `{path}`")]
    Mount { path: PathBuf, source: io::Error },
    #[error("listing the bucket")]
    Listing(#[source] SdkFailure),
    #[error("the bucket lists `{second}` after `{first}`, which is not the order of keys")]
    Order { first: String, second: String },
    #[error("reading the manifest `{key}`")]
    Manifest { key: String, source: SdkFailure },
    #[error("the manifest `{key}` is not valid: {problem}")]
    ManifestText { key: String, problem: String },
    #[error("writing the list of changes to a temporary file")]
    TemporaryFile(#[from] io::Error),
    #[error("{}", .0.code_and_detail().1)]
    Fault(Reason),
    #[error("internal error of the copy engine while {0}")]
    Broken(String),
}

impl Stop {
    pub(crate) fn to_failure(&self) -> ExecutionFailure {
        let code = match self {
            Self::Cancelled => return ExecutionFailure::of_cancel(),
            Self::Mount { .. } => "FsMountFailed",
            Self::Listing(_) | Self::Order { .. } => "S3ListFailed",
            // The code is real (User Guide, "Troubleshooting"), though documented for tasks.
            Self::Manifest { source, .. }
                if source.is(&["NoSuchKey", "NoSuchVersion", "NotFound"]) =>
            {
                "ManifestFileDoesNotExist"
            }
            Self::Manifest { .. } | Self::ManifestText { .. } => "ManifestInvalid",
            Self::TemporaryFile(_) => "SpillFailed",
            Self::Fault(reason) => reason.code_and_detail().0,
            Self::Broken(_) => "InternalError",
        };
        ExecutionFailure { code, detail: format!("Task execution failed: {}.", chain(self)) }
    }
}
