//! SNS subscription: who hears the alerts.
//!
//! An email address or an HTTPS endpoint has to confirm first; until then it has no ARN of its own
//! and can't be removed, and SNS forgets it after two days (SNS Developer Guide, "Confirm the
//! subscription"). One that was removed is still listed for days, with `Deleted` in the place of
//! its ARN (not documented; seen by many clients of `ListSubscriptionsByTopic`). Not taggable: it
//! belongs to its topic.

use std::collections::BTreeMap;

use aws::SdkFailure;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Aws;
use crate::kind_error::KindError;
use crate::reference::is_reference;
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};

/// What stands for the ARN of a subscription that is not confirmed.
const PENDING: &str = "PendingConfirmation";
/// What stands for the ARN of a subscription that was removed.
const DELETED: &str = "Deleted";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    pub topic_arn: String,
    /// `email`, `https` or `sqs`.
    pub protocol: String,
    /// The address, the URL, or the queue's ARN.
    pub endpoint: String,
}

impl ResourceKind for Subscription {
    const NAME: &'static str = "SNS subscription";
    const ACTIONS: Actions = Actions {
        look: &["sns:ListSubscriptionsByTopic"],
        make: &["sns:Subscribe"],
        change: &["sns:Unsubscribe"],
        implied: &[],
    };
    const FORCE_NEW: &'static [&'static str] = &["topic_arn", "protocol", "endpoint"];

    async fn read(&self, aws: &Aws, _id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        if is_reference(&self.topic_arn) {
            return Ok(None);
        }
        let mut pages = aws
            .sns
            .list_subscriptions_by_topic()
            .topic_arn(&self.topic_arn)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = match page {
                Ok(page) => page,
                Err(error) => {
                    return absent(error.into())
                        .map_err(KindError::doing("reading SNS subscription", &self.endpoint));
                }
            };
            let same = |found: &&aws_sdk_sns::types::Subscription| {
                found.protocol() == Some(&self.protocol)
                    && found.endpoint() == Some(&self.endpoint)
                    && found.subscription_arn() != Some(DELETED)
            };
            if let Some(found) = page.subscriptions().iter().find(same) {
                let arn = found.subscription_arn().unwrap_or_default().to_owned();
                let attributes = BTreeMap::from([
                    ("arn".to_owned(), arn),
                    ("name".to_owned(), self.endpoint.clone()),
                ]);
                return Ok(Some(LiveResource { state: json!(self), attributes, managed: true }));
            }
        }
        Ok(None)
    }

    async fn create(&self, aws: &Aws, _id: &ResourceId) -> Result<(), KindError> {
        // One that exists is answered again (SNS API reference, `Subscribe`).
        let subscribe = aws.sns.subscribe().topic_arn(&self.topic_arn).protocol(&self.protocol);
        let sent = subscribe.endpoint(&self.endpoint).send().await;
        sent.map_err(KindError::doing("creating SNS subscription", &self.endpoint))?;
        Ok(())
    }

    /// Nothing of it can differ without being another one.
    async fn update(
        &self,
        _aws: &Aws,
        _id: &ResourceId,
        _found: &LiveResource,
        _changed: &[String],
    ) -> Result<(), KindError> {
        Ok(())
    }

    async fn delete(&self, aws: &Aws, found: &LiveResource) -> Result<(), KindError> {
        let arn = found.attribute("arn");
        if arn == PENDING || arn == DELETED {
            return Ok(());
        }
        if let Err(error) = aws.sns.unsubscribe().subscription_arn(arn).send().await {
            absent(error.into())
                .map_err(KindError::doing("deleting SNS subscription", &self.endpoint))?;
        }
        Ok(())
    }
}

fn absent(failure: SdkFailure) -> Result<Option<LiveResource>, SdkFailure> {
    if failure.is(&["NotFound", "NotFoundException"]) { Ok(None) } else { Err(failure) }
}

