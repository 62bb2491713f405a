//! The settings of a bucket in another account that its owner must have made.
//!
//! Each may be denied on its own. A denial is an answer here: the owner has not allowed it. Every
//! call names the owner, so that nobody can put a bucket of the same name in its place
//! (S3 User Guide, "Verifying bucket ownership with bucket owner condition").

use aws_sdk_s3::types::{BucketVersioningStatus, ServerSideEncryptionConfiguration};
use serde::{Deserialize, Serialize};

use crate::Aws;
use crate::denial::is_denied;
use crate::kind_error::{KindError, none_if_refused};

/// The settings that could be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignBucket {
    pub versioning: Option<bool>,
    /// `BucketOwnerEnforced`: access control lists are off. Empty where nothing is set.
    pub ownership: Option<String>,
    /// The key that encrypts new objects; empty where it is S3's own.
    pub kms_key: Option<String>,
    /// The IAM actions that were denied.
    pub denied: Vec<String>,
}

pub(super) async fn read_settings(
    aws: &Aws,
    name: &str,
    owner: &str,
) -> Result<ForeignBucket, KindError> {
    let mut denied = Vec::new();
    let versioning = read_versioning(aws, name, owner).await;
    let ownership = read_ownership(aws, name, owner).await;
    let kms_key = read_key(aws, name, owner).await;
    Ok(ForeignBucket {
        versioning: unless_denied(versioning, "s3:GetBucketVersioning", &mut denied)?,
        ownership: unless_denied(ownership, "s3:GetBucketOwnershipControls", &mut denied)?,
        kms_key: unless_denied(kms_key, "s3:GetEncryptionConfiguration", &mut denied)?,
        denied,
    })
}

/// Notes a denial; any other failure is one.
fn unless_denied<T>(
    answer: Result<T, KindError>,
    action: &str,
    denied: &mut Vec<String>,
) -> Result<Option<T>, KindError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if is_denied(&error) => {
            denied.push(action.to_owned());
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

async fn read_versioning(aws: &Aws, name: &str, owner: &str) -> Result<bool, KindError> {
    let get = aws.s3.get_bucket_versioning().bucket(name).expected_bucket_owner(owner);
    let doing = KindError::doing("reading versioning of S3 bucket", name);
    let answer = get.send().await.map_err(doing)?;
    Ok(answer.status == Some(BucketVersioningStatus::Enabled))
}

async fn read_ownership(aws: &Aws, name: &str, owner: &str) -> Result<String, KindError> {
    let get = aws.s3.get_bucket_ownership_controls().bucket(name).expected_bucket_owner(owner);
    let answer = none_if_refused(
        get.send().await,
        &["OwnershipControlsNotFoundError"],
        "reading ownership controls of S3 bucket",
        name,
    )?;
    let rules = answer.and_then(|answer| answer.ownership_controls).map(|found| found.rules);
    let first = rules.and_then(|rules| rules.into_iter().next());
    Ok(first.map(|rule| rule.object_ownership.as_str().to_owned()).unwrap_or_default())
}

async fn read_key(aws: &Aws, name: &str, owner: &str) -> Result<String, KindError> {
    let get = aws.s3.get_bucket_encryption().bucket(name).expected_bucket_owner(owner);
    let answer = none_if_refused(
        get.send().await,
        &["ServerSideEncryptionConfigurationNotFoundError"],
        "reading encryption of S3 bucket",
        name,
    )?;
    let encryption = answer.and_then(|answer| answer.server_side_encryption_configuration);
    Ok(encryption.map(key_of).unwrap_or_default())
}

fn key_of(encryption: ServerSideEncryptionConfiguration) -> String {
    let rule = encryption.rules.into_iter().next();
    let by_default = rule.and_then(|rule| rule.apply_server_side_encryption_by_default);
    by_default.and_then(|sse| sse.kms_master_key_id).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::Client;
    use aws_sdk_s3::operation::get_bucket_encryption::GetBucketEncryptionOutput;
    use aws_sdk_s3::operation::get_bucket_versioning::GetBucketVersioningOutput;
    use aws_sdk_s3::types::{
        ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionRule,
    };
    use aws_smithy_mocks::mock;
    use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use super::*;
    use crate::testing::mocked::{self, client};

    const OWNER: &str = "999900001111";

    /// S3 has an error form of its own (S3 API reference, "REST error responses").
    fn access_denied() -> HttpResponse {
        let body = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
        HttpResponse::new(StatusCode::try_from(403).unwrap(), SdkBody::from(body))
    }

    fn encrypted() -> GetBucketEncryptionOutput {
        let sse = ServerSideEncryptionByDefault::builder()
            .sse_algorithm(ServerSideEncryption::AwsKms)
            .kms_master_key_id("arn:key");
        let rule = ServerSideEncryptionRule::builder()
            .apply_server_side_encryption_by_default(sse.build().unwrap());
        let encryption = ServerSideEncryptionConfiguration::builder().rules(rule.build());
        GetBucketEncryptionOutput::builder()
            .server_side_encryption_configuration(encryption.build().unwrap())
            .build()
    }

    #[tokio::test]
    async fn what_the_owner_does_not_allow_is_named_and_the_rest_is_read() {
        let versioning = mock!(Client::get_bucket_versioning)
            .match_requests(|request| request.expected_bucket_owner() == Some(OWNER))
            .then_output(|| {
                let enabled = BucketVersioningStatus::Enabled;
                GetBucketVersioningOutput::builder().status(enabled).build()
            });
        let denied = mock!(Client::get_bucket_ownership_controls)
            .match_requests(|request| request.expected_bucket_owner() == Some(OWNER))
            .then_http_response(access_denied);
        let encryption = mock!(Client::get_bucket_encryption)
            .match_requests(|request| request.expected_bucket_owner() == Some(OWNER))
            .then_output(encrypted);
        let s3 = client!(aws_sdk_s3, &versioning, &denied, &encryption);
        let aws = Aws { s3, ..mocked::aws() };
        let found = read_settings(&aws, "vault", OWNER).await.unwrap();
        assert_eq!(
            found,
            ForeignBucket {
                versioning: Some(true),
                ownership: None,
                kms_key: Some("arn:key".to_owned()),
                denied: vec!["s3:GetBucketOwnershipControls".to_owned()],
            }
        );
    }
}
