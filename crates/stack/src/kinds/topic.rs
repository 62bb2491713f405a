//! SNS topic: where alerts go. Publishing without TLS is denied.

use std::collections::BTreeMap;

use aws_edge::SdkFailure;
use aws_sdk_sns::types::Tag;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Cause, Found, Kind, KindError, bears_our_tags, tags};
use crate::Aws;
use crate::graph::ResourceId;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Topic {
    pub name: String,
    /// The topic's access policy.
    pub policy: Value,
}

impl Topic {
    /// A topic that takes messages from its own account, over TLS only.
    #[must_use]
    pub fn private(name: &str, arn: &str, account: &str) -> Self {
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
                    "Sid": "TlsOnly",
                    "Effect": "Deny",
                    "Principal": { "AWS": "*" },
                    "Action": "sns:Publish",
                    "Resource": arn,
                    "Condition": { "Bool": { "aws:SecureTransport": "false" } },
                },
            ],
        });
        Self { name: name.to_owned(), policy }
    }

    fn arn(&self, aws: &Aws) -> String {
        aws.names.regional_arn("sns", &self.name)
    }
}

impl Kind for Topic {
    const NAME: &'static str = "SNS topic";
    const REPLACE_ON: &'static [&'static str] = &["name"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<Found>, KindError> {
        let arn = self.arn(aws);
        let attributes = match aws.sns.get_topic_attributes().topic_arn(&arn).send().await {
            Ok(answer) => answer.attributes.unwrap_or_default(),
            Err(error) => {
                let failure = SdkFailure::from(error);
                let absent = failure.is(&["NotFound", "NotFoundException"]);
                return if absent { Ok(None) } else { Err(KindError::doing("reading SNS topic", &arn)(failure)) };
            }
        };
        let tagged = aws.sns.list_tags_for_resource().resource_arn(&arn).send().await;
        let tagged = tagged.map_err(KindError::doing("reading tags of SNS topic", &arn))?.tags.unwrap_or_default();
        let ours = bears_our_tags(aws, id, tagged.iter().map(|tag| (tag.key(), tag.value())));
        let policy = attributes.get("Policy").and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null);
        let state = json!(Self { name: self.name.clone(), policy });
        let attributes = BTreeMap::from([("arn".to_owned(), arn), ("name".to_owned(), self.name.clone())]);
        Ok(Some(Found { state, attributes, ours }))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        let create = aws.sns.create_topic().name(&self.name).attributes("Policy", self.policy.to_string());
        let create = tags(aws, id)
            .into_iter()
            .try_fold(create, |create, (key, value)| Ok(create.tags(Tag::builder().key(key).value(value).build()?)));
        let create = create.map_err(|error: aws_smithy_types::error::operation::BuildError| KindError {
            doing: format!("creating SNS topic `{}`", self.name),
            source: Cause::Other(error.to_string()),
        })?;
        create.send().await.map_err(KindError::doing("creating SNS topic", &self.name))?;
        Ok(())
    }

    async fn update(&self, aws: &Aws, _id: &ResourceId, _found: &Found, _changed: &[String]) -> Result<(), KindError> {
        let set = aws.sns.set_topic_attributes().topic_arn(self.arn(aws)).attribute_name("Policy");
        let sent = set.attribute_value(self.policy.to_string()).send().await;
        sent.map_err(KindError::doing("changing policy of SNS topic", &self.name))?;
        Ok(())
    }

    async fn delete(&self, aws: &Aws, found: &Found) -> Result<(), KindError> {
        // Deleting a topic that is gone succeeds (SNS API reference, `DeleteTopic`).
        let sent = aws.sns.delete_topic().topic_arn(found.attribute("arn")).send().await;
        sent.map_err(KindError::doing("deleting SNS topic", &self.name))?;
        Ok(())
    }
}
