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
    /// The key that encrypts its messages.
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
                    "Action": [
                        "sns:Publish",
                        "sns:Subscribe",
                        "sns:GetTopicAttributes",
                        "sns:SetTopicAttributes",
                    ],
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

    async fn set_attribute(&self, aws: &Aws, name: &str, value: String) -> Result<(), KindError> {
        let set =
            aws.sns.set_topic_attributes().topic_arn(self.topic_arn(aws)).attribute_name(name);
        let sent = set.attribute_value(value).send().await;
        sent.map_err(KindError::doing("changing SNS topic", &self.name))?;
        Ok(())
    }

    fn topic_arn(&self, aws: &Aws) -> String {
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
        let arn = self.topic_arn(aws);
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
            self.set_attribute(aws, "Policy", self.policy.to_string()).await?;
        }
        if changed.iter().any(|field| field == "kms_key") {
            // Empty: none any more.
            self.set_attribute(aws, KMS_KEY, self.kms_key.clone().unwrap_or_default()).await?;
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
mod tests;
