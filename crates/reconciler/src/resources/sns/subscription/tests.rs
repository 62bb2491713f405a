use aws_sdk_sns::Client;
use aws_sdk_sns::operation::list_subscriptions_by_topic::ListSubscriptionsByTopicOutput;
use aws_sdk_sns::operation::subscribe::SubscribeOutput;
use aws_smithy_mocks::{Rule, mock};

use super::*;
use crate::testing::mocked::{self, client, xml_refusal};

fn desired_subscription() -> Subscription {
    Subscription {
        topic_arn: "arn:topic".into(),
        protocol: "email".into(),
        endpoint: "ops@example.org".into(),
    }
}

fn resource_id() -> ResourceId {
    ResourceId::new("subscription-1")
}

fn mock_list() -> Rule {
    mock!(Client::list_subscriptions_by_topic).then_output(|| {
        let subscription = |endpoint| {
            let subscription =
                aws_sdk_sns::types::Subscription::builder().protocol("email").endpoint(endpoint);
            subscription.subscription_arn(PENDING).build()
        };
        let all = [subscription("other@example.org"), subscription("ops@example.org")];
        ListSubscriptionsByTopicOutput::builder().set_subscriptions(Some(all.into())).build()
    })
}

#[tokio::test]
async fn it_is_found_by_protocol_and_endpoint_even_unconfirmed() {
    let aws = Aws { sns: client!(aws_sdk_sns, &mock_list()), ..mocked::aws() };
    let found = desired_subscription().read(&aws, &resource_id()).await.unwrap().unwrap();
    assert_eq!(found.state, json!(desired_subscription()));
    let other = Subscription { protocol: "https".into(), ..desired_subscription() };
    assert_eq!(other.read(&aws, &resource_id()).await.unwrap(), None);
    desired_subscription().delete(&aws, &found).await.unwrap();
}

/// It may have been made again since: then both are listed.
#[tokio::test]
async fn one_that_was_removed_is_absent_though_sns_still_lists_it() {
    let listed = |arns: &'static [&'static str]| {
        mock!(Client::list_subscriptions_by_topic).then_output(move || {
            let subscription = |arn: &&str| {
                let subscription = aws_sdk_sns::types::Subscription::builder().protocol("email");
                subscription.endpoint("ops@example.org").subscription_arn(*arn).build()
            };
            let all = arns.iter().map(subscription).collect();
            ListSubscriptionsByTopicOutput::builder().set_subscriptions(Some(all)).build()
        })
    };
    let read = async |rule| {
        let aws = Aws { sns: client!(aws_sdk_sns, &rule), ..mocked::aws() };
        desired_subscription()
            .read(&aws, &resource_id())
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
    assert_eq!(desired_subscription().read(&aws, &resource_id()).await.unwrap(), None);
    let nameless =
        Subscription { topic_arn: "${alerts-topic.arn}".into(), ..desired_subscription() };
    assert_eq!(nameless.read(&mocked::aws(), &resource_id()).await.unwrap(), None);
}

#[tokio::test]
async fn creating_subscribes() {
    let subscribe = mock!(Client::subscribe)
        .match_requests(|request| {
            request.endpoint() == Some("ops@example.org") && request.protocol() == Some("email")
        })
        .then_output(|| SubscribeOutput::builder().build());
    let aws = Aws { sns: client!(aws_sdk_sns, &subscribe), ..mocked::aws() };
    desired_subscription().create(&aws, &resource_id()).await.unwrap();
    assert_eq!(subscribe.num_calls(), 1);
}
