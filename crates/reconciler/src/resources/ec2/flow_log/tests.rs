use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::create_flow_logs::CreateFlowLogsOutput;
use aws_sdk_ec2::operation::create_tags::CreateTagsOutput;
use aws_sdk_ec2::operation::delete_flow_logs::DeleteFlowLogsOutput;
use aws_sdk_ec2::operation::describe_flow_logs::DescribeFlowLogsOutput;
use aws_sdk_ec2::types::UnsuccessfulItemError;
use aws_smithy_mocks::{Rule, mock};

use super::*;
use crate::resources::ec2::testing::{managed_tags, refusal_saying};
use crate::testing::mocked::{self, client};

fn desired_flow_log() -> FlowLog {
    FlowLog {
        vpc_id: "vpc-1".into(),
        log_group_name: "/efs-s3/backup/vpc-flow-log".into(),
        role_arn: "arn:role".into(),
        traffic_type: "ALL".into(),
        max_aggregation_seconds: 600,
        duplicates: Vec::new(),
    }
}

fn resource_id() -> ResourceId {
    ResourceId::new("flow-log")
}

fn sdk_flow_log(log_id: &str, vpc_id: &str) -> Described {
    let log =
        Described::builder().flow_log_id(log_id).resource_id(vpc_id).traffic_type("ALL".into());
    let log =
        log.log_group_name("/efs-s3/backup/vpc-flow-log").deliver_logs_permission_arn("arn:role");
    log.max_aggregation_interval(600).set_tags(managed_tags("flow-log")).build()
}

fn mock_describe(logs: &'static [(&'static str, &'static str)]) -> Rule {
    mock!(Client::describe_flow_logs)
        .match_requests(|request| request.filter().len() == 2)
        .then_output(|| {
            let logs = logs.iter().map(|(log_id, vpc_id)| sdk_flow_log(log_id, vpc_id)).collect();
            DescribeFlowLogsOutput::builder().set_flow_logs(Some(logs)).build()
        })
}

fn of_our_vpc(logs: fn() -> Vec<Described>) -> Rule {
    mock!(Client::describe_flow_logs)
        .match_requests(
            |request| matches!(request.filter(), [filter] if filter.name() == Some("resource-id")),
        )
        .then_output(move || DescribeFlowLogsOutput::builder().set_flow_logs(Some(logs())).build())
}

fn unsuccessful_item(code: &str) -> UnsuccessfulItem {
    let error = UnsuccessfulItemError::builder().code(code).message("refused").build();
    UnsuccessfulItem::builder().error(error).build()
}

fn answers_create(code: Option<&'static str>) -> Rule {
    mock!(Client::create_flow_logs)
        .match_requests(|request| {
            request.resource_ids() == ["vpc-1"] && request.tag_specifications().len() == 1
        })
        .then_output(move || {
            CreateFlowLogsOutput::builder()
                .set_unsuccessful(code.map(|code| vec![unsuccessful_item(code)]))
                .build()
        })
}

fn answers_delete(ids: &'static [&'static str], codes: &'static [&'static str]) -> Rule {
    mock!(Client::delete_flow_logs)
        .match_requests(move |request| request.flow_log_ids() == ids)
        .then_output(|| {
            let refused = codes.iter().map(|code| unsuccessful_item(code)).collect();
            DeleteFlowLogsOutput::builder().set_unsuccessful(Some(refused)).build()
        })
}

async fn read_live(rule: &Rule) -> Option<LiveResource> {
    let aws = Aws { ec2: client!(aws_sdk_ec2, rule, &of_our_vpc(Vec::new)), ..mocked::aws() };
    desired_flow_log().read(&aws, &resource_id()).await.unwrap()
}

#[tokio::test]
async fn it_is_read_as_it_is_desired_and_others_beside_it_show() {
    let found = read_live(&mock_describe(&[("fl-1", "vpc-1")])).await.unwrap();
    assert_eq!((found.state.clone(), found.attribute("id")), (json!(desired_flow_log()), "fl-1"));
    assert_eq!(read_live(&mock_describe(&[])).await, None);
    let found =
        read_live(&mock_describe(&[("fl-1", "vpc-0"), ("fl-2", "vpc-1"), ("fl-3", "vpc-1")]))
            .await
            .unwrap();
    assert_eq!(
        (found.attribute("id"), &found.state["duplicates"]),
        ("fl-2", &json!(["fl-1", "fl-3"]))
    );
}

#[test]
fn what_an_answer_leaves_out_is_as_desired() {
    let sparse = |destination: &str| {
        let log = Described::builder()
            .flow_log_id("fl-1")
            .resource_id("vpc-1")
            .traffic_type("ALL".into());
        desired_flow_log().state_of(&log.log_destination(destination).build(), Vec::new())
    };
    assert_eq!(sparse("/efs-s3/backup/vpc-flow-log"), json!(desired_flow_log()));
    assert_eq!(
        sparse("arn:aws:logs:x:1:log-group:/efs-s3/backup/vpc-flow-log:*"),
        json!(desired_flow_log())
    );
    assert_ne!(sparse("/another"), json!(desired_flow_log()));
}

