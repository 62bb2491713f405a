//! A bucket, whoever it belongs to.

mod foreign;

use aws::SdkFailure;
use aws_sdk_s3::operation::head_bucket::HeadBucketError;
use aws_sdk_s3::types::BucketVersioningStatus;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use serde::{Deserialize, Serialize};

use crate::Aws;
use crate::denial;
use crate::kind_error::KindError;

pub use foreign::ForeignBucket;

/// The bucket to read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BucketPlace {
    pub name: String,
    /// `None` is the stack's.
    pub region: Option<String>,
    /// The account that owns it; `None` is the stack's.
    pub account: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExistingBucket {
    /// Empty when it is not reachable.
    pub region: String,
    pub versioning: bool,
    /// Whether it belongs to the account of its place and may be read.
    pub reachable: bool,
    /// The settings that matter across accounts; `None` within the stack's account.
    #[serde(default)]
    pub foreign: Option<ForeignBucket>,
}

/// Reads the bucket of this name. A bucket of any other account than that of its place is not
/// reachable: `ExpectedBucketOwner` makes S3 refuse (403) also one with an open policy.
///
/// # Errors
/// [`KindError`] when a call fails.
pub async fn read_bucket(
    aws: &Aws,
    place: &BucketPlace,
) -> Result<Option<ExistingBucket>, KindError> {
    let aws = &aws.in_region(place.region.as_deref());
    let (name, owner) = (&place.name, place.account.as_deref().unwrap_or(&aws.names.account));
    let head = denial::head_while_young(aws, async || {
        aws.s3.head_bucket().bucket(name).expected_bucket_owner(owner).send().await
    });
    let head = match head.await {
        Ok(head) => head,
        Err(error) => return judge_refusal(error, name),
    };
    let region = head.bucket_region.unwrap_or_else(|| aws.names.region.clone());
    let foreign = match &place.account {
        Some(account) => Some(foreign::read_settings(aws, name, account).await?),
        None => None,
    };
    let versioning = match &foreign {
        Some(foreign) => foreign.versioning == Some(true),
        None => is_versioned(aws, name).await?,
    };
    Ok(Some(ExistingBucket { region, versioning, reachable: true, foreign }))
}

fn judge_refusal(
    error: SdkError<HeadBucketError, HttpResponse>,
    name: &str,
) -> Result<Option<ExistingBucket>, KindError> {
    let status = error.raw_response().map(|response| response.status().as_u16());
    match status {
        Some(404) => Ok(None),
        // 301 and 400 mean "not in this region" for a request signed for another region.
        Some(301 | 400 | 403) => Ok(Some(bucket_elsewhere(&error, status))),
        _ => Err(KindError::doing("reading S3 bucket", name)(SdkFailure::from(error))),
    }
}

async fn is_versioned(aws: &Aws, name: &str) -> Result<bool, KindError> {
    let versioning = aws.s3.get_bucket_versioning().bucket(name).send().await;
    let versioning =
        versioning.map_err(KindError::doing("reading versioning of S3 bucket", name))?;
    Ok(versioning.status == Some(BucketVersioningStatus::Enabled))
}

