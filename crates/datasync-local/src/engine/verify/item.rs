//! One item compared on both sides: metadata and SHA-256. The destination's bytes are read back.

use std::sync::Arc;

use domain::posix::FileKind;
use domain::report::{ItemMetadata, RowStatus, VerifiedRow};

use crate::engine::content_hash::checksum_text;
use crate::engine::context::EngineContext;
use crate::engine::item_error::ItemError;
use crate::engine::report_rows::{current_timestamp, item_metadata};
use crate::engine::settings::CopySettings;
use crate::engine::verify::item_side::{ItemSide, read_file_side, read_object_side};
use crate::engine::verify::subject::VerifySubject;

/// Compares both sides, and records the result. `true`: both sides agree.
pub(crate) async fn verify_item(context: Arc<EngineContext>, subject: VerifySubject) -> bool {
    if context.is_cancelled() {
        return false;
    }
    let is_restore = context.settings.is_restore();
    let known_sha = |is_source: bool| subject.sha.filter(|_| is_source);
    let (file, object) = tokio::join!(
        read_file_side(&context, &subject, known_sha(!is_restore)),
        read_object_side(&context, &subject, known_sha(is_restore))
    );
    let (source, destination) = if is_restore { (object, file) } else { (file, object) };
    let is_directory = source.as_ref().is_ok_and(|side| side.kind == FileKind::Directory);
    let size = source.as_ref().map_or(0, |side| side.size);
    let row = verified_row(&context.settings, &subject.path, source, destination);
    let verified = row.verify_status.is_success();
    context.recorder.record_verified(row, is_directory, size);
    verified
}

fn failure_columns(
    source: &Result<ItemSide, ItemError>,
    destination: &Result<ItemSide, ItemError>,
) -> (Option<String>, Option<&'static str>) {
    match (source, destination) {
        (Err(reason), _) | (Ok(_), Err(reason)) => {
            (Some(reason.to_string()), Some(reason.error_code()))
        }
        (Ok(source), Ok(destination)) => {
            let mismatch = find_mismatch(source, destination);
            (mismatch.map(|(reason, _)| reason.to_owned()), mismatch.map(|(_, code)| code))
        }
    }
}

fn verified_row(
    settings: &CopySettings,
    path: &str,
    source: Result<ItemSide, ItemError>,
    destination: Result<ItemSide, ItemError>,
) -> VerifiedRow {
    let (failure, code) = failure_columns(&source, &destination);
    let (src_metadata, src_checksum) = columns_of(settings, source.ok().as_ref());
    let (dst_metadata, dst_checksum) = columns_of(settings, destination.ok().as_ref());
    VerifiedRow {
        relative_path: path.to_owned(),
        src_metadata,
        src_checksum,
        dst_metadata,
        dst_checksum,
        verify_timestamp: Some(current_timestamp()),
        verify_status: if failure.is_none() { RowStatus::Success } else { RowStatus::Failed },
        failure_reason: failure,
        failure_code: None,
        error_code: code.map(str::to_owned),
        error_detail: None,
    }
}

/// The metadata and the checksum of a side in its row. It is not known whether a directory's row
/// carries a checksum; that of an empty object says nothing, so it is left out.
fn columns_of(
    settings: &CopySettings,
    side: Option<&ItemSide>,
) -> (Option<ItemMetadata>, Option<String>) {
    let Some(side) = side else { return (None, None) };
    let metadata = item_metadata(side.kind, side.size, &settings.kept_metadata(&side.posix));
    (Some(metadata), (side.kind != FileKind::Directory).then(|| checksum_text(&side.sha)))
}

/// The reason and the code of a difference. Those of metadata are the guide's, from a log of
/// Enhanced mode; those of content are made by analogy.
fn find_mismatch(
    source: &ItemSide,
    destination: &ItemSide,
) -> Option<(&'static str, &'static str)> {
    let content = Some(("Verification failed due to a difference in content", "ContentDiffers"));
    let metadata = Some(("Verification failed due to a difference in metadata", "MetadataDiffers"));
    if source.kind != destination.kind && destination.kind_is_certain {
        metadata
    } else if source.size != destination.size || source.sha != destination.sha {
        content
    } else if !source.posix.is_kept_by(&destination.posix) {
        metadata
    } else {
        None
    }
}