#[tokio::test(start_paused = true)]
async fn create_waits_for_its_role_to_be_known_and_no_longer() {
    let unknown = || refusal_saying("InvalidParameter", "Unable to assume given IAM role");
    let create = mock!(Client::create_flow_logs)
        .sequence()
        .http_response(unknown)
        .output(|| CreateFlowLogsOutput::builder().build())
        .http_response(|| refusal_saying("InvalidParameter", "traffic type"))
        .build();
    let aws = Aws {
        ec2: client!(aws_sdk_ec2, &create, &mock_describe(&[]), &of_our_vpc(Vec::new)),
        ..mocked::aws()
    };
    desired_flow_log().create(&aws, &resource_id()).await.unwrap();
    assert_eq!(create.num_calls(), 2);
    desired_flow_log().create(&aws, &resource_id()).await.unwrap_err();
    assert_eq!(create.num_calls(), 3);
}

#[tokio::test]
async fn a_repeated_create_makes_no_second() {
    let create = answers_create(None);
    let aws = Aws {
        ec2: client!(aws_sdk_ec2, &create, &mock_describe(&[("fl-1", "vpc-1")])),
        ..mocked::aws()
    };
    desired_flow_log().create(&aws, &resource_id()).await.unwrap();
    assert_eq!(create.num_calls(), 0);
}

#[tokio::test]
async fn a_refusal_in_an_answer_that_says_200_is_one() {
    let none = (mock_describe(&[]), of_our_vpc(Vec::new));
    for (code, succeeds) in
        [(None, true), (Some("FlowLogAlreadyExists"), false), (Some("Unauthorized"), false)]
    {
        let aws = Aws {
            ec2: client!(aws_sdk_ec2, &answers_create(code), &none.0, &none.1),
            ..mocked::aws()
        };
        assert_eq!(
            desired_flow_log().create(&aws, &resource_id()).await.is_ok(),
            succeeds,
            "{code:?}"
        );
    }
}

#[tokio::test]
async fn one_without_tags_is_taken_over_if_it_is_just_as_desired() {
    let (tagless, others) =
        (of_our_vpc(|| vec![without_tags(600)]), of_our_vpc(|| vec![without_tags(60)]));
    let tag = mock!(Client::create_tags)
        .match_requests(|request| {
            request.resources() == ["fl-1"]
                && Some(request.tags().to_vec()) == managed_tags("flow-log")
        })
        .then_output(|| CreateTagsOutput::builder().build());
    let aws =
        Aws { ec2: client!(aws_sdk_ec2, &mock_describe(&[]), &tagless, &tag), ..mocked::aws() };
    assert_eq!(
        desired_flow_log().read(&aws, &resource_id()).await.unwrap().unwrap().state["tagged"],
        false
    );
    desired_flow_log().create(&aws, &resource_id()).await.unwrap();
    assert_eq!(tag.num_calls(), 1);
    let aws = Aws { ec2: client!(aws_sdk_ec2, &mock_describe(&[]), &others), ..mocked::aws() };
    assert_eq!(desired_flow_log().read(&aws, &resource_id()).await.unwrap(), None);
}

fn without_tags(seconds: i32) -> Described {
    let log =
        Described::builder().flow_log_id("fl-1").resource_id("vpc-1").traffic_type("ALL".into());
    log.log_group_name("/efs-s3/backup/vpc-flow-log").max_aggregation_interval(seconds).build()
}

#[tokio::test]
async fn duplicates_go_and_it_stays() {
    let found = read_live(&mock_describe(&[("fl-1", "vpc-1"), ("fl-2", "vpc-1")])).await.unwrap();
    let delete = answers_delete(&["fl-2"], &[]);
    let aws = Aws { ec2: client!(aws_sdk_ec2, &delete), ..mocked::aws() };
    desired_flow_log().update(&aws, &resource_id(), &found, &["duplicates".into()]).await.unwrap();
    assert_eq!(delete.num_calls(), 1);
}

#[tokio::test]
async fn all_of_them_are_deleted_and_one_that_is_gone_is_deleted_already() {
    let found = read_live(&mock_describe(&[("fl-1", "vpc-1"), ("fl-2", "vpc-1")])).await.unwrap();
    for (codes, succeeds) in [
        (&[][..], true),
        (&["InvalidFlowLogId.NotFound"], true),
        (&["InvalidFlowLogId.NotFound", "Unauthorized"], false),
    ] {
        let aws = Aws {
            ec2: client!(aws_sdk_ec2, &answers_delete(&["fl-1", "fl-2"], codes)),
            ..mocked::aws()
        };
        assert_eq!(desired_flow_log().delete(&aws, &found).await.is_ok(), succeeds, "{codes:?}");
    }
}
