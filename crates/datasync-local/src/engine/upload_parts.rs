//! Writing a large file in parts, read once from front to end and sent several at a time.

use std::sync::Arc;

use aws::SdkFailure;
use aws::exact_key::exact_key;
use aws_sdk_s3::operation::complete_multipart_upload::CompleteMultipartUploadOutput;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};
use axum::body::Bytes;
use sha2::{Digest, Sha256};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinSet;

use super::failure::ItemError;
use super::headers;
use super::item::Item;
use super::job::Run;
use super::live::add;
use super::prepare::Action;
use super::source::{OpenFile, Sha, blocking};
use super::upload::{learn, room};
use super::written::Written;

const PART: u64 = 8 * 1024 * 1024;
/// S3's limit on parts; above it they grow.
const MOST_PARTS: u64 = 10_000;
const PARTS_AT_ONCE: usize = 4;

/// Where the parts go.
#[derive(Debug)]
struct Target {
    run: Arc<Run>,
    key: String,
    upload_id: String,
}

/// Sends the file; an upload that does not succeed is aborted, so that no parts stay behind.
pub(super) async fn write(
    run: &Arc<Run>,
    action: &Action,
    file: OpenFile,
) -> Result<Written, ItemError> {
    let item = file.item.clone();
    let upload_id = create(run, action, &item).await?;
    let target = Arc::new(Target { run: Arc::clone(run), key: action.key.clone(), upload_id });
    let noted = run.job.uploads.note(&run.job.bucket, &target.key, &target.upload_id);
    let sent = match noted {
        Ok(()) => send_and_complete(&target, file).await,
        Err(error) => Err(ItemError::Journal(error.to_string())),
    };
    match sent {
        Ok((done, sha)) => {
            learn(run, action, &item, item.size, done.e_tag(), done.version_id());
            Ok(Written { item, version_id: done.version_id, sha })
        }
        Err(error) => {
            abort(&target).await;
            Err(error)
        }
    }
}

async fn create(run: &Run, action: &Action, item: &Item) -> Result<String, ItemError> {
    let request =
        run.job.s3.create_multipart_upload().bucket(&run.job.bucket).key(exact_key(&action.key));
    let request = request.set_metadata(Some(headers::metadata(run, item)));
    let request = request.set_storage_class(headers::storage_class(run, item));
    let created = request.checksum_algorithm(ChecksumAlgorithm::Crc32).send().await;
    let created = created.map_err(|error| ItemError::s3("Create Multipart Upload", error))?;
    let missing = || ItemError::s3("Create Multipart Upload", SdkFailure::incomplete("UploadId"));
    created.upload_id().map(str::to_owned).ok_or_else(missing)
}

async fn send_and_complete(
    target: &Arc<Target>,
    mut file: OpenFile,
) -> Result<(CompleteMultipartUploadOutput, Option<Sha>), ItemError> {
    let part_size = part_size(file.item.size);
    let mut hasher = target.run.job.settings.verifies_what_it_wrote().then(Sha256::new);
    let mut sending = JoinSet::new();
    let mut sent = Vec::new();
    for number in 1.. {
        if file.is_at_end() {
            break;
        }
        if target.run.live.is_cancelled() {
            return Err(ItemError::Cancelled);
        }
        if sending.len() >= PARTS_AT_ONCE {
            sent.extend(next_sent(&mut sending).await?);
        }
        let room = room(&target.run, part_size).await?;
        let (buffers, bytes) = (target.run.buffers.clone(), target.run.buffers.take());
        let read = blocking(move || {
            let bytes = file.read(part_size, bytes)?;
            hasher = hasher.map(|hasher| hasher.chain_update(&bytes));
            Ok((file, hasher, buffers.lend(bytes)))
        });
        let bytes;
        (file, hasher, bytes) = read.await?;
        sending.spawn(send(Arc::clone(target), number, bytes, room));
    }
    while let Some(part) = next_sent(&mut sending).await? {
        sent.push(part);
    }
    // Checked before anything is completed: what changed while it was read never becomes an object.
    blocking(move || file.finish()).await?;
    let sha = hasher.map(|hasher| hasher.finalize().into());
    Ok((complete(target, sent).await?, sha))
}

async fn next_sent(
    sending: &mut JoinSet<Result<CompletedPart, ItemError>>,
) -> Result<Option<CompletedPart>, ItemError> {
    sending.join_next().await.map(|joined| joined.unwrap_or(Err(ItemError::Broken))).transpose()
}

async fn send(
    target: Arc<Target>,
    number: i32,
    bytes: Bytes,
    _room: OwnedSemaphorePermit,
) -> Result<CompletedPart, ItemError> {
    let (run, length) = (&target.run, bytes.len() as u64);
    run.live.throttle.pass(length).await;
    if run.live.is_cancelled() {
        return Err(ItemError::Cancelled);
    }
    let request = run
        .job
        .s3
        .upload_part()
        .bucket(&run.job.bucket)
        .key(exact_key(&target.key))
        .upload_id(&target.upload_id);
    let request = request.checksum_algorithm(ChecksumAlgorithm::Crc32).part_number(number);
    let sent = request.body(ByteStream::from(bytes)).send().await;
    let sent = sent.map_err(|error| ItemError::s3("Upload Part", error))?;
    add(&run.live.count.bytes_transferred, length);
    add(&run.live.count.bytes_written, length);
    let part = CompletedPart::builder().part_number(number);
    Ok(part.set_e_tag(sent.e_tag).set_checksum_crc32(sent.checksum_crc32).build())
}

/// Makes the parts an object.
async fn complete(
    target: &Target,
    mut parts: Vec<CompletedPart>,
) -> Result<CompleteMultipartUploadOutput, ItemError> {
    parts.sort_unstable_by_key(CompletedPart::part_number);
    let upload = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
    let job = &target.run.job;
    let request =
        job.s3.complete_multipart_upload().bucket(&job.bucket).key(exact_key(&target.key));
    let done = request.upload_id(&target.upload_id).multipart_upload(upload).send().await;
    done.map_err(|error| ItemError::s3("Complete Multipart Upload", error))
}

async fn abort(target: &Target) {
    let job = &target.run.job;
    let request = job.s3.abort_multipart_upload().bucket(&job.bucket).key(exact_key(&target.key));
    if let Err(error) = request.upload_id(&target.upload_id).send().await {
        let failure = SdkFailure::from(error);
        tracing::warn!(
            "upload {} of {} could not be aborted: {failure}",
            target.upload_id,
            target.key
        );
    }
}

fn part_size(size: u64) -> u64 {
    PART.max(size.div_ceil(MOST_PARTS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_grow_before_there_are_too_many() {
        assert_eq!(part_size(64 * 1024 * 1024), PART);
        let five_tib = 5 * 1024_u64.pow(4);
        assert!(five_tib.div_ceil(part_size(five_tib)) <= MOST_PARTS);
    }
}
