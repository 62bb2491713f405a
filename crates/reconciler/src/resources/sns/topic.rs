//! SNS topic: where alerts go. Publishing without TLS is denied.

use std::collections::BTreeMap;

use aws::SdkFailure;
use aws_sdk_sns::types::Tag;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Aws;
use crate::kind_error::{Cause, KindError};
use crate::policy_document;
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::tagging::{has_resource_tags, resource_tags};

/// The attribute that names the key (SNS API reference, `SetTopicAttributes`).
const KMS_KEY: &str = "KmsMasterKeyId";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Topic {
    pub name: String,
    /// The topic's access policy.
    pub policy: Value,
    /// The key that encrypts what lies in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<String>,
}

impl Topic {
    /// A topic that takes messages from its own account and from the alarms in it, over TLS only.
    #[must_use]
    pub fn private(name: &str, arn: &str, account: &str, alarms: &str) -> Self {
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "PublishFromThisAccount",
                    "Effect": "Allow",
                    "Principal": { "AWS": "*" },
                    "Action": ["sns:Publish", "sns:Subscribe", "sns:GetTopicAttributes", "sns:SetTopicAttributes"],
                    "Resource": arn,
                    "Condition": { "StringEquals": { "aws:SourceOwner": account } },
                },
                {
                    "Sid": "PublishFromAlarms",
                    "Effect": "Allow",
                    "Principal": { "Service": "cloudwatch.amazonaws.com" },
                    "Action": "sns:Publish",
                    "Resource": arn,
                    "Condition": {
                        "StringEquals": { "aws:SourceAccount": account },
                        "ArnLike": { "aws:SourceArn": alarms },
                    },
                },
                {
                    "Sid": "TlsOnly",
                    "Effect": "Deny",
                    "Principal": { "AWS": "*" },
                    "Action": "sns:Publish",
                    "Resource": arn,
                    "Condition": { "Bool": { "aws:SecureTransport": "false" } },
                },
            ],
        });
        Self { name: name.to_owned(), policy, kms_key: None }
    }

    /// The same, encrypted with this key.
    #[must_use]
    pub fn encrypted(self, kms_key: Option<String>) -> Self {
        Self { kms_key, ..self }
    }

    async fn set(&self, aws: &Aws, name: &str, value: String) -> Result<(), KindError> {
        let set = aws.sns.set_topic_attributes().topic_arn(self.arn(aws)).attribute_name(name);
        let sent = set.attribute_value(value).send().await;
        sent.map_err(KindError::doing("changing SNS topic", &self.name))?;
        Ok(())
    }

    fn arn(&self, aws: &Aws) -> String {
        aws.names.regional_arn("sns", &self.name)
    }
}

