//! Failures of single items.
//!
//! The error codes are guesses, except where a source is named.

use std::io;

use aws::SdkFailure;
use aws::failure::chain;
use posix_files::TimeNotKept;
use rustix::io::Errno;

/// The reason why an item could not be read, written or compared: `FailureReason` of its row.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ItemError {
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
    #[error("The upload could not be recorded in the state directory: {0}")]
    Journal(String),
    #[error("Not transferred: the execution was cancelled")]
    Cancelled,
    #[error("internal error of the copy engine")]
    Broken,
}

impl ItemError {
    pub(crate) fn s3(operation: &'static str, failure: impl Into<SdkFailure>) -> Self {
        Self::S3 { operation, reason: chain(&failure.into()) }
    }

    /// The error of opening a source file. A symlink is never followed, so one on the path has
    /// taken the place of a file or a directory.
    pub(crate) fn open_failed(error: &io::Error) -> Self {
        if Errno::from_io_error(error) == Some(Errno::LOOP) {
            Self::OtherKind
        } else {
            Self::Open(os_error_text(error))
        }
    }

    /// The line in the task's log. The guide's sample has the path of a file that could not be
    /// opened in the middle.
    pub(crate) fn log_line(&self, path: &str) -> String {
        match self {
            Self::Open(reason) => format!("Failed to open source file {path}: {reason}"),
            other => format!("{other}: {path}"),
        }
    }

    pub(crate) fn write_failed(error: &io::Error) -> Self {
        Self::Write(error.to_string())
    }

    /// The error code in reports of Enhanced mode. The real codes are not documented.
    pub(crate) fn error_code(&self) -> &'static str {
        match self {
            Self::Open(_) | Self::Read(_) => "SourceReadFailed",
            Self::Changed | Self::OtherKind => "SourceChanged",
            Self::Name | Self::LongKey | Self::Key(_) | Self::Target => "UnsupportedName",
            Self::S3 { .. } => "S3RequestFailed",
            Self::Write(_) | Self::ReadDestination(_) | Self::Time(_) | Self::InTheWay => {
                "DestinationWriteFailed"
            }
            // The first is in a log of the guide ("Monitoring data transfers with Amazon CloudWatch
            // Logs"), the second is made by analogy.
            Self::OnlyAtDestination => "FileNotAtSource",
            Self::OnlyAtSource => "FileNotAtDestination",
            Self::NotAtSource | Self::ManifestDirectory | Self::ManifestVersion => {
                "ManifestEntryInvalid"
            }
            Self::Cancelled => "Cancelled",
            Self::Broken | Self::Journal(_) => "InternalError",
        }
    }

    pub(crate) fn read_failed(error: &io::Error) -> Self {
        Self::Read(error.to_string())
    }
}

/// The system's message without the number that Rust adds: `No such file or directory`.
fn os_error_text(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error ") {
        Some((message, _)) => message.to_owned(),
        None => text,
    }
}

/// Whether nothing exists at the path: a name of it is missing, or is no directory.
pub(crate) fn is_absent(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_gone_is_logged_as_the_guide_prints_it() {
        let error = io::Error::from_raw_os_error(2);
        assert!(is_absent(&error));
        let line = ItemError::open_failed(&error).log_line("/file1.dll");
        assert_eq!(line, "Failed to open source file /file1.dll: No such file or directory");
        assert_eq!(ItemError::Changed.log_line("/a"), "Source file changed while it was read: /a");
    }
}
