//! A subscriber of the alerts topic: an SQS queue, read as a person's inbox would be.

use std::time::Duration;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::deployment::{Deployment, wait_until_some};

/// A queue subscribed to the stack's alerts.
#[derive(Debug)]
pub struct Subscriber {
    sqs: aws_sdk_sqs::Client,
    queue_url: String,
}

/// An alert as SNS delivers it to a queue.
#[derive(Clone, Debug, Deserialize)]
pub struct Delivered {
    #[serde(rename = "Subject")]
    pub subject: String,
    #[serde(rename = "Message")]
    pub message: String,
}

impl Subscriber {
    /// Subscribes a new queue.
    ///
    /// # Errors
    /// When SQS or SNS refuses.
    pub async fn subscribe(deployment: &Deployment) -> Result<Self> {
        let sqs = aws_sdk_sqs::Client::new(&deployment.sdk);
        let name = deployment.names.within_stack("subscriber");
        let queue_url = sqs
            .create_queue()
            .queue_name(&name)
            .send()
            .await?
            .queue_url
            .context("SQS gave no URL")?;
        let arn = deployment.names.regional_arn("sqs", &name);
        let sns = aws_sdk_sns::Client::new(&deployment.sdk);
        sns.subscribe()
            .topic_arn(deployment.names.alerts_topic_arn())
            .protocol("sqs")
            .endpoint(arn)
            .send()
            .await?;
        Ok(Self { sqs, queue_url })
    }

    /// The next alert, within `bound`.
    ///
    /// # Errors
    /// When none comes in time.
    pub async fn next(&self, bound: Duration) -> Result<Delivered> {
        wait_until_some("an alert", bound, || self.receive_one()).await
    }

    /// An alert that is there already.
    ///
    /// # Errors
    /// When SQS refuses, or the message is not SNS's.
    pub async fn receive_one(&self) -> Result<Option<Delivered>> {
        let answer = self
            .sqs
            .receive_message()
            .queue_url(&self.queue_url)
            .max_number_of_messages(1)
            .send()
            .await?;
        let Some(message) = answer.messages.unwrap_or_default().pop() else { return Ok(None) };
        let receipt = message.receipt_handle.context("a message without a receipt handle")?;
        self.sqs.delete_message().queue_url(&self.queue_url).receipt_handle(receipt).send().await?;
        let body = message.body.context("a message without a body")?;
        Ok(Some(serde_json::from_str(&body).with_context(|| format!("reading `{body}`"))?))
    }
}
