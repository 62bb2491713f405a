//! The rows of the detailed reports, made from what happened. They carry the failures of both
//! modes; the spool leaves out what the execution's mode does not have.

use chrono::{SecondsFormat, Utc};
use domain::posix::{FileKind, Posix};
use domain::report::{
    DeletedRow, ItemMetadata, RowStatus, SkippedRow, TransferType, TransferredRow, VerifiedRow,
};

use super::failure::ItemError;
use super::item::Item;
use super::job::Run;
use super::prepare::{Action, How};

/// A moment as reports print it.
pub(super) fn now() -> String {
    Utc::now().to_rfc3339_opts(SecondsFormat::Nanos, true)
}

/// One side's metadata.
pub(super) fn metadata(kind: FileKind, size: u64, posix: &Posix) -> ItemMetadata {
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

/// The source side, as far as the options keep it.
pub(super) fn source_metadata(run: &Run, item: &Item) -> ItemMetadata {
    metadata(item.kind, item.size, &run.job.settings.kept(&item.posix))
}

/// `item` is what was read, which may be newer than what was planned.
pub(super) fn transferred(
    run: &Run,
    action: &Action,
    item: &Item,
    version_id: Option<&str>,
) -> TransferredRow {
    TransferredRow {
        relative_path: item.path.clone(),
        src_metadata: Some(source_metadata(run, item)),
        overwrite: Some(overwrite(action.how).to_owned()),
        dst_s3_version_id: version_id
            .filter(|_| run.job.version_ids && !run.job.restores())
            .map(str::to_owned),
        transfer_timestamp: Some(now()),
        transfer_type: Some(transfer_type(action.how)),
        transfer_status: RowStatus::Success,
        failure_reason: None,
        failure_code: None,
        error_code: None,
        error_detail: None,
    }
}

/// A row for what could not be transferred; `item` and `how` where they are known.
pub(super) fn not_transferred(
    run: &Run,
    path: &str,
    item: Option<&Item>,
    how: Option<How>,
    reason: &ItemError,
) -> TransferredRow {
    TransferredRow {
        relative_path: path.to_owned(),
        src_metadata: item.map(|item| source_metadata(run, item)),
        overwrite: how.map(|how| overwrite(how).to_owned()),
        dst_s3_version_id: None,
        transfer_timestamp: Some(now()),
        transfer_type: Some(how.map_or(TransferType::ContentAndMetadata, transfer_type)),
        transfer_status: RowStatus::Failed,
        failure_reason: Some(reason.to_string()),
        failure_code: None,
        error_code: Some(reason.code().to_owned()),
        error_detail: None,
    }
}

/// The reason for leaving an item as it is. The service's words are not documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Skip {
    Unchanged,
    NotOverwritten,
    /// That the service calls this a failure is a guess: it is the one reason for which the source
    /// is not copied.
    SpecialFile,
}

impl Skip {
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Unchanged => "Unchanged at the source and the destination",
            Self::NotOverwritten => "Exists at the destination and OverwriteMode is NEVER",
            Self::SpecialFile => {
                "Special files (FIFOs, sockets, devices) are not supported by the destination"
            }
        }
    }
}

pub(super) fn skipped(run: &Run, item: &Item, why: Skip) -> SkippedRow {
    let failed = why == Skip::SpecialFile;
    SkippedRow {
        relative_path: item.path.clone(),
        src_metadata: Some(source_metadata(run, item)),
        skip_timestamp: Some(now()),
        skip_reason: Some(why.reason().to_owned()),
        skip_status: Some(if failed { RowStatus::Failed } else { RowStatus::Success }),
        failure_reason: None,
        failure_code: None,
        error_code: None,
        error_detail: None,
    }
}

pub(super) fn deleted(item: &Item, failure: Option<&ItemError>) -> DeletedRow {
    DeletedRow {
        relative_path: item.path.clone(),
        dst_metadata: Some(metadata(item.kind, item.size, &item.posix)),
        delete_timestamp: Some(now()),
        delete_status: Some(if failure.is_none() { RowStatus::Success } else { RowStatus::Failed }),
        failure_reason: failure.map(ToString::to_string),
        failure_code: None,
        error_code: failure.map(|reason| reason.code().to_owned()),
        error_detail: None,
    }
}

/// A row for what could not even be looked at.
pub(super) fn unverified(path: &str, reason: &ItemError) -> VerifiedRow {
    VerifiedRow {
        relative_path: path.to_owned(),
        src_metadata: None,
        src_checksum: None,
        dst_metadata: None,
        dst_checksum: None,
        verify_timestamp: Some(now()),
        verify_status: RowStatus::Failed,
        failure_reason: Some(reason.to_string()),
        failure_code: None,
        error_code: Some(reason.code().to_owned()),
        error_detail: None,
    }
}

fn overwrite(how: How) -> &'static str {
    if how == How::Create { "False" } else { "True" }
}

/// The word for a change of metadata alone is not confirmed by any source.
fn transfer_type(how: How) -> TransferType {
    if how == How::MetadataOnly { TransferType::Metadata } else { TransferType::ContentAndMetadata }
}