/// The region is in a header of every response of S3, refusals included (S3 API reference,
/// `HeadBucket`).
fn bucket_elsewhere<E>(error: &SdkError<E, HttpResponse>, status: Option<u16>) -> ExistingBucket {
    let header =
        error.raw_response().and_then(|response| response.headers().get("x-amz-bucket-region"));
    ExistingBucket {
        region: header.unwrap_or_default().to_owned(),
        versioning: true,
        reachable: status != Some(403),
        foreign: None,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::Client;
    use aws_sdk_s3::operation::get_bucket_versioning::GetBucketVersioningOutput;
    use aws_sdk_s3::operation::head_bucket::HeadBucketOutput;
    use std::time::Duration;

    use aws_smithy_mocks::mock;
    use tokio::time::Instant;

    use super::*;
    use crate::ClientsOfRegion;
    use crate::testing::mocked::{self, client, xml_refusal};
    use crate::wait::IAM_PROPAGATION;

    fn archive() -> BucketPlace {
        BucketPlace { name: "archive".to_owned(), region: None, account: None }
    }

    fn described(region: &str) -> ExistingBucket {
        ExistingBucket { region: region.into(), versioning: false, reachable: true, foreign: None }
    }

    #[tokio::test]
    async fn ours_is_described() {
        let head = mock!(Client::head_bucket)
            .match_requests(|request| request.expected_bucket_owner() == Some("111122223333"))
            .then_output(|| HeadBucketOutput::builder().bucket_region("eu-west-1").build());
        let versioning = mock!(Client::get_bucket_versioning).then_output(|| {
            GetBucketVersioningOutput::builder().status(BucketVersioningStatus::Suspended).build()
        });
        let aws = Aws { s3: client!(aws_sdk_s3, &head, &versioning), ..mocked::aws() };
        let found = read_bucket(&aws, &archive()).await.unwrap();
        assert_eq!(found, Some(described("eu-west-1")));
    }

    #[tokio::test]
    async fn absent_foreign_and_remote_buckets_are_distinguished() {
        let answer = async |status| {
            let head =
                mock!(Client::head_bucket).then_http_response(move || xml_refusal(status, "X"));
            let aws = Aws { s3: client!(aws_sdk_s3, &head), ..mocked::aws() };
            read_bucket(&aws, &archive()).await
        };
        assert_eq!(answer(404).await.unwrap(), None);
        assert!(!answer(403).await.unwrap().unwrap().reachable);
        assert_eq!(answer(301).await.unwrap().unwrap().region, "");
        assert_eq!(answer(409).await.unwrap_err().to_string(), "reading S3 bucket `archive`");
    }

    #[tokio::test]
    async fn another_region_is_asked_by_its_own_client() {
        let head = mock!(Client::head_bucket)
            .then_output(|| HeadBucketOutput::builder().bucket_region("eu-west-1").build());
        let versioning = mock!(Client::get_bucket_versioning)
            .then_output(|| GetBucketVersioningOutput::builder().build());
        let clients = ClientsOfRegion {
            s3: client!(aws_sdk_s3, &head, &versioning),
            datasync: mocked::aws().datasync,
        };
        let aws = mocked::aws().with_region("eu-west-1", clients);
        let there = BucketPlace { region: Some("eu-west-1".to_owned()), ..archive() };
        assert_eq!(read_bucket(&aws, &there).await.unwrap(), Some(described("eu-west-1")));
    }

    /// Right after a change of its role, `bootstrap-stack` may be denied; that is no information
    /// about the owner of the bucket.
    #[tokio::test(start_paused = true)]
    async fn a_denial_while_the_callers_permissions_are_new_is_retried() {
        let begun = Instant::now();
        let allowed_at = begun + Duration::from_secs(60);
        let denied = mock!(Client::head_bucket)
            .match_requests(move |_| Instant::now() < allowed_at)
            .then_http_response(|| xml_refusal(403, "Forbidden"));
        let head = mock!(Client::head_bucket)
            .then_output(|| HeadBucketOutput::builder().bucket_region("eu-central-1").build());
        let versioning = mock!(Client::get_bucket_versioning).then_output(|| {
            GetBucketVersioningOutput::builder().status(BucketVersioningStatus::Enabled).build()
        });
        let aws = Aws { s3: client!(aws_sdk_s3, &denied, &head, &versioning), ..mocked::aws() };
        assert!(!read_bucket(&aws, &archive()).await.unwrap().unwrap().reachable);
        let young = aws.whose_denials_pass(Some(begun + IAM_PROPAGATION));
        assert!(read_bucket(&young, &archive()).await.unwrap().unwrap().reachable);
        assert!(Instant::now() >= allowed_at);
    }
}