impl ResourceKind for Topic {
    const NAME: &'static str = "SNS topic";
    const ACTIONS: Actions = Actions {
        look: &["sns:GetTopicAttributes", "sns:ListTagsForResource"],
        make: &["sns:CreateTopic"],
        change: &["sns:DeleteTopic", "sns:SetTopicAttributes"],
        implied: &["sns:TagResource"],
    };
    const FORCE_NEW: &'static [&'static str] = &["name"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        let arn = self.arn(aws);
        let attributes = match aws.sns.get_topic_attributes().topic_arn(&arn).send().await {
            Ok(answer) => answer.attributes.unwrap_or_default(),
            Err(error) => {
                let failure = SdkFailure::from(error);
                let absent = failure.is(&["NotFound", "NotFoundException"]);
                return if absent {
                    Ok(None)
                } else {
                    Err(KindError::doing("reading SNS topic", &arn)(failure))
                };
            }
        };
        let tagged = aws.sns.list_tags_for_resource().resource_arn(&arn).send().await;
        let tagged = tagged
            .map_err(KindError::doing("reading tags of SNS topic", &arn))?
            .tags
            .unwrap_or_default();
        let managed = has_resource_tags(aws, id, tagged.iter().map(|tag| (tag.key(), tag.value())));
        let policy = attributes
            .get("Policy")
            .map_or(Value::Null, |text| policy_document::parse(&self.policy, text));
        let kms_key = attributes.get(KMS_KEY).filter(|key| !key.is_empty()).cloned();
        let state = json!(Self { name: self.name.clone(), policy, kms_key });
        let attributes =
            BTreeMap::from([("arn".to_owned(), arn), ("name".to_owned(), self.name.clone())]);
        Ok(Some(LiveResource { state, attributes, managed }))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        let create =
            aws.sns.create_topic().name(&self.name).attributes("Policy", self.policy.to_string());
        let create =
            self.kms_key.iter().fold(create, |create, key| create.attributes(KMS_KEY, key));
        let create = resource_tags(aws, id).into_iter().try_fold(create, |create, (key, value)| {
            Ok(create.tags(Tag::builder().key(key).value(value).build()?))
        });
        let create =
            create.map_err(|error: aws_smithy_types::error::operation::BuildError| KindError {
                doing: format!("creating SNS topic `{}`", self.name),
                source: Cause::Other(error.to_string()),
            })?;
        create.send().await.map_err(KindError::doing("creating SNS topic", &self.name))?;
        Ok(())
    }

    async fn update(
        &self,
        aws: &Aws,
        _id: &ResourceId,
        _found: &LiveResource,
        changed: &[String],
    ) -> Result<(), KindError> {
        if changed.iter().any(|field| field.starts_with("policy")) {
            self.set(aws, "Policy", self.policy.to_string()).await?;
        }
        if changed.iter().any(|field| field == "kms_key") {
            // Empty: none any more.
            self.set(aws, KMS_KEY, self.kms_key.clone().unwrap_or_default()).await?;
        }
        Ok(())
    }

    async fn delete(&self, aws: &Aws, found: &LiveResource) -> Result<(), KindError> {
        // Deleting a topic that is gone succeeds (SNS API reference, `DeleteTopic`).
        let sent = aws.sns.delete_topic().topic_arn(found.attribute("arn")).send().await;
        sent.map_err(KindError::doing("deleting SNS topic", &self.name))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_sns::Client;
    use aws_sdk_sns::operation::create_topic::CreateTopicOutput;
    use aws_sdk_sns::operation::get_topic_attributes::GetTopicAttributesOutput;
    use aws_sdk_sns::operation::list_tags_for_resource::ListTagsForResourceOutput;
    use aws_sdk_sns::operation::set_topic_attributes::SetTopicAttributesOutput;
    use aws_smithy_mocks::{Rule, mock};

    use super::*;
    use crate::testing::mocked::{self, client, xml_refusal};

    const ARN: &str = "arn:aws:sns:eu-central-1:111122223333:backup-alerts";

    fn desired() -> Topic {
        Topic::private(
            "backup-alerts",
            ARN,
            "111122223333",
            "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:backup-*",
        )
    }

    fn id() -> ResourceId {
        ResourceId::new("alerts")
    }

    fn tagged(stack: &'static str) -> Rule {
        mock!(Client::list_tags_for_resource).then_output(move || {
            let tag = |key, value| Tag::builder().key(key).value(value).build().unwrap();
            let tags = [tag("efs-s3:stack", stack), tag("efs-s3:resource", "alerts")];
            ListTagsForResourceOutput::builder().set_tags(Some(tags.into())).build()
        })
    }

    fn attributes() -> Rule {
        mock!(Client::get_topic_attributes).then_output(|| {
            GetTopicAttributesOutput::builder()
                .attributes("Policy", desired().policy.to_string())
                .build()
        })
    }

    #[tokio::test]
    async fn ours_is_read_as_it_is_desired() {
        let aws =
            Aws { sns: client!(aws_sdk_sns, &attributes(), &tagged("backup")), ..mocked::aws() };
        let found = desired().read(&aws, &id()).await.unwrap().unwrap();
        assert_eq!((found.state.clone(), found.managed), (json!(desired()), true));
        assert_eq!(found.attribute("arn"), ARN);
    }

    #[tokio::test]
    async fn one_of_another_stack_is_not_ours() {
        let aws =
            Aws { sns: client!(aws_sdk_sns, &attributes(), &tagged("another")), ..mocked::aws() };
        assert!(!desired().read(&aws, &id()).await.unwrap().unwrap().managed);
    }

    #[tokio::test]
    async fn absent_is_an_answer_and_denied_an_error() {
        let answer = async |status, code| {
            let get = mock!(Client::get_topic_attributes)
                .then_http_response(move || xml_refusal(status, code));
            let aws = Aws { sns: client!(aws_sdk_sns, &get), ..mocked::aws() };
            desired().read(&aws, &id()).await
        };
        assert_eq!(answer(404, "NotFound").await.unwrap(), None);
        let denied = answer(403, "AuthorizationError").await.unwrap_err();
        assert_eq!(denied.to_string(), format!("reading SNS topic `{ARN}`"));
    }

    #[tokio::test]
    async fn it_is_born_with_tags_and_policy_and_changed_in_place() {
        let create = mock!(Client::create_topic)
            .match_requests(|request| {
                let tags: Vec<_> =
                    request.tags().iter().map(|tag| (tag.key(), tag.value())).collect();
                let policy = request.attributes().and_then(|attributes| attributes.get("Policy"));
                tags == [("efs-s3:stack", "backup"), ("efs-s3:resource", "alerts")]
                    && policy == Some(&desired().policy.to_string())
            })
            .then_output(|| CreateTopicOutput::builder().build());
        let set = mock!(Client::set_topic_attributes)
            .match_requests(|request| {
                request.topic_arn() == Some(ARN) && request.attribute_name() == Some("Policy")
            })
            .then_output(|| SetTopicAttributesOutput::builder().build());
        let no_key = mock!(Client::set_topic_attributes)
            .match_requests(|request| {
                request.attribute_name() == Some(KMS_KEY) && request.attribute_value() == Some("")
            })
            .then_output(|| SetTopicAttributesOutput::builder().build());
        let aws = Aws { sns: client!(aws_sdk_sns, &create, &set, &no_key), ..mocked::aws() };
        desired().create(&aws, &id()).await.unwrap();
        let found = LiveResource { state: Value::Null, attributes: BTreeMap::new(), managed: true };
        desired().update(&aws, &id(), &found, &["policy".into()]).await.unwrap();
        assert_eq!((create.num_calls(), set.num_calls(), no_key.num_calls()), (1, 1, 0));
        desired().update(&aws, &id(), &found, &["kms_key".into()]).await.unwrap();
        assert_eq!((set.num_calls(), no_key.num_calls()), (1, 1));
    }
}
