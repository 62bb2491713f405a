use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sqs::operation::change_message_visibility::ChangeMessageVisibilityOutput;
use aws_sdk_sqs::operation::get_queue_attributes::GetQueueAttributesOutput;
use aws_sdk_sqs::operation::receive_message::ReceiveMessageOutput;
use aws_smithy_mocks::{MockResponseInterceptor, Rule, RuleMode, create_mock_http_client, mock};

use super::*;

fn mock_client(rules: &[&Rule]) -> Client {
    let mock = MockResponseInterceptor::new().rule_mode(RuleMode::MatchAny);
    let mock = rules.iter().fold(mock, |mock, rule| mock.with_rule(rule));
    let config = aws_sdk_sqs::Config::builder().behavior_version(BehaviorVersion::latest());
    let config =
        config.region(Region::from_static("eu-central-1")).http_client(create_mock_http_client());
    let config = config.credentials_provider(Credentials::for_tests()).interceptor(mock);
    Client::from_conf(config.build())
}

fn visible_number(visible: &'static str) -> Rule {
    mock!(Client::get_queue_attributes).then_output(move || {
        let attributes = [(QueueAttributeName::ApproximateNumberOfMessages, visible.to_owned())];
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
            .match_requests(|receive| {
                receive.wait_time_seconds().is_some_and(|seconds| seconds > 0)
            })
            .sequence()
            $(.output(|| receive_output(&$messages)))+
            .build()
    };
}

async fn received_messages(visible: &'static str, answers: &Rule) -> Vec<(String, String)> {
    let messages =
        receive_all(&mock_client(&[&visible_number(visible), answers]), "https://q").await.unwrap();
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
            let meta = aws_sdk_sqs::error::ErrorMetadata::builder().code("AccessDenied").build();
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
