//! Writing one item of a bucket into the directory.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use domain::posix::FileKind;
use sha2::{Digest, Sha256};

use crate::engine::content_hash::{Sha256Bytes, sha256_of};
use crate::engine::context::EngineContext;
use crate::engine::item::FileItem;
use crate::engine::item_error::ItemError;
use crate::engine::object_head::ObjectHead;
use crate::engine::plan::action::{WriteAction, WriteMode};
use crate::engine::tasks::run_blocking;
use crate::engine::transfer::staging::{
    StagedItem, apply_metadata_in_place, apply_metadata_to_file,
};
use crate::engine::transfer::written_item::WrittenItem;

/// The attempts at a body. The SDK retries only a failure before the body.
const ATTEMPTS: u32 = 3;
/// The longest symlink target of Linux.
const LONGEST_TARGET: u64 = 4095;
/// The operation of a failure that is worth another attempt.
const BODY: &str = "Get Object Body";

/// Downloads the action's file or symlink; `directories` writes directories.
pub(crate) async fn download_item(
    context: &Arc<EngineContext>,
    action: &WriteAction,
) -> Result<WrittenItem, ItemError> {
    context.fail_if_cancelled()?;
    if action.mode == WriteMode::MetadataOnly {
        return write_metadata(context, action).await;
    }
    let mut attempt = 1;
    loop {
        match download_content(context, action).await {
            Err(ItemError::S3 { operation: BODY, reason }) if attempt < ATTEMPTS => {
                let problem = format!("requested again: {reason}");
                context.recorder.log_warning(&action.item.path, &problem);
                attempt += 1;
            }
            ended => return ended,
        }
    }
}

async fn download_content(
    context: &Arc<EngineContext>,
    action: &WriteAction,
) -> Result<WrittenItem, ItemError> {
    let request = context.s3.get_object(&action.key);
    let sent = request.set_version_id(action.version_id.clone()).send().await;
    let got = sent.map_err(|error| ItemError::s3("Get Object", error))?;
    let head = ObjectHead::from(&got);
    if action.version_id.is_none() {
        context.cache.cache(&action.key, &head);
    }
    let item = head.to_item(&action.item.path, &action.key);
    let sha = match item.kind {
        FileKind::Symlink => download_symlink(context, &item, got).await?,
        _ => download_file(context, &item, got).await?,
    };
    let version_id = action.version_id.clone().or(head.version_id);
    Ok(WrittenItem { item, version_id, sha: Some(sha) })
}

async fn download_file(
    context: &Arc<EngineContext>,
    item: &FileItem,
    got: GetObjectOutput,
) -> Result<Sha256Bytes, ItemError> {
    let owner = Arc::clone(context);
    let create =
        move || owner.staging()?.create_file().map_err(|error| ItemError::write_failed(&error));
    let (file, staged) = run_blocking(create).await?;
    let (file, sha) = receive_body(context, item.size, got, file).await?;
    place_file(context, item, file, staged).await?;
    context.progress().counters.bytes_written.add(item.size);
    Ok(sha)
}

/// Writes the body to the file; returns it with the hash of the bytes.
async fn receive_body(
    context: &EngineContext,
    size: u64,
    mut got: GetObjectOutput,
    mut file: File,
) -> Result<(File, Sha256Bytes), ItemError> {
    let (mut hasher, mut left) = (Sha256::new(), size);
    while let Some(received) = got.body.next().await {
        let chunk = received.map_err(|error| body_failed(error.to_string()))?;
        let length = chunk.len() as u64;
        context.wait_for_bandwidth(length).await?;
        let too_long = || body_failed("it has more bytes than its length says".to_owned());
        left = left.checked_sub(length).ok_or_else(too_long)?;
        hasher.update(&chunk);
        file = write_chunk(file, chunk).await?;
        context.progress().counters.bytes_transferred.add(length);
    }
    if left > 0 {
        return Err(body_failed(format!("{left} bytes are missing at its end")));
    }
    Ok((file, hasher.finalize().into()))
}

fn body_failed(reason: String) -> ItemError {
    ItemError::S3 { operation: BODY, reason }
}

async fn write_chunk(
    mut file: File,
    chunk: impl AsRef<[u8]> + Send + 'static,
) -> Result<File, ItemError> {
    run_blocking(move || match file.write_all(chunk.as_ref()) {
        Ok(()) => Ok(file),
        Err(error) => Err(ItemError::write_failed(&error)),
    })
    .await
}

/// Applies the item's metadata to the complete file, and moves it to its path.
async fn place_file(
    context: &Arc<EngineContext>,
    item: &FileItem,
    file: File,
    staged: StagedItem,
) -> Result<(), ItemError> {
    let (owner, path) = (Arc::clone(context), item.path.clone());
    let kept = context.settings.kept_metadata(&item.posix);
    run_blocking(move || {
        let applied = apply_metadata_to_file(&file, &kept);
        let times = applied.map_err(|error| ItemError::write_failed(&error))?;
        staged.move_to(&owner.tree, &path)?;
        Ok(times?)
    })
    .await
}

async fn receive_target(item: &FileItem, got: GetObjectOutput) -> Result<Vec<u8>, ItemError> {
    if item.size > LONGEST_TARGET {
        return Err(ItemError::Target);
    }
    let collected = got.body.collect().await;
    let target = collected.map_err(|error| body_failed(error.to_string()))?.to_vec();
    if target.is_empty() || target.contains(&0) {
        return Err(ItemError::Target);
    }
    Ok(target)
}

async fn download_symlink(
    context: &Arc<EngineContext>,
    item: &FileItem,
    got: GetObjectOutput,
) -> Result<Sha256Bytes, ItemError> {
    let target = receive_target(item, got).await?;
    let (sha, length) = (sha256_of(&target), target.len() as u64);
    let (owner, path) = (Arc::clone(context), item.path.clone());
    let kept = context.settings.kept_metadata(&item.posix);
    run_blocking(move || {
        let write_failed = |error: std::io::Error| ItemError::write_failed(&error);
        let staged = owner.staging()?.create_symlink(&target).map_err(write_failed)?;
        let times = staged.apply_metadata_to_symlink(&kept).map_err(write_failed)?;
        staged.move_to(&owner.tree, &path)?;
        Ok(times?)
    })
    .await?;
    context.progress().add_sent_bytes(length);
    Ok(sha)
}

/// Writes new metadata on the content that the directory has.
async fn write_metadata(
    context: &Arc<EngineContext>,
    action: &WriteAction,
) -> Result<WrittenItem, ItemError> {
    let item = action.item.clone();
    let (owner, path) = (Arc::clone(context), item.path.clone());
    let kept = context.settings.kept_metadata(&item.posix);
    let is_symlink = item.kind == FileKind::Symlink;
    run_blocking(move || {
        let applied = apply_metadata_in_place(&owner.tree, &path, &kept, is_symlink);
        Ok(applied.map_err(|error| ItemError::write_failed(&error))??)
    })
    .await?;
    Ok(WrittenItem { item, version_id: action.version_id.clone(), sha: None })
}
