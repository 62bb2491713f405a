//! Creation of a bucket.

use aws::SdkFailure;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};

use super::Bucket;
use super::settings;
use crate::Aws;
use crate::denial;
use crate::kind_error::{Cause, KindError};
use crate::resource_id::ResourceId;

const NOT_READABLE: &str = "S3 returned 403: the name is taken by another account, or these \
                            credentials may not read it";

pub(super) fn is_settling(error: &KindError) -> bool {
    error.is(&["NoSuchBucket", "OperationAborted"])
}

impl Bucket {
    /// # Errors
    /// Also when the name is taken by somebody else: names are shared by all accounts.
    pub(super) async fn bucket_exists(&self, aws: &Aws) -> Result<bool, KindError> {
        let head = denial::head_while_young(aws, async || {
            let head = aws.s3.head_bucket().bucket(&self.name);
            head.expected_bucket_owner(&aws.names.account).send().await
        });
        let Err(error) = head.await else { return Ok(true) };
        // The response to a HEAD has no body, so the status is the only information.
        let status = error.raw_response().map(|response| response.status().as_u16());
        let cause = match status {
            Some(404) => return Ok(false),
            Some(403) => Cause::Other(NOT_READABLE.to_owned()),
            Some(301) => {
                Cause::Other(format!("it is in another region than `{}`", aws.names.region))
            }
            _ => error.into(),
        };
        Err(KindError::doing("reading S3 bucket", &self.name)(cause))
    }

    /// Created with our tags: after any interruption the next run recognises the bucket.
    pub(super) async fn create_bucket(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        let tags = settings::our_tags(aws, &self.name, id)?;
        // Outside us-east-1 the region is required, in us-east-1 it is forbidden (S3 API reference,
        // `CreateBucket`).
        let region = Some(aws.names.region.as_str()).filter(|region| *region != "us-east-1");
        let configuration = CreateBucketConfiguration::builder().set_tags(Some(tags));
        let configuration = configuration
            .set_location_constraint(region.map(BucketLocationConstraint::from))
            .build();
        let create =
            aws.s3.create_bucket().bucket(&self.name).create_bucket_configuration(configuration);
        match create.send().await.map_err(SdkFailure::from) {
            Ok(_) => Ok(()),
            // An earlier call whose response was lost created it.
            Err(failure) if failure.is(&["BucketAlreadyOwnedByYou"]) => Ok(()),
            Err(failure) => Err(KindError::doing("creating S3 bucket", &self.name)(failure)),
        }
    }
}
