//! SQS queue for events that could not be delivered (dead letters). Encrypted, and only accessible
//! with TLS.
//!
//! A queue's name can't be used again for 60 seconds after its deletion (SQS API reference,
//! `DeleteQueue`).

use std::collections::HashMap;

use aws::SdkFailure;
use aws_sdk_sqs::types::QueueAttributeName;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Aws;
use crate::kind_error::KindError;
use crate::policy_document;
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::tagging::{map_has_resource_tags, resource_tags};
use crate::wait::{self, QUEUE_NAME_FREE};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Queue {
    pub name: String,
    /// The access policy of the queue: the senders.
    pub policy: Value,
    /// 60 to 1,209,600 (14 days).
    pub retention_seconds: i32,
    /// Server-side encryption with SQS's own key.
    pub encrypted: bool,
}

impl Queue {
    /// A queue to which the services in `principal` send on behalf of `source_arn`, with TLS only,
    /// and which keeps messages as long as SQS can.
    #[must_use]
    pub fn dead_letters(name: &str, arn: &str, sender: &str, source_arn: &str) -> Self {
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "DeadLetters",
                    "Effect": "Allow",
                    "Principal": { "Service": sender },
                    "Action": "sqs:SendMessage",
                    "Resource": arn,
                    "Condition": { "ArnLike": { "aws:SourceArn": source_arn } },
                },
                {
                    "Sid": "TlsOnly",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "sqs:*",
                    "Resource": arn,
                    "Condition": { "Bool": { "aws:SecureTransport": "false" } },
                },
            ],
        });
        Self {
            name: name.to_owned(),
            policy,
            retention_seconds: 14 * 24 * 60 * 60,
            encrypted: true,
        }
    }

    fn live_resource(
        &self,
        url: String,
        attributes: &HashMap<QueueAttributeName, String>,
        managed: bool,
    ) -> LiveResource {
        let text = |name: QueueAttributeName| attributes.get(&name).cloned().unwrap_or_default();
        let state = json!(Self {
            name: self.name.clone(),
            policy: policy_document::parse(&self.policy, &text(QueueAttributeName::Policy)),
            retention_seconds: text(QueueAttributeName::MessageRetentionPeriod)
                .parse()
                .unwrap_or_default(),
            encrypted: text(QueueAttributeName::SqsManagedSseEnabled) == "true",
        });
        let arn = text(QueueAttributeName::QueueArn);
        let named = [("arn", arn), ("name", self.name.clone()), ("url", url)];
        let attributes = named.map(|(name, value)| (name.to_owned(), value)).into();
        LiveResource { state, attributes, managed }
    }

    fn desired_attributes(&self) -> HashMap<QueueAttributeName, String> {
        HashMap::from([
            (QueueAttributeName::Policy, self.policy.to_string()),
            (QueueAttributeName::MessageRetentionPeriod, self.retention_seconds.to_string()),
            (QueueAttributeName::SqsManagedSseEnabled, self.encrypted.to_string()),
        ])
    }

    async fn find_url(&self, aws: &Aws) -> Result<Option<String>, KindError> {
        match aws.sqs.get_queue_url().queue_name(&self.name).send().await {
            Ok(answer) => Ok(answer.queue_url),
            Err(error) => none_if_absent(error.into())
                .map_err(KindError::doing("finding SQS queue", &self.name)),
        }
    }
}

impl ResourceKind for Queue {
    const NAME: &'static str = "SQS queue";
    const ACTIONS: Actions = Actions {
        look: &["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags"],
        make: &["sqs:CreateQueue"],
        change: &["sqs:DeleteQueue", "sqs:SetQueueAttributes"],
        implied: &["sqs:TagQueue"],
    };
    const FORCE_NEW: &'static [&'static str] = &["name"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        let Some(url) = self.find_url(aws).await? else { return Ok(None) };
        let get =
            aws.sqs.get_queue_attributes().queue_url(&url).attribute_names(QueueAttributeName::All);
        let attributes = match get.send().await {
            Ok(answer) => answer.attributes.unwrap_or_default(),
            Err(error) => {
                return none_if_absent(error.into())
                    .map_err(KindError::doing("reading SQS queue", &self.name));
            }
        };
        let tagged = aws.sqs.list_queue_tags().queue_url(&url).send().await;
        let tagged =
            tagged.map_err(KindError::doing("reading tags of SQS queue", &self.name))?.tags;
        let tagged = tagged.unwrap_or_default();
        let managed = map_has_resource_tags(aws, id, &tagged);
        Ok(Some(self.live_resource(url, &attributes, managed)))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        let labels: HashMap<_, _> = resource_tags(aws, id)
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect();
        // With the same attributes a repeated call returns the existing queue.
        let created = wait::retry(QUEUE_NAME_FREE, deleted_recently, async || {
            let create = aws
                .sqs
                .create_queue()
                .queue_name(&self.name)
                .set_attributes(Some(self.desired_attributes()));
            create.set_tags(Some(labels.clone())).send().await.map(drop).map_err(SdkFailure::from)
        });
        created.await.map_err(KindError::doing("creating SQS queue", &self.name))
    }

    async fn update(
        &self,
        aws: &Aws,
        _id: &ResourceId,
        found: &LiveResource,
        _changed: &[String],
    ) -> Result<(), KindError> {
        let set = aws.sqs.set_queue_attributes().queue_url(found.attribute("url"));
        let sent = set.set_attributes(Some(self.desired_attributes())).send().await;
        sent.map_err(KindError::doing("changing SQS queue", &self.name))?;
        Ok(())
    }

    async fn delete(&self, aws: &Aws, found: &LiveResource) -> Result<(), KindError> {
        if let Err(error) = aws.sqs.delete_queue().queue_url(found.attribute("url")).send().await {
            none_if_absent::<LiveResource>(error.into())
                .map_err(KindError::doing("deleting SQS queue", &self.name))?;
        }
        Ok(())
    }
}

fn none_if_absent<T>(failure: SdkFailure) -> Result<Option<T>, SdkFailure> {
    let gone = ["QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"];
    if failure.is(&gone) { Ok(None) } else { Err(failure) }
}

fn deleted_recently(failure: &SdkFailure) -> bool {
    failure.is(&["QueueDeletedRecently", "AWS.SimpleQueueService.QueueDeletedRecently"])
}

#[cfg(test)]
mod tests;
