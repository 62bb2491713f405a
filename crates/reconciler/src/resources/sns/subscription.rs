//! SNS subscription: a receiver of the alerts.
//!
//! An email address or an HTTPS endpoint must confirm first; until then it has no ARN of its own
//! and can't be removed, and SNS deletes it after two days (SNS Developer Guide, "Confirm the
//! subscription"). A removed subscription is listed for days, with `Deleted` in place of its ARN
//! (not documented; seen by many clients of `ListSubscriptionsByTopic`). It has no tags: it belongs
//! to its topic.

use std::collections::BTreeMap;

use aws::SdkFailure;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Aws;
use crate::kind_error::KindError;
use crate::reference::is_reference;
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};

/// The value in place of the ARN of a subscription that is not confirmed.
const PENDING: &str = "PendingConfirmation";
/// The value in place of the ARN of a subscription that was removed.
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
                    return none_if_absent(error.into())
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
        // For an existing subscription SNS returns the same ARN (SNS API reference, `Subscribe`).
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
            none_if_absent(error.into())
                .map_err(KindError::doing("deleting SNS subscription", &self.endpoint))?;
        }
        Ok(())
    }
}

fn none_if_absent(failure: SdkFailure) -> Result<Option<LiveResource>, SdkFailure> {
    if failure.is(&["NotFound", "NotFoundException"]) { Ok(None) } else { Err(failure) }
}

#[cfg(test)]
mod tests;
