//! Writing one item to the bucket.

use std::sync::Arc;

use aws_sdk_s3::operation::copy_object::CopyObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::MetadataDirective;
use domain::posix::FileKind;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::engine::content_hash::{Sha256Bytes, sha256_of};
use crate::engine::context::EngineContext;
use crate::engine::item::FileItem;
use crate::engine::item_error::ItemError;
use crate::engine::plan::action::{WriteAction, WriteMode};
use crate::engine::source_file::{SourceFile, read_symlink};
use crate::engine::tasks::run_blocking;
use crate::engine::transfer::headers::{storage_class, user_metadata};
use crate::engine::transfer::upload_parts::upload_in_parts;
use crate::engine::transfer::written_item::WrittenItem;

/// The limit on files that go in one request; larger ones go in parts.
const LARGEST_SINGLE: u64 = 16 * 1024 * 1024;

/// Unreserved characters and the slash, for `x-amz-copy-source`.
const COPY_SOURCE: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Uploads the action's item.
pub(crate) async fn upload_item(
    context: &Arc<EngineContext>,
    action: &WriteAction,
) -> Result<WrittenItem, ItemError> {
    context.fail_if_cancelled()?;
    match action.item.kind {
        FileKind::Directory => {
            let item = read_again(context, action).await?;
            put_object(context, action, item, Vec::new(), sha256_of(b"")).await
        }
        FileKind::Symlink => upload_symlink(context, action).await,
        FileKind::Regular if action.mode == WriteMode::MetadataOnly => {
            copy_object(context, action).await
        }
        FileKind::Regular => upload_file(context, action).await,
        FileKind::Special => Err(ItemError::OtherKind),
    }
}

async fn upload_file(
    context: &Arc<EngineContext>,
    action: &WriteAction,
) -> Result<WrittenItem, ItemError> {
    let (owner, path) = (Arc::clone(context), action.item.path.clone());
    let mut file = run_blocking(move || SourceFile::open_in(&owner.tree, &path)).await?;
    if file.item.size > LARGEST_SINGLE {
        return upload_in_parts(context, action, file).await;
    }
    let _reserved = context.memory.reserve_memory(file.item.size).await?;
    let (item, bytes, sha) = run_blocking(move || {
        let (item, bytes) = (file.item.clone(), file.read_next(file.item.size, Vec::new())?);
        file.check_unchanged()?;
        let sha = sha256_of(&bytes);
        Ok((item, bytes, sha))
    })
    .await?;
    put_object(context, action, item, bytes, sha).await
}

async fn upload_symlink(
    context: &Arc<EngineContext>,
    action: &WriteAction,
) -> Result<WrittenItem, ItemError> {
    let item = read_again(context, action).await?;
    let target = read_symlink(context, &action.item.path).await?;
    let sha = sha256_of(&target);
    put_object(context, action, item, target, sha).await
}

/// Reads the item as it is now; it must still be of the planned kind.
async fn read_again(
    context: &Arc<EngineContext>,
    action: &WriteAction,
) -> Result<FileItem, ItemError> {
    let (owner, path) = (Arc::clone(context), action.item.path.clone());
    let read = move || owner.tree.read_item(&path).map_err(|error| ItemError::open_failed(&error));
    let item = run_blocking(read).await?;
    if item.kind == action.item.kind { Ok(item) } else { Err(ItemError::OtherKind) }
}

/// Sends one `PutObject` with the SHA-256 that we computed, so that S3 refuses bytes that changed
/// on their way.
async fn put_object(
    context: &EngineContext,
    action: &WriteAction,
    item: FileItem,
    bytes: Vec<u8>,
    sha: Sha256Bytes,
) -> Result<WrittenItem, ItemError> {
    let (length, settings) = (bytes.len() as u64, &context.settings);
    context.wait_for_bandwidth(length).await?;
    let request = context.s3.put_object(&action.key);
    let request = request
        .set_metadata(Some(user_metadata(settings, &item)))
        .set_storage_class(storage_class(settings, &item))
        .checksum_sha256(aws_smithy_types::base64::encode(sha));
    let sent = request.body(ByteStream::from(bytes)).send().await;
    let put = sent.map_err(|error| ItemError::s3("Put Object", error))?;
    context.progress().add_sent_bytes(length);
    context.cache_written(&action.key, &item, length, put.e_tag(), put.version_id());
    Ok(WrittenItem { item, version_id: put.version_id, sha: Some(sha) })
}

async fn request_copy(
    context: &EngineContext,
    key: &str,
    item: &FileItem,
) -> Result<CopyObjectOutput, ItemError> {
    let source = utf8_percent_encode(key, COPY_SOURCE);
    let request = context
        .s3
        .copy_object(key)
        .copy_source(format!("{}/{source}", context.s3.bucket()))
        .metadata_directive(MetadataDirective::Replace)
        .set_metadata(Some(user_metadata(&context.settings, item)))
        .set_storage_class(storage_class(&context.settings, item));
    request.send().await.map_err(|error| ItemError::s3("Copy Object", error))
}

/// Writes new metadata on the bytes that the bucket has, by copying the object on itself. A file
/// that was written since it was listed is uploaded instead: the old bytes would count as its
/// bytes.
async fn copy_object(
    context: &Arc<EngineContext>,
    action: &WriteAction,
) -> Result<WrittenItem, ItemError> {
    let item = read_again(context, action).await?;
    if item.size != action.item.size || item.posix.mtime != action.item.posix.mtime {
        return upload_file(context, action).await;
    }
    let copied = request_copy(context, &action.key, &item).await?;
    let etag = copied.copy_object_result().and_then(|result| result.e_tag());
    // The bytes are the listed ones, also when the file was written since.
    context.cache_written(&action.key, &item, action.item.size, etag, copied.version_id());
    Ok(WrittenItem { item, version_id: copied.version_id, sha: None })
}
