//! One item compared on both sides: metadata and SHA-256, the destination's bytes read back.

use std::sync::Arc;

use aws::SdkFailure;
use aws::exact_key::exact_key;
use domain::posix::{FileKind, Posix};
use domain::report::{ItemMetadata, RowStatus, VerifiedRow};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::failure::{ItemError, is_absent};
use super::item::Item;
use super::job::Run;
use super::object::{Object, find};
use super::rows;
use super::source::{Sha, blocking, checksum_text, hash_file, sha_of};
use super::upload::read_target;

/// What is to be verified.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Subject {
    pub(super) path: String,
    pub(super) key: String,
    /// `None`: the latest.
    pub(super) version_id: Option<String>,
    /// The source's hash, where it was read already.
    pub(super) sha: Option<Sha>,
    /// The source of a backup did not have it, whatever has its path by now.
    pub(super) only_object: bool,
}

/// One side as it was found.
struct Side {
    kind: FileKind,
    /// Otherwise it is what the key tells, which any file may be.
    kind_is_certain: bool,
    size: u64,
    posix: Posix,
    sha: Sha,
}

/// Compares, and writes the row. `true`: both sides agree.
pub(super) async fn verify(run: Arc<Run>, subject: Subject) -> bool {
    if run.live.is_cancelled() {
        return false;
    }
    let restores = run.job.restores();
    let known = |of_source: bool| subject.sha.filter(|_| of_source);
    let (file, object) = tokio::join!(
        file_side(&run, &subject, known(!restores)),
        object_side(&run, &subject, known(restores))
    );
    let (source, destination) = if restores { (object, file) } else { (file, object) };
    let is_folder = source.as_ref().is_ok_and(|side| side.kind == FileKind::Directory);
    let size = source.as_ref().map_or(0, |side| side.size);
    let row = row(&run, &subject.path, source, destination);
    let verified = row.verify_status.is_success();
    if verified {
        run.live.count.verified.one(is_folder);
        run.log.verified(&subject.path, size);
    } else {
        run.live.count.failed_verify.one(is_folder);
        run.log.mismatch(&row);
    }
    run.spool.verified(row);
    verified
}

async fn file_side(
    run: &Arc<Run>,
    subject: &Subject,
    known: Option<Sha>,
) -> Result<Side, ItemError> {
    if subject.only_object {
        return Err(ItemError::OnlyAtDestination);
    }
    let failed = if run.job.restores() { unreadable_destination } else { unreadable_source };
    let (looker, path) = (Arc::clone(run), subject.path.clone());
    let item = blocking(move || looker.tree.look(&path).map_err(|error| failed(&error))).await?;
    let (item, sha) = match (known, item.kind) {
        (Some(sha), _) => (item, sha),
        (None, FileKind::Regular) => {
            let (hasher, path) = (Arc::clone(run), subject.path.clone());
            blocking(move || hash_file(&hasher.tree, &path)).await?
        }
        (None, FileKind::Symlink) => (item, sha_of(&read_target(run, &subject.path).await?)),
        (None, _) => (item, sha_of(b"")),
    };
    let Item { kind, posix, size, .. } = item;
    let posix = if run.job.restores() { posix } else { run.job.settings.kept(&posix) };
    Ok(Side { kind, kind_is_certain: true, size, posix, sha })
}

fn unreadable_destination(error: &std::io::Error) -> ItemError {
    if is_absent(error) {
        ItemError::OnlyAtSource
    } else {
        ItemError::ReadDestination(error.to_string())
    }
}

/// A file that was transferred, and went before it was verified, is what only the destination has:
/// the guide's sample of such a row is of a mode that verifies nothing but what it transferred.
fn unreadable_source(error: &std::io::Error) -> ItemError {
    if is_absent(error) { ItemError::OnlyAtDestination } else { ItemError::open(error) }
}

fn unreadable_object(run: &Run, operation: &'static str, failure: SdkFailure) -> ItemError {
    match failure.is(&["NotFound", "NoSuchKey", "NoSuchVersion"]) {
        true => no_object(run),
        false => ItemError::s3(operation, failure),
    }
}

fn no_object(run: &Run) -> ItemError {
    if run.job.restores() { ItemError::OnlyAtDestination } else { ItemError::OnlyAtSource }
}

async fn object_side(run: &Run, subject: &Subject, known: Option<Sha>) -> Result<Side, ItemError> {
    if let Some(sha) = known {
        let found = find(run, &subject.key, subject.version_id.as_deref()).await?;
        let found = found.ok_or_else(|| no_object(run))?;
        return Ok(side(run, subject, &found, sha));
    }
    let request = run.job.s3.get_object().bucket(&run.job.bucket).key(exact_key(&subject.key));
    let got = request.set_version_id(subject.version_id.clone()).send().await;
    let mut got = got.map_err(|error| unreadable_object(run, "Get Object", error.into()))?;
    let object = Object::new(
        got.content_length(),
        got.metadata(),
        got.last_modified(),
        got.version_id(),
        got.e_tag(),
    );
    let (mut hasher, mut size) = (Sha256::new(), 0);
    while let Some(chunk) = got.body.next().await {
        let chunk = chunk.map_err(|error| ItemError::S3 {
            operation: "Get Object",
            reason: error.to_string(),
        })?;
        size += chunk.len() as u64;
        hasher.update(&chunk);
    }
    Ok(side(run, subject, &Object { size, ..object }, hasher.finalize().into()))
}

/// A bucket as a source is taken as what a restore makes of it; as a destination, literally.
/// Without type bits in the metadata only the key tells the kind, as it does to any reader of the
/// bucket.
fn side(run: &Run, subject: &Subject, object: &Object, sha: Sha) -> Side {
    let as_file = object.to_item(&subject.path, &subject.key);
    if run.job.restores() {
        let posix = run.job.settings.kept(&as_file.posix);
        return Side { kind: as_file.kind, kind_is_certain: true, size: as_file.size, posix, sha };
    }
    let told = object.posix.mode.and_then(FileKind::from_mode);
    let kind_is_certain = told.is_some() || as_file.kind == FileKind::Directory;
    let (kind, posix) = (told.unwrap_or(as_file.kind), object.posix.clone());
    Side { kind, kind_is_certain, size: object.size, posix, sha }
}

fn row(
    run: &Run,
    path: &str,
    source: Result<Side, ItemError>,
    destination: Result<Side, ItemError>,
) -> VerifiedRow {
    let (failure, code) = match (&source, &destination) {
        (Err(reason), _) | (Ok(_), Err(reason)) => (Some(reason.to_string()), Some(reason.code())),
        (Ok(source), Ok(destination)) => {
            let mismatch = mismatch(source, destination);
            (mismatch.map(|(words, _)| words.to_owned()), mismatch.map(|(_, code)| code))
        }
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
        error_code: code.map(str::to_owned),
        error_detail: None,
    }
}

/// Whether a directory's row carries a checksum is not known; an empty object's tells nothing, so
/// it is left out.
fn told(run: &Run, side: Option<&Side>) -> (Option<ItemMetadata>, Option<String>) {
    let Some(side) = side else { return (None, None) };
    let metadata = rows::metadata(side.kind, side.size, &run.job.settings.kept(&side.posix));
    (Some(metadata), (side.kind != FileKind::Directory).then(|| checksum_text(&side.sha)))
}

/// Words and code. Those of metadata are the guide's, of an Enhanced mode's log; those of content
/// are made by analogy.
fn mismatch(source: &Side, destination: &Side) -> Option<(&'static str, &'static str)> {
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
