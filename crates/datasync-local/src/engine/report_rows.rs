//! Rows of the detailed reports. They carry the failures of both modes; the spool leaves out what
//! the execution's mode does not have.

use chrono::{SecondsFormat, Utc};
use domain::posix::{FileKind, Posix};
use domain::report::{
    DeletedRow, ItemMetadata, RowStatus, SkippedRow, TransferType, TransferredRow, VerifiedRow,
};

use crate::engine::item::FileItem;
use crate::engine::item_error::ItemError;
use crate::engine::plan::action::{WriteAction, WriteMode};
use crate::engine::settings::CopySettings;
use crate::engine::transfer::written_item::WrittenItem;

/// The current time as reports print it.
pub(crate) fn current_timestamp() -> String {
    Utc::now().to_rfc3339_opts(SecondsFormat::Nanos, true)
}

/// The metadata of one side.
pub(crate) fn item_metadata(kind: FileKind, size: u64, posix: &Posix) -> ItemMetadata {
    ItemMetadata {
        kind: Some(kind.report_word().to_owned()),
        content_size: Some(size),
        mtime: posix.mtime.map(|time| time.report_text()),
        atime: posix.atime.map(|time| time.report_text()),
        uid: posix.uid,
        gid: posix.gid,
        mode: posix.report_mode(),
    }
}

/// The metadata of the source, as far as the options keep it.
fn source_metadata(settings: &CopySettings, item: &FileItem) -> ItemMetadata {
    item_metadata(item.kind, item.size, &settings.kept_metadata(&item.posix))
}

/// The row of a written item: the item as it was read, which may be newer than the planned one.
pub(crate) fn transferred_row(
    settings: &CopySettings,
    action: &WriteAction,
    written: &WrittenItem,
) -> TransferredRow {
    let names_version = settings.report_version_ids && !settings.is_restore();
    TransferredRow {
        relative_path: written.item.path.clone(),
        src_metadata: Some(source_metadata(settings, &written.item)),
        overwrite: Some(overwrite_text(action.mode).to_owned()),
        dst_s3_version_id: written.version_id.clone().filter(|_| names_version),
        transfer_timestamp: Some(current_timestamp()),
        transfer_type: Some(transfer_type(action.mode)),
        transfer_status: RowStatus::Success,
        failure_reason: None,
        failure_code: None,
        error_code: None,
        error_detail: None,
    }
}

/// The row of an item that could not be written.
pub(crate) fn failed_row(
    settings: &CopySettings,
    action: &WriteAction,
    reason: &ItemError,
) -> TransferredRow {
    TransferredRow {
        src_metadata: Some(source_metadata(settings, &action.item)),
        overwrite: Some(overwrite_text(action.mode).to_owned()),
        transfer_type: Some(transfer_type(action.mode)),
        ..unreadable_row(&action.item.path, reason)
    }
}

/// The row of an item of which nothing is known but its path.
pub(crate) fn unreadable_row(path: &str, reason: &ItemError) -> TransferredRow {
    TransferredRow {
        relative_path: path.to_owned(),
        src_metadata: None,
        overwrite: None,
        dst_s3_version_id: None,
        transfer_timestamp: Some(current_timestamp()),
        transfer_type: Some(TransferType::ContentAndMetadata),
        transfer_status: RowStatus::Failed,
        failure_reason: Some(reason.to_string()),
        failure_code: None,
        error_code: Some(reason.error_code().to_owned()),
        error_detail: None,
    }
}

/// The reason for leaving an item as it is. The service's messages are not documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SkipCause {
    Unchanged,
    NotOverwritten,
    /// That the service calls this a failure is a guess: it is the one reason for which the source
    /// is not copied.
    SpecialFile,
}

impl SkipCause {
    pub(crate) fn reason_text(self) -> &'static str {
        match self {
            Self::Unchanged => "Unchanged at the source and the destination",
            Self::NotOverwritten => "Exists at the destination and OverwriteMode is NEVER",
            Self::SpecialFile => {
                "Special files (FIFOs, sockets, devices) are not supported by the destination"
            }
        }
    }
}

pub(crate) fn skipped_row(
    settings: &CopySettings,
    item: &FileItem,
    cause: SkipCause,
) -> SkippedRow {
    let failed = cause == SkipCause::SpecialFile;
    SkippedRow {
        relative_path: item.path.clone(),
        src_metadata: Some(source_metadata(settings, item)),
        skip_timestamp: Some(current_timestamp()),
        skip_reason: Some(cause.reason_text().to_owned()),
        skip_status: Some(if failed { RowStatus::Failed } else { RowStatus::Success }),
        failure_reason: None,
        failure_code: None,
        error_code: None,
        error_detail: None,
    }
}

pub(crate) fn deleted_row(item: &FileItem, failure: Option<&ItemError>) -> DeletedRow {
    DeletedRow {
        relative_path: item.path.clone(),
        dst_metadata: Some(item_metadata(item.kind, item.size, &item.posix)),
        delete_timestamp: Some(current_timestamp()),
        delete_status: Some(if failure.is_none() { RowStatus::Success } else { RowStatus::Failed }),
        failure_reason: failure.map(ToString::to_string),
        failure_code: None,
        error_code: failure.map(|reason| reason.error_code().to_owned()),
        error_detail: None,
    }
}

/// The row of an item that could not be compared at all.
pub(crate) fn unverified_row(path: &str, reason: &ItemError) -> VerifiedRow {
    VerifiedRow {
        relative_path: path.to_owned(),
        src_metadata: None,
        src_checksum: None,
        dst_metadata: None,
        dst_checksum: None,
        verify_timestamp: Some(current_timestamp()),
        verify_status: RowStatus::Failed,
        failure_reason: Some(reason.to_string()),
        failure_code: None,
        error_code: Some(reason.error_code().to_owned()),
        error_detail: None,
    }
}

fn overwrite_text(mode: WriteMode) -> &'static str {
    if mode == WriteMode::Create { "False" } else { "True" }
}

/// The type of the transfer. The word for a change of metadata alone is not confirmed by any
/// source.
fn transfer_type(mode: WriteMode) -> TransferType {
    match mode {
        WriteMode::MetadataOnly => TransferType::Metadata,
        WriteMode::Create | WriteMode::Overwrite | WriteMode::Keep => {
            TransferType::ContentAndMetadata
        }
    }
}
