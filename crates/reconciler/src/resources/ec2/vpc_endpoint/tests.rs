use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::create_vpc_endpoint::CreateVpcEndpointOutput;
use aws_sdk_ec2::operation::delete_vpc_endpoints::DeleteVpcEndpointsOutput;
use aws_sdk_ec2::operation::describe_vpc_endpoints::DescribeVpcEndpointsOutput;
use aws_sdk_ec2::operation::modify_vpc_endpoint::ModifyVpcEndpointOutput;
use aws_sdk_ec2::types::{UnsuccessfulItem, UnsuccessfulItemError};
use aws_smithy_mocks::{Rule, mock};

use serde_json::json;

use super::*;
use crate::resources::ec2::duplicates::duplicate_ids;
use crate::resources::ec2::testing::{ec2_refusal, managed_tags};
use crate::testing::mocked::{self, client};

fn desired_vpc_endpoint() -> VpcEndpoint {
    VpcEndpoint {
        vpc_id: "vpc-1".into(),
        service_name: "com.amazonaws.eu-central-1.s3".into(),
        endpoint_type: EndpointType::Gateway,
        route_table_ids: vec!["rtb-2".into(), "rtb-1".into()],
        subnet_ids: Vec::new(),
        security_group_ids: Vec::new(),
        private_dns: false,
        policy: json!({"Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"},
        ]}),
        duplicates: Vec::new(),
    }
}

fn resource_id() -> ResourceId {
    ResourceId::new("s3-endpoint")
}

fn sdk_vpc_endpoint(endpoint_id: &str, route_table_ids: &[&str], state: &str) -> Described {
    let tables = route_table_ids.iter().map(|&id| id.to_owned()).collect();
    let endpoint =
        Described::builder().vpc_endpoint_id(endpoint_id).vpc_id("vpc-1").state(state.into());
    let endpoint =
        endpoint.service_name("com.amazonaws.eu-central-1.s3").set_route_table_ids(Some(tables));
    endpoint
        .policy_document(desired_vpc_endpoint().policy.to_string())
        .set_tags(managed_tags("s3-endpoint"))
        .build()
}

fn mock_describe(endpoints: Vec<Described>) -> Rule {
    mock!(Client::describe_vpc_endpoints).then_output(move || {
        DescribeVpcEndpointsOutput::builder().set_vpc_endpoints(Some(endpoints.clone())).build()
    })
}

async fn read_live(endpoints: Vec<Described>) -> Option<LiveResource> {
    let aws = Aws { ec2: client!(aws_sdk_ec2, &mock_describe(endpoints)), ..mocked::aws() };
    desired_vpc_endpoint().read(&aws, &resource_id()).await.unwrap()
}

fn usual_vpc_endpoint() -> Described {
    sdk_vpc_endpoint("vpce-1", &["rtb-1", "rtb-2"], "available")
}

#[tokio::test]
async fn it_is_read_as_it_is_desired_whatever_the_order_of_its_route_tables() {
    let found = read_live(vec![usual_vpc_endpoint()]).await.unwrap();
    assert_eq!(found.state, json!(desired_vpc_endpoint()));
    assert_eq!(found.attribute("arn"), "arn:aws:ec2:eu-central-1:111122223333:vpc-endpoint/vpce-1");
    let found = read_live(vec![
        Described::builder()
            .set_policy_document(None)
            .set_tags(managed_tags("s3-endpoint"))
            .build(),
    ]);
    assert_eq!(found.await.unwrap().state["policy"], desired_vpc_endpoint().policy);
}

#[tokio::test]
async fn what_goes_or_is_anothers_is_absent() {
    for state in ["deleting", "Deleted", "failed"] {
        assert_eq!(read_live(vec![sdk_vpc_endpoint("vpce-1", &[], state)]).await, None, "{state}");
    }
    let mut anothers = usual_vpc_endpoint();
    anothers.tags = managed_tags("another");
    assert_eq!(read_live(vec![anothers]).await, None);
}

