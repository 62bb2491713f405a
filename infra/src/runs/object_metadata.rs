//! The POSIX metadata that an object states.

use anyhow::{Context, Result, anyhow};
use aws::SdkFailure;
use aws::exact_key::exact_key;
use domain::posix::Posix;

use crate::access::Access;
use crate::runs::destination_bucket::DestinationBucket;

pub(crate) const ACCESS: Access =
    Access { destination: &["s3:GetObject", "s3:GetObjectVersion"], ..Access::NONE };

/// Reads the metadata of a version.
pub(crate) async fn read_metadata(
    bucket: &DestinationBucket,
    key: &str,
    version_id: &str,
) -> Result<Posix> {
    let found = find_metadata(bucket, key, Some(version_id)).await?;
    found.ok_or_else(|| anyhow!("`{key}` has no version {version_id}"))
}

/// Reads the metadata of a version, or of the current one; `None` where there is no such object.
pub(crate) async fn find_metadata(
    bucket: &DestinationBucket,
    key: &str,
    version_id: Option<&str>,
) -> Result<Option<Posix>> {
    let head = bucket
        .s3
        .head_object()
        .bucket(&bucket.name)
        .key(exact_key(key))
        .set_version_id(version_id.map(str::to_owned))
        .set_expected_bucket_owner(bucket.owner.clone());
    match head.send().await.map_err(SdkFailure::from) {
        Ok(head) => Ok(Some(Posix::from_metadata(|name| {
            head.metadata().and_then(|all| all.get(name)).map(String::as_str)
        }))),
        // A response to HEAD has no body with a code (S3 API reference, `HeadObject`).
        Err(failure) if failure.is(&["NotFound", "NoSuchKey"]) => Ok(None),
        Err(failure) => Err(failure).with_context(|| match version_id {
            Some(id) => format!("reading the metadata of `{key}`, version {id}"),
            None => format!("reading the metadata of `{key}`"),
        }),
    }
}