#[cfg(test)]
mod tests {
    use aws_sdk_sns::Client;
    use aws_sdk_sns::operation::list_subscriptions_by_topic::ListSubscriptionsByTopicOutput;
    use aws_sdk_sns::operation::subscribe::SubscribeOutput;
    use aws_smithy_mocks::{Rule, mock};

    use super::*;
    use crate::testing::mocked::{self, client, xml_refusal};

    fn desired() -> Subscription {
        Subscription {
            topic_arn: "arn:topic".into(),
            protocol: "email".into(),
            endpoint: "ops@example.org".into(),
        }
    }

    fn id() -> ResourceId {
        ResourceId::new("subscription-1")
    }

    fn listed() -> Rule {
        mock!(Client::list_subscriptions_by_topic).then_output(|| {
            let subscription = |endpoint| {
                let subscription = aws_sdk_sns::types::Subscription::builder()
                    .protocol("email")
                    .endpoint(endpoint);
                subscription.subscription_arn(PENDING).build()
            };
            let all = [subscription("other@example.org"), subscription("ops@example.org")];
            ListSubscriptionsByTopicOutput::builder().set_subscriptions(Some(all.into())).build()
        })
    }

    #[tokio::test]
    async fn it_is_found_by_protocol_and_endpoint_even_unconfirmed() {
        let aws = Aws { sns: client!(aws_sdk_sns, &listed()), ..mocked::aws() };
        let found = desired().read(&aws, &id()).await.unwrap().unwrap();
        assert_eq!(found.state, json!(desired()));
        let other = Subscription { protocol: "https".into(), ..desired() };
        assert_eq!(other.read(&aws, &id()).await.unwrap(), None);
        desired().delete(&aws, &found).await.unwrap();
    }

    /// It may have been made again since: then both are listed.
    #[tokio::test]
    async fn one_that_was_removed_is_absent_though_sns_still_lists_it() {
        let listed = |arns: &'static [&'static str]| {
            mock!(Client::list_subscriptions_by_topic).then_output(move || {
                let subscription = |arn: &&str| {
                    let subscription =
                        aws_sdk_sns::types::Subscription::builder().protocol("email");
                    subscription.endpoint("ops@example.org").subscription_arn(*arn).build()
                };
                let all = arns.iter().map(subscription).collect();
                ListSubscriptionsByTopicOutput::builder().set_subscriptions(Some(all)).build()
            })
        };
        let read = async |rule| {
            let aws = Aws { sns: client!(aws_sdk_sns, &rule), ..mocked::aws() };
            desired()
                .read(&aws, &id())
                .await
                .unwrap()
                .map(|found| found.attribute("arn").to_owned())
        };
        assert_eq!(read(listed(&["Deleted"])).await, None);
        assert_eq!(read(listed(&["Deleted", "arn:new"])).await.as_deref(), Some("arn:new"));
    }

    #[tokio::test]
    async fn without_its_topic_it_is_absent() {
        let gone = mock!(Client::list_subscriptions_by_topic)
            .then_http_response(|| xml_refusal(404, "NotFound"));
        let aws = Aws { sns: client!(aws_sdk_sns, &gone), ..mocked::aws() };
        assert_eq!(desired().read(&aws, &id()).await.unwrap(), None);
        let nameless = Subscription { topic_arn: "${alerts-topic.arn}".into(), ..desired() };
        assert_eq!(nameless.read(&mocked::aws(), &id()).await.unwrap(), None);
    }

    #[tokio::test]
    async fn creating_subscribes() {
        let subscribe = mock!(Client::subscribe)
            .match_requests(|request| {
                request.endpoint() == Some("ops@example.org") && request.protocol() == Some("email")
            })
            .then_output(|| SubscribeOutput::builder().build());
        let aws = Aws { sns: client!(aws_sdk_sns, &subscribe), ..mocked::aws() };
        desired().create(&aws, &id()).await.unwrap();
        assert_eq!(subscribe.num_calls(), 1);
    }
}