#[tokio::test(start_paused = true)]
async fn create_is_by_token_and_repeated_makes_no_second() {
    let create = mock!(Client::create_vpc_endpoint)
        .match_requests(|request| {
            let token = client_token(&mocked::aws(), &resource_id(), &desired_vpc_endpoint(), 0);
            let policy = request.policy_document()
                == Some(desired_vpc_endpoint().policy.to_string().as_str());
            let tags = request.tag_specifications()[0].tags == managed_tags("s3-endpoint");
            policy && tags && request.client_token() == Some(token.as_str())
        })
        .then_output(|| {
            CreateVpcEndpointOutput::builder().vpc_endpoint(usual_vpc_endpoint()).build()
        });
    let none = mock!(Client::describe_vpc_endpoints)
        .match_requests(|request| request.vpc_endpoint_ids().is_empty())
        .then_output(|| DescribeVpcEndpointsOutput::builder().build());
    let aws = Aws {
        ec2: client!(aws_sdk_ec2, &none, &create, &mock_describe(vec![usual_vpc_endpoint()])),
        ..mocked::aws()
    };
    desired_vpc_endpoint().create(&aws, &resource_id()).await.unwrap();
    assert_eq!(create.num_calls(), 1);
    let aws = Aws {
        ec2: client!(aws_sdk_ec2, &create, &mock_describe(vec![usual_vpc_endpoint()])),
        ..mocked::aws()
    };
    desired_vpc_endpoint().create(&aws, &resource_id()).await.unwrap();
    assert_eq!(create.num_calls(), 1);
}

#[tokio::test]
async fn only_what_differs_is_changed_in_place() {
    let found = read_live(vec![sdk_vpc_endpoint("vpce-1", &["rtb-1", "rtb-3"], "available")])
        .await
        .unwrap();
    let routes = mock!(Client::modify_vpc_endpoint)
        .match_requests(|request| {
            let tables = (request.add_route_table_ids(), request.remove_route_table_ids());
            tables == (&["rtb-2".to_owned()], &["rtb-3".to_owned()])
                && request.policy_document().is_none()
        })
        .then_output(|| ModifyVpcEndpointOutput::builder().build());
    let policy = mock!(Client::modify_vpc_endpoint)
        .match_requests(|request| {
            request.policy_document().is_some() && request.add_route_table_ids().is_empty()
        })
        .then_output(|| ModifyVpcEndpointOutput::builder().build());
    let aws = Aws { ec2: client!(aws_sdk_ec2, &routes, &policy), ..mocked::aws() };
    desired_vpc_endpoint()
        .update(&aws, &resource_id(), &found, &["route_table_ids".into()])
        .await
        .unwrap();
    desired_vpc_endpoint().update(&aws, &resource_id(), &found, &["policy".into()]).await.unwrap();
    assert_eq!((routes.num_calls(), policy.num_calls()), (1, 1));
}

/// Deletes one endpoint; answers what it could not delete for this reason.
fn mock_delete(endpoint_id: &'static str, refused: Option<&'static str>) -> Rule {
    let delete = mock!(Client::delete_vpc_endpoints)
        .match_requests(move |request| request.vpc_endpoint_ids() == [endpoint_id]);
    delete.then_output(move || {
        let error = refused
            .map(|code| UnsuccessfulItemError::builder().code(code).message("refused").build());
        let items = error.map(|error| vec![UnsuccessfulItem::builder().error(error).build()]);
        DeleteVpcEndpointsOutput::builder().set_unsuccessful(items).build()
    })
}

#[tokio::test]
async fn the_one_with_routes_stays_and_the_others_are_deleted() {
    let found = read_live(vec![sdk_vpc_endpoint("vpce-0", &[], "available"), usual_vpc_endpoint()])
        .await
        .unwrap();
    assert_eq!((found.attribute("id"), duplicate_ids(&found)), ("vpce-1", vec!["vpce-0".into()]));
    let delete = mock_delete("vpce-0", None);
    let gone = mock_describe(vec![sdk_vpc_endpoint("vpce-0", &[], "deleting")]);
    let aws = Aws { ec2: client!(aws_sdk_ec2, &delete, &gone), ..mocked::aws() };
    desired_vpc_endpoint()
        .update(&aws, &resource_id(), &found, &["duplicates".into()])
        .await
        .unwrap();
    assert_eq!(delete.num_calls(), 1);
}

#[tokio::test]
async fn one_that_is_gone_is_deleted_already_and_a_refusal_within_the_answer_is_an_error() {
    let found = read_live(vec![usual_vpc_endpoint()]).await.unwrap();
    let gone = mock!(Client::describe_vpc_endpoints)
        .then_http_response(|| ec2_refusal("InvalidVpcEndpointId.NotFound"));
    let aws = |delete: Rule| Aws { ec2: client!(aws_sdk_ec2, &delete, &gone), ..mocked::aws() };
    desired_vpc_endpoint()
        .delete(&aws(mock_delete("vpce-1", Some("InvalidVpcEndpoint.NotFound"))), &found)
        .await
        .unwrap();
    let error = desired_vpc_endpoint()
        .delete(&aws(mock_delete("vpce-1", Some("OperationNotPermitted"))), &found)
        .await
        .unwrap_err();
    let text = aws::failure::chain(&error);
    assert_eq!(text, "deleting VPC endpoint `vpce-1`: OperationNotPermitted: refused");
}

mod interface;
