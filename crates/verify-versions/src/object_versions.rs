//! What S3 says of one object version: `HeadObject` with a version id.

use aws_edge::SdkFailure;
use aws_sdk_s3::Client;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use pipeline::posix::Posix;

use crate::judge::FoundVersion;

/// Looks at a version; `None` when there is none, or a delete marker in its place.
///
/// The answer to a HEAD has no body, so there is no error code to read: only the status tells (S3 API reference,
/// `HeadObject`). 404 is an unknown version, 405 a delete marker.
pub(crate) async fn find(
    client: &Client,
    bucket: &str,
    key: &str,
    version_id: &str,
) -> Result<Option<FoundVersion>, SdkFailure> {
    match client.head_object().bucket(bucket).key(key).version_id(version_id).send().await {
        Ok(answer) => found(&answer).map(Some).ok_or_else(|| SdkFailure::incomplete("ContentLength")),
        Err(error) => match error.raw_response().map(|response| response.status().as_u16()) {
            Some(404 | 405) => Ok(None),
            _ => Err(error.into()),
        },
    }
}

fn found(answer: &HeadObjectOutput) -> Option<FoundVersion> {
    let size = u64::try_from(answer.content_length()?).ok()?;
    let metadata = answer.metadata();
    let posix = Posix::from_metadata(|key| metadata.and_then(|all| all.get(key)).map(String::as_str));
    Some(FoundVersion { size, posix })
}
