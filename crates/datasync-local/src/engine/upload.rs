//! Writing one item to the destination.

use std::sync::Arc;

use aws::exact_key::exact_key;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::MetadataDirective;
use domain::posix::FileKind;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::failure::ItemError;
use super::item::Item;
use super::job::{CONTENT_BUDGET_KIB, Run};
use super::ledger::Told;
use super::live::add;
use super::prepare::{Action, How};
use super::source::{OpenFile, Sha, blocking, sha_of};
use super::written::Written;
use super::{headers, upload_parts};

/// Files above it go in parts.
const LARGEST_SINGLE: u64 = 16 * 1024 * 1024;

/// Unreserved characters and the slash, for `x-amz-copy-source`.
const COPY_SOURCE: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Writes what the action says.
pub(super) async fn write(run: &Arc<Run>, action: &Action) -> Result<Written, ItemError> {
    if run.live.is_cancelled() {
        return Err(ItemError::Cancelled);
    }
    match action.item.kind {
        FileKind::Directory => {
            let item = look(run, action).await?;
            put(run, action, item, Vec::new(), sha_of(b"")).await
        }
        FileKind::Symlink => write_symlink(run, action).await,
        FileKind::Regular if action.how == How::MetadataOnly => copy(run, action).await,
        FileKind::Regular => write_file(run, action).await,
        FileKind::Special => Err(ItemError::OtherKind),
    }
}

async fn write_file(run: &Arc<Run>, action: &Action) -> Result<Written, ItemError> {
    let (opener, path) = (Arc::clone(run), action.item.path.clone());
    let mut file = blocking(move || OpenFile::open(&opener.tree, &path)).await?;
    if file.item.size > LARGEST_SINGLE {
        return upload_parts::write(run, action, file).await;
    }
    let _room = room(run, file.item.size).await?;
    let (item, bytes, sha) = blocking(move || {
        let (item, bytes) = (file.item.clone(), file.read(file.item.size, Vec::new())?);
        file.finish()?;
        let sha = sha_of(&bytes);
        Ok((item, bytes, sha))
    })
    .await?;
    put(run, action, item, bytes, sha).await
}

async fn write_symlink(run: &Arc<Run>, action: &Action) -> Result<Written, ItemError> {
    let item = look(run, action).await?;
    let target = read_target(run, &action.item.path).await?;
    let sha = sha_of(&target);
    put(run, action, item, target, sha).await
}

/// The symlink's target, as the object's bytes.
pub(super) async fn read_target(run: &Arc<Run>, path: &str) -> Result<Vec<u8>, ItemError> {
    let (reader, path) = (Arc::clone(run), path.to_owned());
    blocking(move || reader.tree.read_link(&path).map_err(|error| unread_link(&error))).await
}

/// An item that is no symlink any more has no target.
fn unread_link(error: &std::io::Error) -> ItemError {
    if error.kind() == std::io::ErrorKind::InvalidInput {
        ItemError::OtherKind
    } else {
        ItemError::read(error)
    }
}

/// The item as it is now; it must still be what was planned.
async fn look(run: &Arc<Run>, action: &Action) -> Result<Item, ItemError> {
    let (looker, path) = (Arc::clone(run), action.item.path.clone());
    let item =
        blocking(move || looker.tree.look(&path).map_err(|error| ItemError::open(&error))).await?;
    if item.kind == action.item.kind { Ok(item) } else { Err(ItemError::OtherKind) }
}

/// One `PutObject`. The SHA-256 we computed is sent along, so that S3 itself refuses bytes changed
/// on their way.
async fn put(
    run: &Run,
    action: &Action,
    item: Item,
    bytes: Vec<u8>,
    sha: Sha,
) -> Result<Written, ItemError> {
    let length = bytes.len() as u64;
    run.live.throttle.pass(length).await;
    if run.live.is_cancelled() {
        return Err(ItemError::Cancelled);
    }
    let request = run.job.s3.put_object().bucket(&run.job.bucket).key(exact_key(&action.key));
    let request = request.set_metadata(Some(headers::metadata(run, &item)));
    let request = request.set_storage_class(headers::storage_class(run, &item));
    let request = request.checksum_sha256(aws_smithy_types::base64::encode(sha));
    let sent = request.body(ByteStream::from(bytes)).send().await;
    let sent = sent.map_err(|error| ItemError::s3("Put Object", error))?;
    add(&run.live.count.bytes_transferred, length);
    add(&run.live.count.bytes_written, length);
    learn(run, action, &item, length, sent.e_tag.as_deref(), sent.version_id.as_deref());
    Ok(Written { item, version_id: sent.version_id, sha: Some(sha) })
}

/// Keeps for the next execution what has been written.
pub(super) fn learn(
    run: &Run,
    action: &Action,
    item: &Item,
    size: u64,
    etag: Option<&str>,
    version_id: Option<&str>,
) {
    let (etag, version_id) = (etag.map(str::to_owned), version_id.map(str::to_owned));
    let posix = run.job.settings.kept(&item.posix);
    run.ledger.learn(&action.key, Told { size, etag, version_id, modified: None, posix });
}

/// New metadata on the bytes that are there. Where the file was written since it was listed, they
/// are no longer its bytes, and would look as if they were.
async fn copy(run: &Arc<Run>, action: &Action) -> Result<Written, ItemError> {
    let item = look(run, action).await?;
    if item.size != action.item.size || item.posix.mtime != action.item.posix.mtime {
        return write_file(run, action).await;
    }
    let source = format!("{}/{}", run.job.bucket, utf8_percent_encode(&action.key, COPY_SOURCE));
    let request = run
        .job
        .s3
        .copy_object()
        .bucket(&run.job.bucket)
        .key(exact_key(&action.key))
        .copy_source(source);
    let request = request.metadata_directive(MetadataDirective::Replace);
    let request = request.set_metadata(Some(headers::metadata(run, &item)));
    let sent = request.set_storage_class(headers::storage_class(run, &item)).send().await;
    let sent = sent.map_err(|error| ItemError::s3("Copy Object", error))?;
    let etag = sent.copy_object_result().and_then(|result| result.e_tag());
    // The bytes are those that were listed, whatever the file has become since.
    learn(run, action, &item, action.item.size, etag, sent.version_id());
    Ok(Written { item, version_id: sent.version_id, sha: None })
}

/// Room for content in memory; held until it is sent. What is larger than all of it goes alone.
pub(super) async fn room(
    run: &Run,
    bytes: u64,
) -> Result<tokio::sync::OwnedSemaphorePermit, ItemError> {
    let kib = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX).min(CONTENT_BUDGET_KIB);
    Arc::clone(&run.content_kib).acquire_many_owned(kib).await.map_err(|_| ItemError::Broken)
}
