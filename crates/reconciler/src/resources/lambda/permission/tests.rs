use aws_sdk_lambda::Client;
use aws_sdk_lambda::operation::add_permission::AddPermissionOutput;
use aws_sdk_lambda::operation::get_policy::GetPolicyOutput;
use aws_smithy_mocks::{Rule, mock};

use super::*;
use crate::testing::mocked::{self, client, refusal};

fn desired_permission() -> Permission {
    Permission {
        function: "backup-start".into(),
        statement_id: "tick".into(),
        principal: "events.amazonaws.com".into(),
        source_arn: "arn:aws:events:eu-central-1:111122223333:rule/tick".into(),
    }
}

fn resource_id() -> ResourceId {
    ResourceId::new("tick-permission")
}

/// A policy as Lambda writes it (Lambda API reference, `GetPolicy`).
fn mock_policy(statement_id: &'static str) -> Rule {
    mock!(Client::get_policy).then_output(move || {
        let statement = json!({
            "Sid": statement_id,
            "Effect": "Allow",
            "Principal": { "Service": "events.amazonaws.com" },
            "Action": "lambda:InvokeFunction",
            "Resource": "arn:aws:lambda:eu-central-1:111122223333:function:backup-start",
            "Condition": {
                "StringEquals": { "AWS:SourceAccount": "111122223333" },
                "ArnLike": { "AWS:SourceArn": desired_permission().source_arn },
            },
        });
        let policy = json!({"Version": "2012-10-17", "Id": "default", "Statement": [statement]});
        GetPolicyOutput::builder().policy(policy.to_string()).build()
    })
}

async fn read_live(answer: &Rule) -> Option<LiveResource> {
    let aws = Aws { lambda: client!(aws_sdk_lambda, answer), ..mocked::aws() };
    desired_permission().read(&aws, &resource_id()).await.unwrap()
}

#[tokio::test]
async fn an_observation_reads_the_policy_of_a_function_once() {
    let policy = mock_policy("tick");
    let aws = Aws { lambda: client!(aws_sdk_lambda, &policy), ..mocked::aws() };
    let observation = aws.with_own_cache();
    for (statement_id, there) in [("tick", true), ("other", false)] {
        let one = Permission { statement_id: statement_id.to_owned(), ..desired_permission() };
        let found = one.read(&observation, &resource_id()).await.unwrap();
        assert_eq!(found.is_some(), there, "{statement_id}");
    }
    assert_eq!(policy.num_calls(), 1);
}

#[tokio::test]
async fn a_statement_is_found_by_its_id() {
    assert_eq!(read_live(&mock_policy("tick")).await.unwrap().state, json!(desired_permission()));
    assert_eq!(read_live(&mock_policy("another")).await, None);
    let none = mock!(Client::get_policy)
        .then_http_response(|| refusal(404, "ResourceNotFoundException", "none"));
    assert_eq!(read_live(&none).await, None);
}

#[tokio::test]
async fn without_its_function_there_is_none_and_without_its_rule_there_may_be() {
    let orphan = Permission { function: "${start.name}".into(), ..desired_permission() };
    assert_eq!(orphan.read(&mocked::aws(), &resource_id()).await.unwrap(), None);

    let outlived = Permission { source_arn: "${tick-rule.arn}".into(), ..desired_permission() };
    let aws = Aws { lambda: client!(aws_sdk_lambda, &mock_policy("tick")), ..mocked::aws() };
    assert_eq!(
        outlived.read(&aws, &resource_id()).await.unwrap().unwrap().state,
        json!(desired_permission())
    );
}

#[tokio::test]
async fn it_is_bound_to_rule_and_account() {
    let add = mock!(Client::add_permission)
        .match_requests(|request| {
            request.source_account() == Some("111122223333")
                && request.source_arn() == Some(&desired_permission().source_arn)
                && request.action() == Some("lambda:InvokeFunction")
        })
        .then_output(|| AddPermissionOutput::builder().build());
    let aws = Aws { lambda: client!(aws_sdk_lambda, &add), ..mocked::aws() };
    desired_permission().create(&aws, &resource_id()).await.unwrap();
    assert_eq!(add.num_calls(), 1);
}

#[tokio::test]
async fn of_the_two_conflicts_only_one_is_an_earlier_call() {
    let create = async |message| {
        let add = mock!(Client::add_permission)
            .then_http_response(move || refusal(409, "ResourceConflictException", message));
        let aws = Aws { lambda: client!(aws_sdk_lambda, &add), ..mocked::aws() };
        desired_permission().create(&aws, &resource_id()).await
    };
    create("The statement id (tick) provided already exists.").await.unwrap();
    let error = create("The operation cannot be performed at this time.").await.unwrap_err();
    assert_eq!(error.to_string(), "adding Lambda permission `tick` of `backup-start`");
}
