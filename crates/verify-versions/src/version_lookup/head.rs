//! One `HeadObject`, by the fast path and by the SDK's client.

use std::sync::atomic::Ordering;

use aws::SdkFailure;
use aws::exact_key::exact_key;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use domain::posix::Posix;
use s3_fast_path::head::{FallBackToSdk, HeadAnswer};

use super::VersionLookup;
use crate::compare::{FoundVersion, VersionOnTop};

pub(super) enum HeadResult {
    /// With the version id, where S3 sends one.
    Found(Option<String>, FoundVersion),
    DeleteMarker,
    Absent,
}

impl VersionLookup {
    pub(super) async fn head_object(
        &self,
        key: &str,
        version_id: Option<&str>,
    ) -> Result<HeadResult, SdkFailure> {
        let mut attempt = 1;
        let fast_head = self.fast_head.as_ref().filter(|fast_head| fast_head.is_trusted());
        if let Some(fast_head) = fast_head {
            self.requests.fetch_add(1, Ordering::Relaxed);
            match fast_head.head_object(key, version_id).await {
                Ok(answer) => {
                    self.concurrency.record_success();
                    return HeadResult::from_answer(answer);
                }
                // A transient failure is waited for and counted as an attempt; any other is for
                // the SDK's client at once.
                Err(FallBackToSdk(status)) => {
                    let may_retry = self.wait_for_retry(attempt, status).await.is_some();
                    attempt += u32::from(may_retry);
                }
            }
        }
        self.head_with_sdk(key, version_id, attempt).await
    }

    /// The answer to a HEAD has no body, so there is no error code to read: only the status counts
    /// (S3 API reference, `HeadObject`). 404 is an unknown key or version, or a delete marker on
    /// top; 405 a delete marker requested by its id.
    async fn head_with_sdk(
        &self,
        key: &str,
        version_id: Option<&str>,
        mut attempt: u32,
    ) -> Result<HeadResult, SdkFailure> {
        loop {
            self.requests.fetch_add(1, Ordering::Relaxed);
            let request = self.client.head_object().bucket(&self.bucket.name).key(exact_key(key));
            let request = request.set_expected_bucket_owner(self.bucket.owner.clone());
            let error = match request.set_version_id(version_id.map(str::to_owned)).send().await {
                Ok(output) => {
                    self.concurrency.record_success();
                    return HeadResult::from_answer(HeadAnswer::Found(Box::new(output)));
                }
                Err(error) => error,
            };
            let status = error.raw_response().map(|response| response.status().as_u16());
            if matches!(status, Some(404 | 405)) {
                self.concurrency.record_success();
                let delete_marker = has_delete_marker(error.raw_response());
                return HeadResult::from_answer(HeadAnswer::Missing { delete_marker });
            }
            let retry = self.wait_for_retry(attempt, status).await;
            retry.ok_or_else(|| SdkFailure::from(error))?;
            attempt += 1;
        }
    }
}

fn has_delete_marker(response: Option<&HttpResponse>) -> bool {
    let header = response.and_then(|response| response.headers().get("x-amz-delete-marker"));
    header == Some("true")
}

impl HeadResult {
    fn from_answer(answer: HeadAnswer) -> Result<Self, SdkFailure> {
        match answer {
            HeadAnswer::Found(output) => {
                let found = found_version(&output)
                    .ok_or_else(|| SdkFailure::incomplete("ContentLength"))?;
                Ok(Self::Found(output.version_id, found))
            }
            HeadAnswer::Missing { delete_marker: true } => Ok(Self::DeleteMarker),
            HeadAnswer::Missing { delete_marker: false } => Ok(Self::Absent),
        }
    }
}

fn found_version(output: &HeadObjectOutput) -> Option<FoundVersion> {
    let size = u64::try_from(output.content_length()?).ok()?;
    let metadata = output.metadata();
    let posix =
        Posix::from_metadata(|key| metadata.and_then(|all| all.get(key)).map(String::as_str));
    let storage_class = output.storage_class().map(|class| class.as_str().to_owned());
    Some(FoundVersion { size, posix: Some(posix), storage_class, on_top: VersionOnTop::Nothing })
}
