//! One item compared on both sides: metadata and SHA-256, the object's bytes read back from S3.

use std::sync::Arc;

use pipeline::posix::{FileKind, Posix};
use pipeline::report::{ItemMetadata, RowStatus, VerifiedRow};
use sha2::{Digest, Sha256};

use super::failure::ItemError;
use super::job::Run;
use super::rows;
use super::source::{Sha, blocking, checksum_text, hash_file, place_of, sha_of};
use super::upload::read_target;
use super::walk::{SourceItem, look_at};

/// What is to be verified.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) path: String,
    pub(super) key: String,
    /// `None`: the latest.
    pub(super) version_id: Option<String>,
    /// The source's hash, where it was read already.
    pub(super) sha: Option<Sha>,
}

/// One side as it was found.
struct Side {
    kind: FileKind,
    size: u64,
    posix: Posix,
    sha: Sha,
}

/// Compares, and writes the row. `true`: both sides agree.
pub(super) async fn verify(run: Arc<Run>, subject: Subject) -> bool {
    if run.live.is_cancelled() {
        return false;
    }
    let source = source_side(&run, &subject).await;
    let destination = match &source {
        Ok(source) => destination_side(&run, &subject, source.kind).await,
        Err(_) => Err(ItemError::Changed),
    };
    let row = row(&run, &subject.path, source, destination);
    let verified = row.verify_status.is_success();
    if let Some(reason) = &row.failure_reason {
        tracing::warn!("{}: {reason}", subject.path);
    }
    run.spool.verified(&row);
    verified
}

async fn source_side(run: &Run, subject: &Subject) -> Result<Side, ItemError> {
    let (place, path) = (place_of(&run.job.source, &subject.path), subject.path.clone());
    let item = blocking(move || look_at(&place, &path).map_err(|error| ItemError::open(&error))).await?;
    let (item, sha) = match (subject.sha, item.kind) {
        (Some(sha), _) => (item, sha),
        (None, FileKind::Regular) => {
            let (place, path) = (place_of(&run.job.source, &subject.path), subject.path.clone());
            blocking(move || hash_file(&place, &path)).await?
        }
        (None, FileKind::Symlink) => (item, sha_of(&read_target(run, &subject.path).await?)),
        (None, _) => (item, sha_of(b"")),
    };
    let SourceItem { kind, posix, size, .. } = item;
    Ok(Side { kind, size, posix: run.job.settings.kept(&posix), sha })
}

async fn destination_side(run: &Run, subject: &Subject, source_kind: FileKind) -> Result<Side, ItemError> {
    let request = run.job.s3.get_object().bucket(&run.job.bucket).key(&subject.key);
    let got = request.set_version_id(subject.version_id.clone()).send().await;
    let mut got = got.map_err(|error| ItemError::s3("Get Object", error))?;
    let metadata = got.metadata.take().unwrap_or_default();
    let posix = Posix::from_metadata(|key| metadata.get(key).map(String::as_str));
    let (mut hasher, mut size) = (Sha256::new(), 0);
    while let Some(chunk) = got.body.next().await {
        let chunk = chunk.map_err(|error| ItemError::S3 { operation: "Get Object", reason: error.to_string() })?;
        size += chunk.len() as u64;
        hasher.update(&chunk);
    }
    // Without type bits in the metadata only the key tells, as it does to any reader of the bucket.
    let by_key = if subject.key.ends_with('/') { FileKind::Directory } else { source_kind };
    let kind = posix.mode.and_then(FileKind::of_mode).unwrap_or(by_key);
    Ok(Side { kind, size, posix, sha: hasher.finalize().into() })
}

fn row(run: &Run, path: &str, source: Result<Side, ItemError>, destination: Result<Side, ItemError>) -> VerifiedRow {
    let failure = match (&source, &destination) {
        (Err(reason), _) | (Ok(_), Err(reason)) => Some(reason.to_string()),
        (Ok(source), Ok(destination)) => mismatch(source, destination).map(str::to_owned),
    };
    let (src_metadata, src_checksum) = told(run, source.ok().as_ref());
    let (dst_metadata, dst_checksum) = told(run, destination.ok().as_ref());
    VerifiedRow {
        relative_path: path.to_owned(),
        src_metadata,
        src_checksum,
        dst_metadata,
        dst_checksum,
        verify_timestamp: Some(rows::now()),
        verify_status: if failure.is_none() { RowStatus::Success } else { RowStatus::Failed },
        failure_reason: failure,
        failure_code: None,
        error_code: None,
        error_detail: None,
    }
}

/// Whether a directory's row carries a checksum is not known; an empty object's tells nothing, so it is left out.
fn told(run: &Run, side: Option<&Side>) -> (Option<ItemMetadata>, Option<String>) {
    let Some(side) = side else { return (None, None) };
    let metadata = rows::metadata(side.kind, side.size, &run.job.settings.kept(&side.posix));
    (Some(metadata), (side.kind != FileKind::Directory).then(|| checksum_text(&side.sha)))
}

fn mismatch(source: &Side, destination: &Side) -> Option<&'static str> {
    if source.kind != destination.kind {
        Some("Types differ")
    } else if source.size != destination.size {
        Some("Sizes differ")
    } else if source.sha != destination.sha {
        Some("Checksums differ")
    } else if !source.posix.is_kept_by(&destination.posix) {
        Some("Metadata differs")
    } else {
        None
    }
}
