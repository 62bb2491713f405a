//! Downloads one object version.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use aws::SdkFailure;
use aws::exact_key::exact_key;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use domain::printable::escape_unprintable;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::requested_version::versions_command;
use crate::bucket_view::BucketView;
use crate::hint::hinted_error;

pub(super) async fn get_object(
    view: &BucketView,
    path: &str,
    version: Option<&str>,
) -> Result<GetObjectOutput> {
    let bucket = &view.bucket;
    let key = bucket.key_of(path);
    let get = bucket
        .s3
        .get_object()
        .bucket(&bucket.name)
        .key(exact_key(&key))
        .set_version_id(version.map(str::to_owned))
        .set_expected_bucket_owner(bucket.owner.clone());
    let failed = match get.send().await {
        Ok(answer) => return Ok(answer),
        Err(error) => SdkFailure::from(error),
    };
    let object = RequestedObject { bucket: &bucket.name, path, key: &key, version };
    Err(object_error(failed, &object, &view.argument))
}

/// The object version that was requested.
struct RequestedObject<'a> {
    bucket: &'a str,
    path: &'a str,
    key: &'a str,
    version: Option<&'a str>,
}

/// Returns the error of a failed download, with a hint.
fn object_error(
    failure: SdkFailure,
    requested: &RequestedObject<'_>,
    argument: &str,
) -> anyhow::Error {
    let RequestedObject { bucket, version, .. } = *requested;
    let (path, key) = (escape_unprintable(requested.path), escape_unprintable(requested.key));
    let id = version.unwrap_or_default();
    let list = versions_command(requested.path, argument);
    let mut hint = format!("list the versions with: {list}");
    let error = if failure.is(&["NoSuchKey"]) && version.is_none() {
        anyhow!("`{path}` does not exist in S3, or was deleted")
    } else if failure.is(&["NoSuchVersion", "NoSuchKey", "InvalidArgument"]) {
        // S3 reports an unknown version id as an invalid argument (S3 API reference, GetObject).
        anyhow!("`{path}` has no version `{id}`")
    } else if failure.is(&["MethodNotAllowed"]) {
        anyhow!("the version `{id}` of `{path}` is a delete marker")
    } else if failure.is(&["InvalidObjectState"]) {
        let of_version = version.map(|id| format!(" --version-id {id}")).unwrap_or_default();
        hint = format!(
            "request a copy and try again after some hours: aws s3api restore-object \
             --bucket {bucket} --key '{key}' --restore-request Days=7{of_version}"
        );
        anyhow!("`{path}` is archived: S3 must create a readable copy first")
    } else {
        anyhow::Error::from(failure).context(format!("downloading s3://{bucket}/{key}"))
    };
    hinted_error(error, hint)
}

/// The downloaded bytes in a temporary file beside the final one.
pub(super) struct DownloadedContent {
    pub fetched: NamedTempFile,
    pub bytes: u64,
    pub sha256: String,
}

impl DownloadedContent {
    pub(super) async fn read(mut answer: GetObjectOutput, folder: &Path) -> Result<Self> {
        let writing = || format!("writing into `{}`", folder.display());
        let mut fetched = NamedTempFile::new_in(folder).with_context(writing)?;
        let (mut digest, mut bytes) = (Sha256::new(), 0);
        while let Some(chunk) = answer.body.next().await {
            let chunk = chunk.context("reading the object")?;
            digest.update(&chunk);
            bytes += chunk.len() as u64;
            fetched.write_all(&chunk).with_context(writing)?;
        }
        let sha256 = hex::encode(digest.finalize());
        Ok(Self { fetched, bytes, sha256 })
    }
}
