//! The rows of the detailed reports, and the file that holds them.
//!
//! One part holds rows of one kind, under the kind's name; [`DetailedReport`] reads and writes all
//! four.

use serde::{Deserialize, Serialize};

use crate::posix::FileTime;

/// One part of a detailed report.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DetailedReport {
    /// `exec-…`, not the ARN.
    pub task_execution_id: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transferred: Vec<TransferredRow>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verified: Vec<VerifiedRow>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<SkippedRow>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deleted: Vec<DeletedRow>,
}

/// An item DataSync tried to transfer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TransferredRow {
    /// Relative to the location; starts with `/` in Basic mode only.
    pub relative_path: String,
    #[serde(default, alias = "SourceMetadata", skip_serializing_if = "Option::is_none")]
    pub src_metadata: Option<ItemMetadata>,
    /// `True` or `False`, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overwrite: Option<String>,
    /// Only with `ObjectVersionIds=INCLUDE`, and only in this report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dst_s3_version_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer_timestamp: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer_type: Option<TransferType>,
    pub transfer_status: RowStatus,
    /// Basic mode: `S3 Get Object Failed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<String>,
    /// Basic mode: `40974`. Its values are not documented.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_code: Option<i64>,
    /// Enhanced mode: `AccessDenied`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// Enhanced mode: a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_detail: Option<String>,
}

/// An item DataSync compared on both sides. Rows of files that failed to transfer may be missing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VerifiedRow {
    pub relative_path: String,
    #[serde(default, alias = "SourceMetadata", skip_serializing_if = "Option::is_none")]
    pub src_metadata: Option<ItemMetadata>,
    /// `SHA256:` and 64 lower-case hexadecimal digits.
    #[serde(default, alias = "SourceChecksum", skip_serializing_if = "Option::is_none")]
    pub src_checksum: Option<String>,
    #[serde(default, alias = "DestinationMetadata", skip_serializing_if = "Option::is_none")]
    pub dst_metadata: Option<ItemMetadata>,
    #[serde(default, alias = "DestinationChecksum", skip_serializing_if = "Option::is_none")]
    pub dst_checksum: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify_timestamp: Option<String>,
    pub verify_status: RowStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_code: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_detail: Option<String>,
}

/// An item DataSync left as it is: unchanged, not to be overwritten, or impossible to copy.
///
/// The API reference counts them in `FilesSkipped`; no source confirms the names of the fields,
/// which follow the transferred report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SkippedRow {
    pub relative_path: String,
    #[serde(default, alias = "SourceMetadata", skip_serializing_if = "Option::is_none")]
    pub src_metadata: Option<ItemMetadata>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip_timestamp: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip_reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip_status: Option<RowStatus>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_code: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_detail: Option<String>,
}

impl SkippedRow {
    /// Whether something went wrong with the item. An item that is merely unchanged is a success:
    /// "a report shows what DataSync was able and unable to […] skip" (API reference,
    /// `TaskReportConfig`).
    #[must_use]
    pub fn is_failed(&self) -> bool {
        self.skip_status == Some(RowStatus::Failed) || self.failure().is_some()
    }

    /// Whether both sides are said to be the same. The service's words are not documented: `false`
    /// where they say nothing of the kind.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        let reason = self.skip_reason.as_deref().unwrap_or_default().to_lowercase();
        !self.is_failed()
            && ["unchanged", "not changed", "no change"].iter().any(|words| reason.contains(words))
    }
}

/// An item DataSync removed from the destination. No source confirms these names; they follow the
/// transferred report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeletedRow {
    pub relative_path: String,
    #[serde(default, alias = "DestinationMetadata", skip_serializing_if = "Option::is_none")]
    pub dst_metadata: Option<ItemMetadata>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete_timestamp: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete_status: Option<RowStatus>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_code: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_detail: Option<String>,
}

/// The metadata of an item on one side, as in a report.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ItemMetadata {
    /// `Regular`, `Directory`, (Enhanced) `Object`; the word for a symlink is not documented.
    #[serde(rename = "Type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_size: Option<u64>,
    /// ISO 8601, UTC, nanoseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mtime: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub atime: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gid: Option<u32>,
    /// Four octal digits, without the type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
}

impl ItemMetadata {
    #[must_use]
    pub fn is_directory(&self) -> bool {
        self.kind.as_deref() == Some("Directory")
    }

    /// The mtime; `None` when absent or in a form we don't know.
    #[must_use]
    pub fn mtime(&self) -> Option<FileTime> {
        FileTime::from_report_text(self.mtime.as_deref()?)
    }
}

/// The status of a row.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum RowStatus {
    Success,
    Failed,
    /// A word no source has shown.
    Other(String),
}

/// The part of an item that was written.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum TransferType {
    ContentAndMetadata,
    Content,
    Metadata,
    /// A word no source has shown.
    Other(String),
}

impl RowStatus {
    #[must_use]
    pub fn is_success(&self) -> bool {
        *self == Self::Success
    }
}

macro_rules! wire_words {
    ($name:ident { $($variant:ident = $word:literal),* $(,)? }) => {
        impl From<String> for $name {
            fn from(word: String) -> Self {
                match word.as_str() { $($word => Self::$variant,)* _ => Self::Other(word) }
            }
        }
        impl From<$name> for String {
            fn from(value: $name) -> Self {
                match value { $($name::$variant => $word.to_owned(),)* $name::Other(word) => word }
            }
        }
    };
}
wire_words!(RowStatus { Success = "SUCCESS", Failed = "FAILED" });
wire_words!(TransferType {
    ContentAndMetadata = "CONTENT_AND_METADATA",
    Content = "CONTENT",
    Metadata = "METADATA",
});

macro_rules! failures {
    ($($row:ident),*) => {$(
        impl $row {
            /// Why the row failed, in either mode's spelling: `reason (code)`.
            #[must_use]
            pub fn failure(&self) -> Option<String> {
                let reason = self.failure_reason.as_ref().or(self.error_detail.as_ref());
                let code = self.failure_code.map(|code| code.to_string());
                let code = code.or_else(|| self.error_code.clone());
                match (reason, code) {
                    (Some(reason), Some(code)) => Some(format!("{reason} ({code})")),
                    (Some(reason), None) => Some(reason.clone()),
                    (None, code) => code,
                }
            }
        }
    )*};
}
failures!(TransferredRow, VerifiedRow, SkippedRow, DeletedRow);

#[cfg(test)]
mod tests;
