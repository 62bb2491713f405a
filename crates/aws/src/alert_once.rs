//! One alert for each occasion, however often its event arrives, and wherever a function crashes.
//!
//! A conditional write claims a receipt in the records bucket, then the alert is published, then
//! the receipt is completed. An invocation that finds an incomplete claim continues when the claim
//! is its own (Lambda retries under the same request id) or is abandoned. Otherwise it fails, so
//! that Lambda retries later. In the worst case, a crash between the last two steps, the alert is
//! sent twice; while retries continue it is never lost.

use aws_sdk_sns::Client;
use chrono::{DateTime, TimeDelta, Utc};
use domain::environment::Environment;
use domain::records::alert::{Alert, AlertReceipt};

use crate::alerts::{self, AlertError};
use crate::failure::SdkFailure;
use crate::records_bucket::{RecordsBucket, RecordsError};

/// The sender, the topic and the time of an alert.
#[derive(Clone, Copy, Debug)]
pub struct AlertOnce<'a> {
    pub records: &'a RecordsBucket,
    pub sns: &'a Client,
    pub topic_arn: &'a str,
    /// The Lambda request id: the same in each retry of one invocation.
    pub claimed_by: &'a str,
    pub now: DateTime<Utc>,
}

/// The outcome of a call: sent now, or sent before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    Now,
    Before,
}

impl<'a> AlertOnce<'a> {
    /// An alert of a function, to the topic of its stack.
    #[must_use]
    pub fn new(
        records: &'a RecordsBucket,
        sns: &'a Client,
        environment: &'a Environment,
        claimed_by: &'a str,
        now: DateTime<Utc>,
    ) -> Self {
        Self { records, sns, topic_arn: &environment.alerts_topic_arn, claimed_by, now }
    }
}

impl AlertOnce<'_> {
    /// Sends the alert unless the receipt at `key` shows that it was sent.
    ///
    /// # Errors
    /// When a call fails, or another invocation is about to send it.
    pub async fn publish(&self, key: &str, alert: &Alert) -> Result<Sent, AlertOnceError> {
        self.act_and_publish(key, alert, async || Ok(())).await
    }

    /// Performs the action that the alert reports, between the claim and the alert: once as well,
    /// unless a crash comes in between.
    ///
    /// # Errors
    /// When the action or a call fails, or another invocation is about to perform it.
    pub async fn act_and_publish(
        &self,
        key: &str,
        alert: &Alert,
        deed: impl AsyncFnOnce() -> Result<(), SdkFailure>,
    ) -> Result<Sent, AlertOnceError> {
        if self.claim_alert(key, alert).await? == Sent::Before {
            return Ok(Sent::Before);
        }
        deed().await.map_err(AlertOnceError::Deed)?;
        alerts::publish(self.sns, self.topic_arn, alert).await?;
        self.records.write(key, &self.new_receipt(alert, Some(self.now))).await?;
        Ok(Sent::Now)
    }

    async fn claim_alert(&self, key: &str, alert: &Alert) -> Result<Sent, AlertOnceError> {
        let claim = self.new_receipt(alert, None);
        if self.records.write_once(key, &claim).await?.is_written() {
            return Ok(Sent::Now);
        }
        let elsewhere = || AlertOnceError::Elsewhere { key: key.to_owned() };
        let found = self.records.read(key).await?.ok_or_else(elsewhere)?;
        match receipt_state(&found, self.claimed_by, self.now) {
            ClaimState::Sent => Ok(Sent::Before),
            ClaimState::Elsewhere => Err(elsewhere()),
            ClaimState::Free => {
                self.records.write(key, &claim).await?;
                Ok(Sent::Now)
            }
        }
    }

    fn new_receipt(&self, alert: &Alert, sent_at: Option<DateTime<Utc>>) -> AlertReceipt {
        let claimed_by = self.claimed_by.to_owned();
        AlertReceipt { alert: alert.clone(), claimed_by, claimed_at: self.now, sent_at }
    }
}

/// The lifetime of a claim. After it the call that publishes has succeeded or failed
/// ([`crate::clients::timeouts`] limits an operation to the same time).
const CLAIM_LIFETIME: TimeDelta = TimeDelta::minutes(2);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ClaimState {
    Sent,
    Elsewhere,
    Free,
}

fn receipt_state(receipt: &AlertReceipt, claimed_by: &str, now: DateTime<Utc>) -> ClaimState {
    if receipt.sent_at.is_some() {
        ClaimState::Sent
    } else if receipt.claimed_by == claimed_by || now - receipt.claimed_at >= CLAIM_LIFETIME {
        ClaimState::Free
    } else {
        ClaimState::Elsewhere
    }
}

/// Why an alert may not have been sent.
#[derive(Debug, thiserror::Error)]
pub enum AlertOnceError {
    #[error("claiming `{key}`: another invocation is sending this alert")]
    Elsewhere { key: String },
    #[error("performing the action that the alert reports")]
    Deed(#[source] SdkFailure),
    #[error("storing the receipt of the alert")]
    Receipt(#[from] RecordsError),
    #[error(transparent)]
    Alert(#[from] AlertError),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample_alert() -> Alert {
        Alert { stack: "backup".into(), what: "the run failed".into(), ..Alert::default() }
    }

    #[test]
    fn a_claim_is_respected_until_it_is_abandoned() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::hours(1);
        let receipt = |claimed_by: &str, seconds_ago, sent: bool| AlertReceipt {
            alert: sample_alert(),
            claimed_by: claimed_by.into(),
            claimed_at: now - TimeDelta::seconds(seconds_ago),
            sent_at: sent.then_some(now),
        };
        for (claimed_by, seconds_ago, sent, expected) in [
            ("us", 1, true, ClaimState::Sent),
            ("them", 1, true, ClaimState::Sent),
            ("them", 1, false, ClaimState::Elsewhere),
            ("them", 119, false, ClaimState::Elsewhere),
            ("them", 120, false, ClaimState::Free),
            ("us", 1, false, ClaimState::Free),
        ] {
            let state = receipt_state(&receipt(claimed_by, seconds_ago, sent), "us", now);
            assert_eq!(state, expected, "{claimed_by} {seconds_ago}");
        }
    }
}
