//! Reads all messages of the dead-letter queue and leaves them in it.
//!
//! A short poll asks a subset of the servers of SQS and may return nothing although there are
//! messages; a long poll (`WaitTimeSeconds` above 0) asks all of them. Numbers of messages are
//! approximate, and a message may be returned twice (SQS Developer Guide, "Amazon SQS short and
//! long polling", "At-least-once delivery").

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use aws::SdkFailure;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, QueueAttributeName};

use crate::access::Access;

pub(crate) const ACCESS: Access = Access {
    stack: &["sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
    ..Access::NONE
};

/// The access that deletes messages.
pub(crate) const REMOVE_ACCESS: Access = Access { stack: &["sqs:DeleteMessage"], ..Access::NONE };

/// The visibility timeout: the seconds for which a received message is hidden from other readers.
const HIDDEN_SECONDS: i32 = 60;
/// The maximum of SQS for one call.
const AT_ONCE: i32 = 10;
/// The wait time of a long poll, which ends as soon as there is a message.
const WAIT_SECONDS: i32 = 2;
/// The number of responses in a row without a new message that end the reading, whatever the
/// approximate number is.
const MAX_EMPTY_RESPONSES: usize = 2;

/// Returns every visible message once, with its newest receipt. They are hidden from other readers
/// for a minute.
pub(crate) async fn receive_all(sqs: &Client, queue: &str) -> Result<Vec<Message>> {
    let expected = approximate_number(sqs, queue).await?;
    let mut found: BTreeMap<String, Message> = BTreeMap::new();
    let mut empty = 0;
    while empty < MAX_EMPTY_RESPONSES {
        let received = receive_batch(sqs, queue).await;
        if received.is_err() {
            release_all(sqs, queue, found.values()).await;
        }
        let messages = received?;
        let before = found.len();
        found.extend(messages.into_iter().map(|message| (id_of(&message), message)));
        empty = if found.len() == before { empty + 1 } else { 0 };
        if empty > 0 && !found.is_empty() && found.len() >= expected {
            break;
        }
    }
    Ok(found.into_values().collect())
}

fn id_of(message: &Message) -> String {
    message.message_id().unwrap_or_default().to_owned()
}

/// Makes the messages visible where it can.
async fn release_all(sqs: &Client, queue: &str, messages: impl Iterator<Item = &Message>) {
    for message in messages {
        // The caller needs the error of the read; the messages become visible again by themselves.
        let _ = make_visible(sqs, queue, message.receipt_handle().unwrap_or_default()).await;
    }
}

async fn receive_batch(sqs: &Client, queue: &str) -> Result<Vec<Message>> {
    let receive = sqs.receive_message().queue_url(queue).max_number_of_messages(AT_ONCE);
    let receive = receive.wait_time_seconds(WAIT_SECONDS).visibility_timeout(HIDDEN_SECONDS);
    let receive = receive.message_attribute_names("All");
    let receive = receive.message_system_attribute_names(MessageSystemAttributeName::SentTimestamp);
    let answer =
        receive.send().await.map_err(SdkFailure::from).context("reading the dead-letter queue")?;
    Ok(answer.messages.unwrap_or_default())
}

/// Returns the approximate number of visible messages.
async fn approximate_number(sqs: &Client, queue: &str) -> Result<usize> {
    let number = QueueAttributeName::ApproximateNumberOfMessages;
    let get = sqs.get_queue_attributes().queue_url(queue).attribute_names(number.clone());
    let answer = get.send().await.map_err(SdkFailure::from).context("counting the dead letters")?;
    Ok(answer
        .attributes()
        .and_then(|all| all.get(&number))
        .and_then(|text| text.parse().ok())
        .unwrap_or_default())
}

/// Makes a received message visible again. A message whose visibility timeout has passed, or that
/// was deleted, stays as it is.
pub(crate) async fn make_visible(sqs: &Client, queue: &str, receipt: &str) -> Result<()> {
    let change = sqs
        .change_message_visibility()
        .queue_url(queue)
        .receipt_handle(receipt)
        .visibility_timeout(0);
    match change.send().await.map_err(SdkFailure::from) {
        // SQS API reference, `ChangeMessageVisibility`: `MessageNotInflight`; for one that was
        // deleted, `InvalidParameterValue`.
        Err(failure) if !failure.is(&["MessageNotInflight", "InvalidParameterValue"]) => {
            Err(failure).context("making an event in the dead-letter queue visible again")
        }
        _ => Ok(()),
    }
}

/// Deletes a received message.
pub(crate) async fn delete_message(sqs: &Client, queue: &str, receipt: &str) -> Result<()> {
    let delete = sqs.delete_message().queue_url(queue).receipt_handle(receipt);
    delete
        .send()
        .await
        .map_err(SdkFailure::from)
        .context("deleting an event from the dead-letter queue")?;
    Ok(())
}

#[cfg(test)]
mod tests;
