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

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_s3::config::http::HttpResponse;
    use aws_sdk_s3::primitives::SdkBody;
    use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
    use pipeline::posix::FileTime;

    async fn look(answer: Rule) -> Result<Option<FoundVersion>, SdkFailure> {
        find(&mock_client!(aws_sdk_s3, RuleMode::MatchAny, &[answer]), "data", "a b", "v1").await
    }

    #[tokio::test]
    async fn a_version_is_found_with_its_size_and_metadata() {
        let answer = mock!(Client::head_object)
            .match_requests(|asked| (asked.key(), asked.version_id()) == (Some("a b"), Some("v1")))
            .then_output(|| HeadObjectOutput::builder().content_length(5).metadata("file-mtime", "7").build());
        let posix = Posix { mtime: Some(FileTime::Millis(7)), ..Posix::default() };
        assert_eq!(look(answer).await.unwrap(), Some(FoundVersion { size: 5, posix }));
    }

    #[tokio::test]
    async fn only_an_unknown_version_and_a_delete_marker_are_missing() {
        for (status, missing) in [(404, true), (405, true), (400, false), (403, false)] {
            let answer = mock!(Client::head_object)
                .then_http_response(move || HttpResponse::new(status.try_into().unwrap(), SdkBody::empty()));
            assert_eq!(matches!(look(answer).await, Ok(None)), missing, "{status}");
        }
    }
}
