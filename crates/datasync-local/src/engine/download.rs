//! Writing one item of a bucket into the directory.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use aws::SdkFailure;
use aws::exact_key::exact_key;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use domain::posix::FileKind;
use sha2::{Digest, Sha256};

use super::failure::ItemError;
use super::item::Item;
use super::job::Run;
use super::live::add;
use super::object::Object;
use super::prepare::{Action, How};
use super::source::{Sha, blocking, sha_of};
use super::staging::{Staging, dress_file, dress_in_place};
use super::written::Written;

/// A body that breaks off is asked for again; the SDK retries only what comes before it.
const ATTEMPTS: u32 = 3;
/// The longest target Linux takes.
const LONGEST_TARGET: u64 = 4095;

/// Writes what the action says; directories are not for here (see `folders`).
pub(super) async fn write(run: &Arc<Run>, action: &Action) -> Result<Written, ItemError> {
    if run.live.is_cancelled() {
        return Err(ItemError::Cancelled);
    }
    if action.how == How::MetadataOnly {
        return dress(run, action).await;
    }
    let mut attempt = 1;
    loop {
        match write_content(run, action).await {
            Err(ItemError::S3 { operation: BODY, reason }) if attempt < ATTEMPTS => {
                run.log.warn(&action.item.path, &format!("asked for again: {reason}"));
                attempt += 1;
            }
            ended => return ended,
        }
    }
}

/// Names the failure that is worth another attempt.
const BODY: &str = "Get Object Body";

async fn write_content(run: &Arc<Run>, action: &Action) -> Result<Written, ItemError> {
    let request = run.job.s3.get_object().bucket(&run.job.bucket).key(exact_key(&action.key));
    let got =
        request.set_version_id(action.version_id.clone()).send().await.map_err(SdkFailure::from);
    let got = got.map_err(|failure| ItemError::s3("Get Object", failure))?;
    let object = Object::new(
        got.content_length(),
        got.metadata(),
        got.last_modified(),
        got.version_id(),
        got.e_tag(),
    );
    if action.version_id.is_none() {
        run.ledger.learn(&action.key, object.told());
    }
    let item = object.to_item(&action.item.path, &action.key);
    let sha = match item.kind {
        FileKind::Symlink => write_symlink(run, &item, got).await?,
        _ => write_file(run, &item, got).await?,
    };
    Ok(Written {
        item,
        version_id: action.version_id.clone().or(object.version_id),
        sha: Some(sha),
    })
}

async fn write_file(
    run: &Arc<Run>,
    item: &Item,
    mut got: GetObjectOutput,
) -> Result<Sha, ItemError> {
    let opener = Arc::clone(run);
    let opened =
        blocking(move || staging(&opener)?.file().map_err(|error| ItemError::write(&error)));
    let (mut file, staged) = opened.await?;
    let (mut hasher, mut left) = (Sha256::new(), item.size);
    while let Some(chunk) = got.body.next().await {
        let chunk =
            chunk.map_err(|error| ItemError::S3 { operation: BODY, reason: error.to_string() })?;
        let length = chunk.len() as u64;
        run.live.throttle.pass(length).await;
        if run.live.is_cancelled() {
            return Err(ItemError::Cancelled);
        }
        left = left.checked_sub(length).ok_or_else(too_long)?;
        hasher.update(&chunk);
        file = write_chunk(file, chunk).await?;
        add(&run.live.count.bytes_transferred, length);
    }
    if left > 0 {
        return Err(ItemError::S3 {
            operation: BODY,
            reason: format!("{left} bytes are missing at its end"),
        });
    }
    let (placer, kept, path) =
        (Arc::clone(run), run.job.settings.kept(&item.posix), item.path.clone());
    blocking(move || {
        let times = dress_file(&file, &kept).map_err(|error| ItemError::write(&error))?;
        staged.place(&placer.tree, &path)?;
        Ok(times?)
    })
    .await?;
    add(&run.live.count.bytes_written, item.size);
    Ok(hasher.finalize().into())
}

fn too_long() -> ItemError {
    ItemError::S3 { operation: BODY, reason: "it has more bytes than it said".to_owned() }
}

async fn write_chunk(
    mut file: File,
    chunk: impl AsRef<[u8]> + Send + 'static,
) -> Result<File, ItemError> {
    blocking(move || {
        file.write_all(chunk.as_ref()).map(|()| file).map_err(|error| ItemError::write(&error))
    })
    .await
}

async fn write_symlink(
    run: &Arc<Run>,
    item: &Item,
    got: GetObjectOutput,
) -> Result<Sha, ItemError> {
    if item.size > LONGEST_TARGET {
        return Err(ItemError::Target);
    }
    let target = got.body.collect().await;
    let target = target
        .map_err(|error| ItemError::S3 { operation: BODY, reason: error.to_string() })?
        .to_vec();
    if target.is_empty() || target.contains(&0) {
        return Err(ItemError::Target);
    }
    let (sha, length) = (sha_of(&target), target.len() as u64);
    let (placer, kept, path) =
        (Arc::clone(run), run.job.settings.kept(&item.posix), item.path.clone());
    blocking(move || {
        let staged =
            staging(&placer)?.symlink(&target).map_err(|error| ItemError::write(&error))?;
        let times = staged.dress_symlink(&kept).map_err(|error| ItemError::write(&error))?;
        staged.place(&placer.tree, &path)?;
        Ok(times?)
    })
    .await?;
    add(&run.live.count.bytes_transferred, length);
    add(&run.live.count.bytes_written, length);
    Ok(sha)
}

/// New metadata on the content that is there.
async fn dress(run: &Arc<Run>, action: &Action) -> Result<Written, ItemError> {
    let item = action.item.clone();
    let (dresser, kept, path) =
        (Arc::clone(run), run.job.settings.kept(&item.posix), item.path.clone());
    let is_symlink = item.kind == FileKind::Symlink;
    blocking(move || {
        let dressed = dress_in_place(&dresser.tree, &path, &kept, is_symlink);
        Ok(dressed.map_err(|error| ItemError::write(&error))??)
    })
    .await?;
    Ok(Written { item, version_id: action.version_id.clone(), sha: None })
}

fn staging(run: &Run) -> Result<&Arc<Staging>, ItemError> {
    run.staging.as_ref().ok_or(ItemError::Broken)
}
