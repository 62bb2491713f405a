use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::operation::delete_resource_policy::DeleteResourcePolicyOutput;
use aws_sdk_cloudwatchlogs::operation::describe_resource_policies::DescribeResourcePoliciesOutput;
use aws_sdk_cloudwatchlogs::operation::put_resource_policy::PutResourcePolicyOutput;
use aws_smithy_mocks::{Rule, mock};

use super::*;
use crate::testing::mocked::{self, client, refusal};

fn desired_log_resource_policy() -> LogResourcePolicy {
    LogResourcePolicy {
        log_group_arn: "arn:aws:logs:eu-central-1:111122223333:log-group:/efs-s3/backup/datasync"
            .into(),
        document: json!({ "Version": "2012-10-17", "Statement": [] }),
    }
}

fn resource_id() -> ResourceId {
    ResourceId::new("task-log-policy")
}

fn mock_describe(name: Option<&'static str>) -> Rule {
    mock!(Client::describe_resource_policies)
        .match_requests(|request| request.policy_scope() == Some(&PolicyScope::Resource))
        .then_output(move || {
            let policy = ResourcePolicy::builder()
                .set_policy_name(name.map(str::to_owned))
                .policy_document(r#"{ "Statement": [], "Version": "2012-10-17" }"#)
                .revision_id("7")
                .build();
            DescribeResourcePoliciesOutput::builder().resource_policies(policy).build()
        })
}

async fn read_live(describe: &Rule) -> Option<LiveResource> {
    let aws = Aws { logs: client!(aws_sdk_cloudwatchlogs, describe), ..mocked::aws() };
    desired_log_resource_policy().read(&aws, &resource_id()).await.unwrap()
}

#[tokio::test]
async fn one_with_a_name_of_old_and_one_without_are_read_alike() {
    for name in [Some("backup-datasync"), None] {
        let found = read_live(&mock_describe(name)).await.unwrap();
        assert_eq!(
            (found.state, found.managed),
            (json!(desired_log_resource_policy()), true),
            "{name:?}"
        );
    }
}

#[tokio::test]
async fn without_a_log_group_there_is_none() {
    let gone = mock!(Client::describe_resource_policies)
        .then_http_response(|| refusal(400, "ResourceNotFoundException", "no such log group"));
    assert_eq!(read_live(&gone).await, None);
}

#[tokio::test]
async fn requests_name_the_log_group_alone_and_its_last_revision() {
    let put = |revision: Option<&'static str>| {
        mock!(Client::put_resource_policy)
            .match_requests(move |request| {
                request.expected_revision_id() == revision
                    && request.policy_name().is_none()
                    && request.resource_arn() == Some(&desired_log_resource_policy().log_group_arn)
            })
            .then_output(|| PutResourcePolicyOutput::builder().build())
    };
    let found = read_live(&mock_describe(None)).await.unwrap();
    let (first, next) = (put(None), put(Some("7")));
    let delete = mock!(Client::delete_resource_policy)
        .match_requests(|request| {
            request.policy_name().is_none()
                && request.resource_arn() == Some(&desired_log_resource_policy().log_group_arn)
                && request.expected_revision_id() == Some("7")
        })
        .then_output(|| DeleteResourcePolicyOutput::builder().build());
    let aws =
        Aws { logs: client!(aws_sdk_cloudwatchlogs, &first, &next, &delete), ..mocked::aws() };
    desired_log_resource_policy().create(&aws, &resource_id()).await.unwrap();
    desired_log_resource_policy()
        .update(&aws, &resource_id(), &found, &["document".into()])
        .await
        .unwrap();
    desired_log_resource_policy().delete(&aws, &found).await.unwrap();
    assert_eq!((first.num_calls(), next.num_calls(), delete.num_calls()), (1, 1, 1));
}
