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

fn desired_queue() -> Queue {
    Queue::dead_letters(
        "backup-undelivered",
        ARN,
        "events.amazonaws.com",
        "arn:aws:events:eu-central-1:111122223333:rule/backup-*",
    )
}

fn resource_id() -> ResourceId {
    ResourceId::new("undelivered-queue")
}

fn mock_url() -> Rule {
    mock!(Client::get_queue_url)
        .then_output(|| GetQueueUrlOutput::builder().queue_url("https://q").build())
}

fn mock_describe() -> Rule {
    mock!(Client::get_queue_attributes).then_output(|| {
        let attributes = desired_queue()
            .desired_attributes()
            .into_iter()
            .chain([(QueueAttributeName::QueueArn, ARN.to_owned())]);
        GetQueueAttributesOutput::builder().set_attributes(Some(attributes.collect())).build()
    })
}

fn mock_tags(stack: &'static str) -> Rule {
    mock!(Client::list_queue_tags).then_output(move || {
        let tags = [("efs-s3:stack", stack), ("efs-s3:resource", "undelivered-queue")];
        let tags = tags.map(|(key, value)| (key.to_owned(), value.to_owned()));
        ListQueueTagsOutput::builder().set_tags(Some(tags.into())).build()
    })
}

#[tokio::test]
async fn ours_is_read_as_it_is_desired() {
    let aws = Aws {
        sqs: client!(aws_sdk_sqs, &mock_url(), &mock_describe(), &mock_tags("backup")),
        ..mocked::aws()
    };
    let found = desired_queue().read(&aws, &resource_id()).await.unwrap().unwrap();
    assert_eq!((found.state.clone(), found.managed), (json!(desired_queue()), true));
    assert_eq!((found.attribute("arn"), found.attribute("url")), (ARN, "https://q"));
    let aws = Aws {
        sqs: client!(aws_sdk_sqs, &mock_url(), &mock_describe(), &mock_tags("another")),
        ..mocked::aws()
    };
    assert!(!desired_queue().read(&aws, &resource_id()).await.unwrap().unwrap().managed);
}

#[tokio::test]
async fn absent_is_an_answer_and_denied_an_error() {
    let answer = async |code: &'static str| {
        let get = mock!(Client::get_queue_url).then_http_response(move || refusal(400, code, ""));
        desired_queue()
            .read(&Aws { sqs: client!(aws_sdk_sqs, &get), ..mocked::aws() }, &resource_id())
            .await
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
    desired_queue()
        .create(&Aws { sqs: client!(aws_sdk_sqs, &create), ..mocked::aws() }, &resource_id())
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
    desired_queue().update(&aws, &resource_id(), &found, &["policy".into()]).await.unwrap();
    assert_eq!(set.num_calls(), 1);
}
