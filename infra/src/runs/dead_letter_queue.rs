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
        let messages = match receive_batch(sqs, queue).await {
            Ok(messages) => messages,
            Err(error) => {
                for message in found.values() {
                    // The caller needs the error of the read; the messages become visible again by
                    // themselves.
                    let _ = make_visible(sqs, queue, message.receipt_handle().unwrap_or_default())
                        .await;
                }
                return Err(error);
            }
        };
        let before = found.len();
        found.extend(
            messages
                .into_iter()
                .map(|message| (message.message_id().unwrap_or_default().to_owned(), message)),
        );
        empty = if found.len() == before { empty + 1 } else { 0 };
        if empty > 0 && !found.is_empty() && found.len() >= expected {
            break;
        }
    }
    Ok(found.into_values().collect())
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
mod tests {
    use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
    use aws_sdk_sqs::operation::change_message_visibility::ChangeMessageVisibilityOutput;
    use aws_sdk_sqs::operation::get_queue_attributes::GetQueueAttributesOutput;
    use aws_sdk_sqs::operation::receive_message::ReceiveMessageOutput;
    use aws_smithy_mocks::{
        MockResponseInterceptor, Rule, RuleMode, create_mock_http_client, mock,
    };

    use super::*;

    fn mock_client(rules: &[&Rule]) -> Client {
        let mock = MockResponseInterceptor::new().rule_mode(RuleMode::MatchAny);
        let mock = rules.iter().fold(mock, |mock, rule| mock.with_rule(rule));
        let config = aws_sdk_sqs::Config::builder().behavior_version(BehaviorVersion::latest());
        let config = config
            .region(Region::from_static("eu-central-1"))
            .http_client(create_mock_http_client());
        let config = config.credentials_provider(Credentials::for_tests()).interceptor(mock);
        Client::from_conf(config.build())
    }

    fn visible_number(visible: &'static str) -> Rule {
        mock!(Client::get_queue_attributes).then_output(move || {
            let attributes =
                [(QueueAttributeName::ApproximateNumberOfMessages, visible.to_owned())];
            GetQueueAttributesOutput::builder().set_attributes(Some(attributes.into())).build()
        })
    }

    fn receive_output(messages: &[(&str, &str)]) -> ReceiveMessageOutput {
        let message = |(id, receipt): &(&str, &str)| {
            Message::builder().message_id(*id).receipt_handle(*receipt).build()
        };
        ReceiveMessageOutput::builder()
            .set_messages(Some(messages.iter().map(message).collect()))
            .build()
    }

    /// Rules that match long polls only.
    macro_rules! answers {
        ($($messages:expr),+ $(,)?) => {
            mock!(Client::receive_message)
                .match_requests(|receive| receive.wait_time_seconds().is_some_and(|seconds| seconds > 0))
                .sequence()
                $(.output(|| receive_output(&$messages)))+
                .build()
        };
    }

    async fn received_messages(visible: &'static str, answers: &Rule) -> Vec<(String, String)> {
        let messages = receive_all(&mock_client(&[&visible_number(visible), answers]), "https://q")
            .await
            .unwrap();
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        messages
            .iter()
            .map(|message| (text(message.message_id()), text(message.receipt_handle())))
            .collect()
    }

    fn owned_pairs(messages: &[(&str, &str)]) -> Vec<(String, String)> {
        messages.iter().map(|(id, receipt)| ((*id).to_owned(), (*receipt).to_owned())).collect()
    }

    #[tokio::test]
    async fn an_empty_answer_does_not_end_the_reading() {
        let answers = answers![[], [("a", "1")], [], [("b", "2")], [], []];
        assert_eq!(
            received_messages("0", &answers).await,
            owned_pairs(&[("a", "1")]),
            "the number matches what was received"
        );
        let answers = answers![[], [("a", "1")], [], [("b", "2")], []];
        assert_eq!(received_messages("2", &answers).await, owned_pairs(&[("a", "1"), ("b", "2")]));
    }

    #[tokio::test]
    async fn two_empty_answers_end_it_though_the_number_is_too_high() {
        let answers = answers![[("a", "1")], [], []];
        assert_eq!(received_messages("7", &answers).await, owned_pairs(&[("a", "1")]));
        assert_eq!(received_messages("7", &answers![[], []]).await, []);
    }

    #[tokio::test]
    async fn more_than_the_number_are_read_while_they_come() {
        let answers = answers![[("a", "1")], [("b", "2")], [("c", "3")], []];
        assert_eq!(
            received_messages("1", &answers).await,
            owned_pairs(&[("a", "1"), ("b", "2"), ("c", "3")])
        );
    }

    #[tokio::test]
    async fn a_message_that_comes_twice_counts_once_with_its_newest_receipt() {
        let answers = answers![[("a", "1"), ("b", "2")], [("a", "3")], [("c", "4")], []];
        assert_eq!(
            received_messages("3", &answers).await,
            owned_pairs(&[("a", "3"), ("b", "2"), ("c", "4")])
        );
    }

    #[tokio::test]
    async fn what_was_received_before_a_failure_is_shown_again() {
        let answers = mock!(Client::receive_message)
            .sequence()
            .output(|| receive_output(&[("a", "1"), ("b", "2")]))
            .error(|| {
                let meta =
                    aws_sdk_sqs::error::ErrorMetadata::builder().code("AccessDenied").build();
                aws_sdk_sqs::operation::receive_message::ReceiveMessageError::generic(meta)
            })
            .build();
        let shown = mock!(Client::change_message_visibility)
            .match_requests(|change| change.visibility_timeout() == Some(0))
            .then_output(|| ChangeMessageVisibilityOutput::builder().build());
        let sqs = mock_client(&[&visible_number("2"), &answers, &shown]);
        receive_all(&sqs, "https://q").await.unwrap_err();
        assert_eq!(shown.num_calls(), 2);
    }
}
