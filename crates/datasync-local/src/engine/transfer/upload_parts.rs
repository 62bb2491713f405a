//! Writing a large file in parts: it is read once from front to end, and several parts are sent at
//! a time.

use std::sync::Arc;

use aws::SdkFailure;
use aws_sdk_s3::operation::complete_multipart_upload::CompleteMultipartUploadOutput;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};
use axum::body::Bytes;
use sha2::{Digest, Sha256};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinSet;

use crate::engine::content_hash::Sha256Bytes;
use crate::engine::context::EngineContext;
use crate::engine::item::FileItem;
use crate::engine::item_error::ItemError;
use crate::engine::plan::action::WriteAction;
use crate::engine::source_file::SourceFile;
use crate::engine::tasks::run_blocking;
use crate::engine::transfer::headers::{storage_class, user_metadata};
use crate::engine::transfer::written_item::WrittenItem;

const PART: u64 = 8 * 1024 * 1024;
/// S3's limit on the number of parts; a larger file gets larger parts.
const MOST_PARTS: u64 = 10_000;
const PARTS_AT_ONCE: usize = 4;

/// A multipart upload under way.
#[derive(Debug)]
struct OpenUpload {
    context: Arc<EngineContext>,
    key: String,
    upload_id: String,
}

/// Uploads the file. An upload that fails is aborted, so that no parts stay in the bucket.
pub(crate) async fn upload_in_parts(
    context: &Arc<EngineContext>,
    action: &WriteAction,
    file: SourceFile,
) -> Result<WrittenItem, ItemError> {
    let item = file.item.clone();
    let upload_id = create_upload(context, action, &item).await?;
    let upload =
        Arc::new(OpenUpload { context: Arc::clone(context), key: action.key.clone(), upload_id });
    match record_and_send(&upload, file).await {
        Ok((done, sha)) => {
            context.cache_written(&action.key, &item, item.size, done.e_tag(), done.version_id());
            Ok(WrittenItem { item, version_id: done.version_id, sha })
        }
        Err(error) => {
            abort_upload(&upload).await;
            Err(error)
        }
    }
}

/// Records the upload, so that a crash leaves no parts, and sends the file.
async fn record_and_send(
    upload: &Arc<OpenUpload>,
    file: SourceFile,
) -> Result<(CompleteMultipartUploadOutput, Option<Sha256Bytes>), ItemError> {
    let (uploads, bucket) = (&upload.context.uploads, upload.context.s3.bucket());
    uploads
        .record_upload(bucket, &upload.key, &upload.upload_id)
        .map_err(|error| ItemError::Journal(error.to_string()))?;
    send_and_complete(upload, file).await
}

async fn create_upload(
    context: &EngineContext,
    action: &WriteAction,
    item: &FileItem,
) -> Result<String, ItemError> {
    const OPERATION: &str = "Create Multipart Upload";
    let request = context
        .s3
        .create_upload(&action.key)
        .set_metadata(Some(user_metadata(&context.settings, item)))
        .set_storage_class(storage_class(&context.settings, item))
        .checksum_algorithm(ChecksumAlgorithm::Crc32);
    let created = request.send().await.map_err(|error| ItemError::s3(OPERATION, error))?;
    let missing = || ItemError::s3(OPERATION, SdkFailure::incomplete("UploadId"));
    created.upload_id().map(str::to_owned).ok_or_else(missing)
}

async fn send_and_complete(
    upload: &Arc<OpenUpload>,
    mut file: SourceFile,
) -> Result<(CompleteMultipartUploadOutput, Option<Sha256Bytes>), ItemError> {
    let context = &upload.context;
    let part_size = part_size_for(file.item.size);
    let mut hasher = context.settings.verifies_sent_bytes().then(Sha256::new);
    let mut sending = JoinSet::new();
    let mut sent = Vec::new();
    for number in 1.. {
        if file.is_at_end() {
            break;
        }
        context.fail_if_cancelled()?;
        if sending.len() >= PARTS_AT_ONCE {
            sent.extend(next_sent(&mut sending).await?);
        }
        let reserved = context.memory.reserve_memory(part_size).await?;
        let (buffers, buffer) = context.memory.take_buffer();
        let read = run_blocking(move || {
            let bytes = file.read_next(part_size, buffer)?;
            hasher = hasher.map(|hasher| hasher.chain_update(&bytes));
            Ok((file, hasher, buffers.lend_bytes(bytes)))
        });
        let bytes;
        (file, hasher, bytes) = read.await?;
        sending.spawn(send_part(Arc::clone(upload), number, bytes, reserved));
    }
    while let Some(part) = next_sent(&mut sending).await? {
        sent.push(part);
    }
    // Checked before the upload is completed: a file that changed while it was read never becomes
    // an object.
    run_blocking(move || file.check_unchanged()).await?;
    let sha = hasher.map(|hasher| hasher.finalize().into());
    Ok((complete_upload(upload, sent).await?, sha))
}

async fn next_sent(
    sending: &mut JoinSet<Result<CompletedPart, ItemError>>,
) -> Result<Option<CompletedPart>, ItemError> {
    sending.join_next().await.map(|joined| joined.unwrap_or(Err(ItemError::Broken))).transpose()
}

async fn send_part(
    upload: Arc<OpenUpload>,
    number: i32,
    bytes: Bytes,
    _reserved: OwnedSemaphorePermit,
) -> Result<CompletedPart, ItemError> {
    let (context, length) = (&upload.context, bytes.len() as u64);
    context.wait_for_bandwidth(length).await?;
    let request = context
        .s3
        .upload_part(&upload.key)
        .upload_id(&upload.upload_id)
        .checksum_algorithm(ChecksumAlgorithm::Crc32)
        .part_number(number);
    let sent = request.body(ByteStream::from(bytes)).send().await;
    let uploaded = sent.map_err(|error| ItemError::s3("Upload Part", error))?;
    context.progress().add_sent_bytes(length);
    let part = CompletedPart::builder().part_number(number);
    Ok(part.set_e_tag(uploaded.e_tag).set_checksum_crc32(uploaded.checksum_crc32).build())
}

async fn complete_upload(
    upload: &OpenUpload,
    mut parts: Vec<CompletedPart>,
) -> Result<CompleteMultipartUploadOutput, ItemError> {
    parts.sort_unstable_by_key(CompletedPart::part_number);
    let completed = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
    let request = upload.context.s3.complete_upload(&upload.key).upload_id(&upload.upload_id);
    let sent = request.multipart_upload(completed).send().await;
    sent.map_err(|error| ItemError::s3("Complete Multipart Upload", error))
}

async fn abort_upload(upload: &OpenUpload) {
    let request = upload.context.s3.abort_upload(&upload.key).upload_id(&upload.upload_id);
    if let Err(error) = request.send().await {
        tracing::warn!(
            "upload {} of {} could not be aborted: {}",
            upload.upload_id,
            upload.key,
            SdkFailure::from(error)
        );
    }
}

fn part_size_for(file_size: u64) -> u64 {
    PART.max(file_size.div_ceil(MOST_PARTS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_grow_before_there_are_too_many() {
        assert_eq!(part_size_for(64 * 1024 * 1024), PART);
        let five_tib = 5 * 1024_u64.pow(4);
        assert!(five_tib.div_ceil(part_size_for(five_tib)) <= MOST_PARTS);
    }
}
