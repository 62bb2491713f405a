//! SQS queue: where an event goes that could not be delivered. Encrypted, and closed to what comes
//! without TLS.
//!
//! A queue's name can't be used again for 60 seconds after it was deleted (SQS API reference,
//! `DeleteQueue`).

use std::collections::{BTreeMap, HashMap};

use aws::SdkFailure;
use aws_sdk_sqs::types::QueueAttributeName;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Aws;
use crate::kind_error::KindError;
use crate::policy_document;
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::tagging::{has_resource_tags, resource_tags};
use crate::wait::{self, QUEUE_NAME_FREE};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Queue {
    pub name: String,
    /// Who may send; the queue's access policy.
    pub policy: Value,
    /// 60 to 1,209,600 (14 days).
    pub retention_seconds: i32,
    /// Server-side encryption with SQS's own key.
    pub encrypted: bool,
}

impl Queue {
    /// A queue that services named in `principal` send to on behalf of `source_arn`, over TLS only,
    /// and that keeps what it gets as long as SQS can.
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

    fn attributes(&self) -> HashMap<QueueAttributeName, String> {
        HashMap::from([
            (QueueAttributeName::Policy, self.policy.to_string()),
            (QueueAttributeName::MessageRetentionPeriod, self.retention_seconds.to_string()),
            (QueueAttributeName::SqsManagedSseEnabled, self.encrypted.to_string()),
        ])
    }

