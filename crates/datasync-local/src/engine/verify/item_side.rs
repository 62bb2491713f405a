//! The two sides of an item, as they are read for their comparison.

use std::sync::Arc;

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use domain::posix::{FileKind, Posix};
use sha2::{Digest, Sha256};

use crate::engine::content_hash::{Sha256Bytes, sha256_of};
use crate::engine::context::EngineContext;
use crate::engine::item::FileItem;
use crate::engine::item_error::{ItemError, is_absent};
use crate::engine::object_head::ObjectHead;
use crate::engine::s3_prefix::is_missing;
use crate::engine::settings::CopySettings;
use crate::engine::source_file::{hash_file, read_symlink};
use crate::engine::tasks::run_blocking;
use crate::engine::verify::subject::VerifySubject;

/// The operation that reads an object, as errors name it.
const OPERATION: &str = "Get Object";

/// One side of an item.
pub(super) struct ItemSide {
    pub(super) kind: FileKind,
    /// Whether the kind is certain; otherwise it follows from the key, which any file may have.
    pub(super) kind_is_certain: bool,
    pub(super) size: u64,
    pub(super) posix: Posix,
    pub(super) sha: Sha256Bytes,
}

async fn hash_content(
    context: &Arc<EngineContext>,
    path: &str,
    found: FileItem,
) -> Result<(FileItem, Sha256Bytes), ItemError> {
    match found.kind {
        FileKind::Regular => {
            let (hasher, path) = (Arc::clone(context), path.to_owned());
            run_blocking(move || hash_file(&hasher.tree, &path)).await
        }
        FileKind::Symlink => Ok((found, sha256_of(&read_symlink(context, path).await?))),
        FileKind::Directory | FileKind::Special => Ok((found, sha256_of(b""))),
    }
}

pub(super) async fn read_file_side(
    context: &Arc<EngineContext>,
    subject: &VerifySubject,
    known_sha: Option<Sha256Bytes>,
) -> Result<ItemSide, ItemError> {
    if subject.only_object {
        return Err(ItemError::OnlyAtDestination);
    }
    let is_restore = context.settings.is_restore();
    let read_failed = if is_restore { destination_failed } else { source_failed };
    let (owner, path) = (Arc::clone(context), subject.path.clone());
    let read = move || owner.tree.read_item(&path).map_err(|error| read_failed(&error));
    let found = run_blocking(read).await?;
    let (item, sha) = match known_sha {
        Some(sha) => (found, sha),
        None => hash_content(context, &subject.path, found).await?,
    };
    let FileItem { kind, posix, size, .. } = item;
    let posix = if is_restore { posix } else { context.settings.kept_metadata(&posix) };
    Ok(ItemSide { kind, kind_is_certain: true, size, posix, sha })
}

fn destination_failed(error: &std::io::Error) -> ItemError {
    if is_absent(error) {
        ItemError::OnlyAtSource
    } else {
        ItemError::ReadDestination(error.to_string())
    }
}

/// The error of reading a source file. A file that was transferred, and was deleted before it was
/// verified, exists only at the destination: the guide's sample of such a row is of a mode that
/// verifies only transferred files.
fn source_failed(error: &std::io::Error) -> ItemError {
    if is_absent(error) { ItemError::OnlyAtDestination } else { ItemError::open_failed(error) }
}

/// The error of an object that does not exist.
fn missing_object(is_restore: bool) -> ItemError {
    if is_restore { ItemError::OnlyAtDestination } else { ItemError::OnlyAtSource }
}

async fn request_object(
    context: &EngineContext,
    subject: &VerifySubject,
) -> Result<GetObjectOutput, ItemError> {
    let request = context.s3.get_object(&subject.key);
    let sent = request.set_version_id(subject.version_id.clone()).send().await;
    sent.map_err(|error| match aws::SdkFailure::from(error) {
        failure if is_missing(&failure) => missing_object(context.settings.is_restore()),
        failure => ItemError::s3(OPERATION, failure),
    })
}

pub(super) async fn read_object_side(
    context: &EngineContext,
    subject: &VerifySubject,
    known_sha: Option<Sha256Bytes>,
) -> Result<ItemSide, ItemError> {
    if let Some(sha) = known_sha {
        let found = context.s3.find_object(&subject.key, subject.version_id.as_deref()).await?;
        let head = found.ok_or_else(|| missing_object(context.settings.is_restore()))?;
        return Ok(object_side(&context.settings, subject, &head, sha));
    }
    let got = request_object(context, subject).await?;
    let head = ObjectHead::from(&got);
    let (size, sha) = hash_body(got.body).await?;
    Ok(object_side(&context.settings, subject, &ObjectHead { size, ..head }, sha))
}

async fn hash_body(mut body: ByteStream) -> Result<(u64, Sha256Bytes), ItemError> {
    let (mut hasher, mut size) = (Sha256::new(), 0);
    while let Some(received) = body.next().await {
        let chunk = received
            .map_err(|error| ItemError::S3 { operation: OPERATION, reason: error.to_string() })?;
        size += chunk.len() as u64;
        hasher.update(&chunk);
    }
    Ok((size, hasher.finalize().into()))
}

/// The bucket's side. As a source it counts as the file that a restore makes of it; as a
/// destination it counts as it is. Without type bits in the metadata only the key gives the kind,
/// as for any reader of the bucket.
fn object_side(
    settings: &CopySettings,
    subject: &VerifySubject,
    head: &ObjectHead,
    sha: Sha256Bytes,
) -> ItemSide {
    let as_file = head.to_item(&subject.path, &subject.key);
    if settings.is_restore() {
        let posix = settings.kept_metadata(&as_file.posix);
        let FileItem { kind, size, .. } = as_file;
        return ItemSide { kind, kind_is_certain: true, size, posix, sha };
    }
    let kind_in_mode = head.posix.mode.and_then(FileKind::from_mode);
    let kind = kind_in_mode.unwrap_or(as_file.kind);
    let kind_is_certain = kind_in_mode.is_some() || as_file.kind == FileKind::Directory;
    ItemSide { kind, kind_is_certain, size: head.size, posix: head.posix.clone(), sha }
}
