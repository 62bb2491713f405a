//! DataSync S3 location: the destination of the task, and the role that writes it.
//!
//! DataSync assumes the role and lists the bucket during `CreateLocationS3`. A new role or policy
//! is not known everywhere at once (IAM User Guide, "Changes that I make are not always immediately
//! visible"); DataSync then refuses with a message about it, and only such refusals are retried.

use std::collections::BTreeMap;

use aws::SdkFailure;
use aws_sdk_datasync::operation::describe_location_s3::DescribeLocationS3Output;
use aws_sdk_datasync::types::{S3Config, S3StorageClass};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Aws;
use crate::kind_error::KindError;
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::resources::datasync::locations::{
    ListedLocation, delete_location, find_location, find_only_location,
};
use crate::resources::datasync::refusals::{answer_if_there, passes_with_time, sent_once};
use crate::resources::datasync::tagging::tag_list;
use crate::tagging::is_ours_unchanged;
use crate::wait::{self, IAM_PROPAGATION};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LocationS3 {
    pub bucket_arn: String,
    /// Empty, or ends in `/` and does not begin with it.
    pub subdirectory: String,
    pub role_arn: String,
    /// For new objects.
    pub storage_class: String,
    /// That of the bucket, if it is another than the stack's; the location is there, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

impl ResourceKind for LocationS3 {
    const NAME: &'static str = "DataSync S3 location";
    const ACTIONS: Actions = Actions {
        look: &["datasync:DescribeLocationS3"],
        make: &["datasync:CreateLocationS3"],
        change: &["datasync:UpdateLocationS3"],
        implied: &[
            "datasync:TagResource",
            "iam:GetRole",
            "iam:PassRole",
            "s3:ListAllMyBuckets",
            "s3:ListBucket",
        ],
    };
    const FORCE_NEW: &'static [&'static str] = &["bucket_arn"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        let aws = &aws.in_region(self.region.as_deref());
        if let Some(found) = self.find_unchanged(aws, id).await? {
            return Ok(Some(found));
        }
        let Some(listed) = find_location(aws, id, "s3://", &self.uri()).await? else {
            return Ok(None);
        };
        self.describe_listed(aws, &listed).await
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        let aws = &aws.in_region(self.region.as_deref());
        let made = wait::retry(IAM_PROPAGATION, passes_with_time, async || {
            let create = aws
                .datasync
                .create_location_s3()
                .s3_bucket_arn(&self.bucket_arn)
                .s3_config(self.s3_config()?);
            let create =
                create.subdirectory(self.subdirectory()).s3_storage_class(self.storage_class());
            let create = create.set_tags(Some(tag_list(aws, id))).customize();
            create.config_override(sent_once()).send().await.map(drop).map_err(SdkFailure::from)
        });
        made.await.map_err(KindError::doing("creating DataSync S3 location", id.as_str()))
    }

    async fn update(
        &self,
        aws: &Aws,
        _id: &ResourceId,
        found: &LiveResource,
        _changed: &[String],
    ) -> Result<(), KindError> {
        let aws = &aws.in_region(self.region.as_deref());
        let arn = found.attribute("arn");
        let changed = wait::retry(IAM_PROPAGATION, passes_with_time, async || {
            let update =
                aws.datasync.update_location_s3().location_arn(arn).s3_config(self.s3_config()?);
            let update =
                update.subdirectory(self.subdirectory()).s3_storage_class(self.storage_class());
            update.send().await.map(drop).map_err(SdkFailure::from)
        });
        changed.await.map_err(KindError::doing("changing DataSync S3 location", arn))
    }

    async fn delete(&self, aws: &Aws, found: &LiveResource) -> Result<(), KindError> {
        let aws = aws.in_region(self.region.as_deref());
        delete_location(&aws, found.attribute("arn")).await
    }
}

impl LocationS3 {
    /// Returns the location without a look at its tags, if it may be told by its role: nobody but
    /// us makes one with a role of ours.
    async fn find_unchanged(
        &self,
        aws: &Aws,
        id: &ResourceId,
    ) -> Result<Option<LiveResource>, KindError> {
        let Some(listed) = find_only_location(aws, id, &self.uri()).await? else {
            return Ok(None);
        };
        let found = self.describe_listed(aws, &listed).await?;
        Ok(found.filter(|found| is_ours_unchanged(aws, &found.state, self)))
    }

    async fn describe_listed(
        &self,
        aws: &Aws,
        listed: &ListedLocation,
    ) -> Result<Option<LiveResource>, KindError> {
        let describe = aws.datasync.describe_location_s3().location_arn(&listed.arn);
        let doing = KindError::doing("describing DataSync S3 location", &listed.arn);
        let answer = answer_if_there(describe.send().await, doing)?;
        Ok(answer.map(|answer| self.live_resource(aws, listed, answer)))
    }

    fn s3_config(&self) -> Result<S3Config, SdkFailure> {
        let config = S3Config::builder().bucket_access_role_arn(&self.role_arn).build();
        config.map_err(|error| SdkFailure::incomplete(&error.to_string()))
    }

    fn uri(&self) -> String {
        let bucket = self.bucket_arn.rsplit(':').next().unwrap_or_default();
        format!("s3://{bucket}/{}", self.subdirectory)
    }

    fn storage_class(&self) -> S3StorageClass {
        self.storage_class.as_str().into()
    }

    /// The whole bucket is `/`: an absent folder in an update would mean "as it is".
    fn subdirectory(&self) -> &str {
        if self.subdirectory.is_empty() { "/" } else { &self.subdirectory }
    }

    fn live_resource(
        &self,
        aws: &Aws,
        listed: &ListedLocation,
        answer: DescribeLocationS3Output,
    ) -> LiveResource {
        let (bucket, subdirectory) = parse_uri(answer.location_uri().unwrap_or(&listed.uri));
        let state = Self {
            bucket_arn: aws.names.bucket_arn(bucket),
            subdirectory,
            role_arn: answer
                .s3_config
                .map(|config| config.bucket_access_role_arn)
                .unwrap_or_default(),
            storage_class: storage_class_of(answer.s3_storage_class),
            region: self.region.clone(),
        };
        LiveResource {
            state: json!(state),
            attributes: BTreeMap::from([("arn".to_owned(), listed.arn.clone())]),
            managed: true,
        }
    }
}

fn storage_class_of(answered: Option<S3StorageClass>) -> String {
    answered.unwrap_or(S3StorageClass::Standard).as_str().to_owned()
}

/// `s3://bucket/a/b` → (`bucket`, `a/b/`).
fn parse_uri(uri: &str) -> (&str, String) {
    let rest = uri.strip_prefix("s3://").unwrap_or(uri);
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let prefix = prefix.trim_matches('/');
    (bucket, if prefix.is_empty() { String::new() } else { format!("{prefix}/") })
}

#[cfg(test)]
mod tests;