    async fn url(&self, aws: &Aws) -> Result<Option<String>, KindError> {
        match aws.sqs.get_queue_url().queue_name(&self.name).send().await {
            Ok(answer) => Ok(answer.queue_url),
            Err(error) => {
                absent(error.into()).map_err(KindError::doing("finding SQS queue", &self.name))
            }
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
        let Some(url) = self.url(aws).await? else { return Ok(None) };
        let get =
            aws.sqs.get_queue_attributes().queue_url(&url).attribute_names(QueueAttributeName::All);
        let attributes = match get.send().await {
            Ok(answer) => answer.attributes.unwrap_or_default(),
            Err(error) => {
                return absent(error.into())
                    .map_err(KindError::doing("reading SQS queue", &self.name));
            }
        };
        let tagged = aws.sqs.list_queue_tags().queue_url(&url).send().await;
        let tagged =
            tagged.map_err(KindError::doing("reading tags of SQS queue", &self.name))?.tags;
        let tagged = tagged.unwrap_or_default();
        let managed = has_resource_tags(
            aws,
            id,
            tagged.iter().map(|(key, value)| (key.as_str(), value.as_str())),
        );
        let text = |name: QueueAttributeName| attributes.get(&name).cloned().unwrap_or_default();
        let state = json!(Self {
            name: self.name.clone(),
            policy: policy_document::parse(&self.policy, &text(QueueAttributeName::Policy)),
            retention_seconds: text(QueueAttributeName::MessageRetentionPeriod)
                .parse()
                .unwrap_or_default(),
            encrypted: text(QueueAttributeName::SqsManagedSseEnabled) == "true",
        });
        let attributes = BTreeMap::from([
            ("arn".to_owned(), text(QueueAttributeName::QueueArn)),
            ("name".to_owned(), self.name.clone()),
            ("url".to_owned(), url),
        ]);
        Ok(Some(LiveResource { state, attributes, managed }))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        let labels: HashMap<_, _> = resource_tags(aws, id)
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect();
        // With the same attributes a repeated call answers the queue that is there.
        let created = wait::retry(QUEUE_NAME_FREE, deleted_recently, async || {
            let create = aws
                .sqs
                .create_queue()
                .queue_name(&self.name)
                .set_attributes(Some(self.attributes()));
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
        let sent = set.set_attributes(Some(self.attributes())).send().await;
        sent.map_err(KindError::doing("changing SQS queue", &self.name))?;
        Ok(())
    }

    async fn delete(&self, aws: &Aws, found: &LiveResource) -> Result<(), KindError> {
        if let Err(error) = aws.sqs.delete_queue().queue_url(found.attribute("url")).send().await {
            absent::<LiveResource>(error.into())
                .map_err(KindError::doing("deleting SQS queue", &self.name))?;
        }
        Ok(())
    }
}

fn absent<T>(failure: SdkFailure) -> Result<Option<T>, SdkFailure> {
    let gone = ["QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"];
    if failure.is(&gone) { Ok(None) } else { Err(failure) }
}

fn deleted_recently(failure: &SdkFailure) -> bool {
    failure.is(&["QueueDeletedRecently", "AWS.SimpleQueueService.QueueDeletedRecently"])
}

#[cfg(test)]
mod tests {
    use aws_sdk_sqs::Client;
    use aws_sdk_sqs::operation::create_queue::CreateQueueOutput;
    use aws_sdk_sqs::operation::get_queue_attributes::GetQueueAttributesOutput;
    use aws_sdk_sqs::operation::get_queue_url::GetQueueUrlOutput;
    use aws_sdk_sqs::operation::list_queue_tags::ListQueueTagsOutput;
    use aws_sdk_sqs::operation::set_queue_attributes::SetQueueAttributesOutput;
    use aws_smithy_mocks::{Rule, mock};

    use super::*;
    use crate::testing::mocked::{self, client, refusal};

    const ARN: &str = "arn:aws:sqs:eu-central-1:111122223333:backup-undelivered";

    fn desired() -> Queue {
        Queue::dead_letters(
            "backup-undelivered",
            ARN,
            "events.amazonaws.com",
            "arn:aws:events:eu-central-1:111122223333:rule/backup-*",
        )
    }

    fn id() -> ResourceId {
        ResourceId::new("undelivered-queue")
    }

    fn url() -> Rule {
        mock!(Client::get_queue_url)
            .then_output(|| GetQueueUrlOutput::builder().queue_url("https://q").build())
    }

    fn described() -> Rule {
        mock!(Client::get_queue_attributes).then_output(|| {
            let attributes = desired()
                .attributes()
                .into_iter()
                .chain([(QueueAttributeName::QueueArn, ARN.to_owned())]);
            GetQueueAttributesOutput::builder().set_attributes(Some(attributes.collect())).build()
        })
    }

    fn tagged(stack: &'static str) -> Rule {
        mock!(Client::list_queue_tags).then_output(move || {
            let tags = [("efs-s3:stack", stack), ("efs-s3:resource", "undelivered-queue")];
            let tags = tags.map(|(key, value)| (key.to_owned(), value.to_owned()));
            ListQueueTagsOutput::builder().set_tags(Some(tags.into())).build()
        })
    }

    #[tokio::test]
    async fn ours_is_read_as_it_is_desired() {
        let aws = Aws {
            sqs: client!(aws_sdk_sqs, &url(), &described(), &tagged("backup")),
            ..mocked::aws()
        };
        let found = desired().read(&aws, &id()).await.unwrap().unwrap();
        assert_eq!((found.state.clone(), found.managed), (json!(desired()), true));
        assert_eq!((found.attribute("arn"), found.attribute("url")), (ARN, "https://q"));
        let aws = Aws {
            sqs: client!(aws_sdk_sqs, &url(), &described(), &tagged("another")),
            ..mocked::aws()
        };
        assert!(!desired().read(&aws, &id()).await.unwrap().unwrap().managed);
    }

    #[tokio::test]
    async fn absent_is_an_answer_and_denied_an_error() {
        let answer = async |code: &'static str| {
            let get =
                mock!(Client::get_queue_url).then_http_response(move || refusal(400, code, ""));
            desired().read(&Aws { sqs: client!(aws_sdk_sqs, &get), ..mocked::aws() }, &id()).await
        };
        assert_eq!(answer("QueueDoesNotExist").await.unwrap(), None);
        assert_eq!(
            answer("AccessDenied").await.unwrap_err().to_string(),
            "finding SQS queue `backup-undelivered`"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_name_that_was_just_given_up_is_waited_for() {
        let create = mock!(Client::create_queue)
            .match_requests(|request| request.tags().is_some_and(|tags| tags.len() == 2))
            .sequence()
            .http_response(|| refusal(400, "QueueDeletedRecently", ""))
            .output(|| CreateQueueOutput::builder().queue_url("https://q").build())
            .build();
        desired()
            .create(&Aws { sqs: client!(aws_sdk_sqs, &create), ..mocked::aws() }, &id())
            .await
            .unwrap();
        assert_eq!(create.num_calls(), 2);
    }

    #[tokio::test]
    async fn attributes_are_set_in_place() {
        let set = mock!(Client::set_queue_attributes)
            .match_requests(|request| request.queue_url() == Some("https://q"))
            .then_output(|| SetQueueAttributesOutput::builder().build());
        let aws = Aws { sqs: client!(aws_sdk_sqs, &set), ..mocked::aws() };
        let attributes = BTreeMap::from([("url".to_owned(), "https://q".to_owned())]);
        let found = LiveResource { state: Value::Null, attributes, managed: true };
        desired().update(&aws, &id(), &found, &["policy".into()]).await.unwrap();
        assert_eq!(set.num_calls(), 1);
    }
}
