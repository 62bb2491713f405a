use aws_sdk_sns::Client;
use aws_sdk_sns::operation::create_topic::CreateTopicOutput;
use aws_sdk_sns::operation::get_topic_attributes::GetTopicAttributesOutput;
use aws_sdk_sns::operation::list_tags_for_resource::ListTagsForResourceOutput;
use aws_sdk_sns::operation::set_topic_attributes::SetTopicAttributesOutput;
use aws_smithy_mocks::{Rule, mock};

use super::*;
use crate::testing::mocked::{self, client, xml_refusal};

const ARN: &str = "arn:aws:sns:eu-central-1:111122223333:backup-alerts";

fn desired_topic() -> Topic {
    Topic::private(
        "backup-alerts",
        ARN,
        "111122223333",
        "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:backup-*",
    )
}

fn resource_id() -> ResourceId {
    ResourceId::new("alerts")
}

fn mock_tags(stack: &'static str) -> Rule {
    mock!(Client::list_tags_for_resource).then_output(move || {
        let tag = |key, value| Tag::builder().key(key).value(value).build().unwrap();
        let tags = [tag("efs-s3:stack", stack), tag("efs-s3:resource", "alerts")];
        ListTagsForResourceOutput::builder().set_tags(Some(tags.into())).build()
    })
}

fn mock_attributes() -> Rule {
    mock!(Client::get_topic_attributes).then_output(|| {
        GetTopicAttributesOutput::builder()
            .attributes("Policy", desired_topic().policy.to_string())
            .build()
    })
}

#[tokio::test]
async fn ours_is_read_as_it_is_desired() {
    let aws = Aws {
        sns: client!(aws_sdk_sns, &mock_attributes(), &mock_tags("backup")),
        ..mocked::aws()
    };
    let found = desired_topic().read(&aws, &resource_id()).await.unwrap().unwrap();
    assert_eq!((found.state.clone(), found.managed), (json!(desired_topic()), true));
    assert_eq!(found.attribute("arn"), ARN);
}

#[tokio::test]
async fn one_of_another_stack_is_not_ours() {
    let aws = Aws {
        sns: client!(aws_sdk_sns, &mock_attributes(), &mock_tags("another")),
        ..mocked::aws()
    };
    assert!(!desired_topic().read(&aws, &resource_id()).await.unwrap().unwrap().managed);
}

#[tokio::test]
async fn absent_is_an_answer_and_denied_an_error() {
    let answer = async |status, code| {
        let get = mock!(Client::get_topic_attributes)
            .then_http_response(move || xml_refusal(status, code));
        let aws = Aws { sns: client!(aws_sdk_sns, &get), ..mocked::aws() };
        desired_topic().read(&aws, &resource_id()).await
    };
    assert_eq!(answer(404, "NotFound").await.unwrap(), None);
    let denied = answer(403, "AuthorizationError").await.unwrap_err();
    assert_eq!(denied.to_string(), format!("reading SNS topic `{ARN}`"));
}

#[tokio::test]
async fn it_is_born_with_tags_and_policy_and_changed_in_place() {
    let create = mock!(Client::create_topic)
        .match_requests(|request| {
            let tags: Vec<_> = request.tags().iter().map(|tag| (tag.key(), tag.value())).collect();
            let policy = request.attributes().and_then(|attributes| attributes.get("Policy"));
            tags == [("efs-s3:stack", "backup"), ("efs-s3:resource", "alerts")]
                && policy == Some(&desired_topic().policy.to_string())
        })
        .then_output(|| CreateTopicOutput::builder().build());
    let set = mock!(Client::set_topic_attributes)
        .match_requests(|request| {
            request.topic_arn() == Some(ARN) && request.attribute_name() == Some("Policy")
        })
        .then_output(|| SetTopicAttributesOutput::builder().build());
    let no_key = mock!(Client::set_topic_attributes)
        .match_requests(|request| {
            request.attribute_name() == Some(KMS_KEY) && request.attribute_value() == Some("")
        })
        .then_output(|| SetTopicAttributesOutput::builder().build());
    let aws = Aws { sns: client!(aws_sdk_sns, &create, &set, &no_key), ..mocked::aws() };
    desired_topic().create(&aws, &resource_id()).await.unwrap();
    let found = LiveResource { state: Value::Null, attributes: BTreeMap::new(), managed: true };
    desired_topic().update(&aws, &resource_id(), &found, &["policy".into()]).await.unwrap();
    assert_eq!((create.num_calls(), set.num_calls(), no_key.num_calls()), (1, 1, 0));
    desired_topic().update(&aws, &resource_id(), &found, &["kms_key".into()]).await.unwrap();
    assert_eq!((set.num_calls(), no_key.num_calls()), (1, 1));
}
