//! Everything in a bucket, deleted: versions, delete markers and unfinished uploads.

use aws::SdkFailure;
use aws::exact_key::{exact_key, survives_xml};
use aws::listed_key::listed_key;
use aws::version_listing::{VersionEntry, VersionPage};
use aws_sdk_s3::types::{
    Delete, EncodingType, Error as DeleteError, MultipartUpload, ObjectIdentifier,
};
use futures::{StreamExt, TryStreamExt, stream};

use crate::Aws;
use crate::kind_error::{Cause, KindError, none_if_refused};

const LOCKED: &str = "; all other versions are deleted: try again when the retention has ended, \
                      or, in GOVERNANCE mode, let somebody who has s3:BypassGovernanceRetention \
                      delete the versions";

/// The number of versions deleted at a time where each needs a request of its own.
const AT_A_TIME: usize = 16;

/// Deletes all versions, a thousand at a time, which is the maximum of S3.
pub(super) async fn delete_all(aws: &Aws, bucket: &str) -> Result<(), KindError> {
    abort_uploads(aws, bucket).await?;
    loop {
        // Always the first page: the versions of the previous one are deleted.
        let list = aws.s3.list_object_versions().bucket(bucket).encoding_type(EncodingType::Url);
        let page = match list.send().await {
            Ok(page) => VersionPage::from(page),
            Err(error) => return ignore_absent(bucket, error.into()),
        };
        let objects: Vec<_> = page.entries.into_iter().filter_map(to_identifier).collect();
        if objects.is_empty() {
            return Ok(());
        }
        let (in_one_request, one_by_one) =
            objects.into_iter().partition(|object| survives_xml(object.key()));
        delete_together(aws, bucket, in_one_request).await?;
        let deletions = one_by_one.into_iter().map(|object| delete_one(aws, bucket, object));
        stream::iter(deletions).buffer_unordered(AT_A_TIME).try_collect::<()>().await?;
    }
}

fn to_identifier(entry: VersionEntry) -> Option<ObjectIdentifier> {
    let object = ObjectIdentifier::builder().key(entry.key);
    object.set_version_id(entry.version_id).build().ok()
}

/// Deletes one version. The key is in the request's path, which can hold any; the body of
/// `DeleteObjects` is XML.
async fn delete_one(aws: &Aws, bucket: &str, object: ObjectIdentifier) -> Result<(), KindError> {
    let delete = aws
        .s3
        .delete_object()
        .bucket(bucket)
        .key(exact_key(object.key()))
        .set_version_id(object.version_id);
    match delete.send().await {
        Ok(_) => Ok(()),
        Err(error) => Err(KindError::doing("emptying S3 bucket", bucket)(SdkFailure::from(error))),
    }
}

async fn delete_together(
    aws: &Aws,
    bucket: &str,
    objects: Vec<ObjectIdentifier>,
) -> Result<(), KindError> {
    if objects.is_empty() {
        return Ok(());
    }
    let failed =
        |cause: Cause| KindError { doing: format!("emptying S3 bucket `{bucket}`"), source: cause };
    let batch = Delete::builder().set_objects(Some(objects)).quiet(true).build();
    let batch = batch.map_err(|error| failed(Cause::Other(error.to_string())))?;
    let answer = aws.s3.delete_objects().bucket(bucket).delete(batch).send().await;
    let answer = answer.map_err(|error| failed(error.into()))?;
    match answer.errors().first() {
        None => Ok(()),
        Some(error) => Err(failed(Cause::Other(refusal_text(error)))),
    }
}

fn refusal_text(error: &DeleteError) -> String {
    let or_unknown = |part: Option<&str>| part.unwrap_or("?").to_owned();
    let message = or_unknown(error.message());
    let hint = if message.to_lowercase().contains("object lock") { LOCKED } else { "" };
    format!("`{}`: {}: {message}{hint}", or_unknown(error.key()), or_unknown(error.code()))
}

async fn abort_uploads(aws: &Aws, bucket: &str) -> Result<(), KindError> {
    loop {
        let list = aws.s3.list_multipart_uploads().bucket(bucket).encoding_type(EncodingType::Url);
        let (uploads, encoding) = match list.send().await {
            Ok(page) => (page.uploads.unwrap_or_default(), page.encoding_type),
            Err(error) => return ignore_absent(bucket, error.into()),
        };
        if uploads.is_empty() {
            return Ok(());
        }
        for upload in uploads {
            abort_upload(aws, bucket, upload, encoding.as_ref()).await?;
        }
    }
}

async fn abort_upload(
    aws: &Aws,
    bucket: &str,
    upload: MultipartUpload,
    encoding: Option<&EncodingType>,
) -> Result<(), KindError> {
    let key = upload.key.map(|key| listed_key(key, encoding));
    let key = key.map(|key| exact_key(&key).into_owned());
    let abort =
        aws.s3.abort_multipart_upload().bucket(bucket).set_key(key).set_upload_id(upload.upload_id);
    let doing = "aborting uploads to S3 bucket";
    none_if_refused(abort.send().await, &["NoSuchUpload"], doing, bucket).map(drop)
}

fn ignore_absent(bucket: &str, failure: SdkFailure) -> Result<(), KindError> {
    if failure.is(&["NoSuchBucket"]) {
        Ok(())
    } else {
        Err(KindError::doing("emptying S3 bucket", bucket)(failure))
    }
}
