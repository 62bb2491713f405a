use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::attach_internet_gateway::AttachInternetGatewayOutput;
use aws_sdk_ec2::operation::create_internet_gateway::CreateInternetGatewayOutput;
use aws_sdk_ec2::operation::delete_internet_gateway::DeleteInternetGatewayOutput;
use aws_sdk_ec2::operation::describe_internet_gateways::DescribeInternetGatewaysOutput;
use aws_sdk_ec2::operation::detach_internet_gateway::DetachInternetGatewayOutput;
use aws_sdk_ec2::types::InternetGatewayAttachment;
use aws_smithy_mocks::{Rule, mock};

use super::*;
use crate::resources::ec2::testing::{ec2_refusal, managed_tags};
use crate::testing::mocked::{self, client};

fn desired_internet_gateway() -> InternetGateway {
    InternetGateway { vpc_id: "vpc-1".into(), duplicates: Vec::new() }
}

fn resource_id() -> ResourceId {
    ResourceId::new("internet-gateway")
}

/// Gateway id and the VPC it is attached to, or nothing.
fn sdk_internet_gateway((gateway_id, vpc_id): (&str, &str)) -> Described {
    let attachment =
        InternetGatewayAttachment::builder().vpc_id(vpc_id).state("available".into()).build();
    let attachments = (!vpc_id.is_empty()).then(|| vec![attachment]);
    let gateway = Described::builder().internet_gateway_id(gateway_id).set_attachments(attachments);
    gateway.set_tags(managed_tags("internet-gateway")).build()
}

fn mock_describe(gateways: &'static [(&'static str, &'static str)]) -> Rule {
    mock!(Client::describe_internet_gateways).then_compute_output(|request| {
        let asked = request.internet_gateway_ids();
        let asked_for = |id: &&str| asked.is_empty() || asked.contains(&(*id).to_owned());
        let gateways = gateways
            .iter()
            .filter(|(id, _)| asked_for(id))
            .map(|gateway| sdk_internet_gateway(*gateway))
            .collect();
        DescribeInternetGatewaysOutput::builder().set_internet_gateways(Some(gateways)).build()
    })
}

fn mock_attach() -> Rule {
    mock!(Client::attach_internet_gateway)
        .match_requests(|request| {
            request.internet_gateway_id() == Some("igw-1") && request.vpc_id() == Some("vpc-1")
        })
        .then_output(|| AttachInternetGatewayOutput::builder().build())
}

fn mock_create() -> Rule {
    mock!(Client::create_internet_gateway)
        .match_requests(|request| {
            request.tag_specifications()[0].tags == managed_tags("internet-gateway")
        })
        .then_output(|| {
            CreateInternetGatewayOutput::builder()
                .internet_gateway(sdk_internet_gateway(("igw-1", "")))
                .build()
        })
}

fn mock_detach(vpc_id: &'static str) -> Rule {
    mock!(Client::detach_internet_gateway)
        .match_requests(move |request| request.vpc_id() == Some(vpc_id))
        .then_output(|| DetachInternetGatewayOutput::builder().build())
}

async fn read_live(describe: &Rule) -> Option<LiveResource> {
    let aws = Aws { ec2: client!(aws_sdk_ec2, describe), ..mocked::aws() };
    desired_internet_gateway().read(&aws, &resource_id()).await.unwrap()
}

#[tokio::test]
async fn the_attached_one_is_read_as_it_is_desired() {
    let found = read_live(&mock_describe(&[("igw-1", "vpc-1")])).await.unwrap();
    assert_eq!(found.state, json!(desired_internet_gateway()));
    let found = read_live(&mock_describe(&[("igw-1", ""), ("igw-2", "vpc-1")])).await.unwrap();
    assert_eq!((found.attribute("id"), duplicate_ids(&found)), ("igw-2", vec!["igw-1".into()]));
    let found = read_live(&mock_describe(&[("igw-1", "")])).await.unwrap();
    assert_eq!(found.state["vpc_id"], "");
    assert_eq!(read_live(&mock_describe(&[])).await, None);
}

#[tokio::test]
async fn create_attaches_and_repeated_makes_no_second() {
    let (create, attach) = (mock_create(), mock_attach());
    let aws = |describe: Rule| Aws {
        ec2: client!(aws_sdk_ec2, &describe, &create, &attach),
        ..mocked::aws()
    };
    desired_internet_gateway().create(&aws(mock_describe(&[])), &resource_id()).await.unwrap();
    assert_eq!((create.num_calls(), attach.num_calls()), (1, 1));
    desired_internet_gateway()
        .create(&aws(mock_describe(&[("igw-1", "")])), &resource_id())
        .await
        .unwrap();
    assert_eq!((create.num_calls(), attach.num_calls()), (1, 2));
    desired_internet_gateway()
        .create(&aws(mock_describe(&[("igw-1", "vpc-1")])), &resource_id())
        .await
        .unwrap();
    assert_eq!((create.num_calls(), attach.num_calls()), (1, 2));
}

#[tokio::test]
async fn one_on_another_vpc_is_moved() {
    let describe = mock_describe(&[("igw-1", "vpc-2")]);
    let found = read_live(&describe).await.unwrap();
    let (detach, attach) = (mock_detach("vpc-2"), mock_attach());
    let aws = Aws { ec2: client!(aws_sdk_ec2, &describe, &detach, &attach), ..mocked::aws() };
    desired_internet_gateway()
        .update(&aws, &resource_id(), &found, &["vpc_id".into()])
        .await
        .unwrap();
    assert_eq!((detach.num_calls(), attach.num_calls()), (1, 1));
}

#[tokio::test]
async fn an_attachment_that_is_there_is_an_earlier_call_and_of_another_gateway_an_error() {
    let taken = mock!(Client::attach_internet_gateway)
        .then_http_response(|| ec2_refusal("Resource.AlreadyAssociated"));
    let aws =
        |describe: Rule| Aws { ec2: client!(aws_sdk_ec2, &describe, &taken), ..mocked::aws() };
    desired_internet_gateway()
        .attach_gateway(&aws(mock_describe(&[("igw-1", "vpc-1")])), "igw-1")
        .await
        .unwrap();
    let error = desired_internet_gateway()
        .attach_gateway(&aws(mock_describe(&[("igw-1", "")])), "igw-1")
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "attaching internet gateway `igw-1`");
}

#[tokio::test(start_paused = true)]
async fn delete_detaches_first_and_one_that_is_gone_is_deleted_already() {
    let found = read_live(&mock_describe(&[("igw-1", "vpc-1")])).await.unwrap();
    let answer = |gateways| {
        DescribeInternetGatewaysOutput::builder().set_internet_gateways(gateways).build()
    };
    let describe = mock!(Client::describe_internet_gateways)
        .sequence()
        .output(move || answer(Some(vec![sdk_internet_gateway(("igw-1", "vpc-1"))])))
        .http_response(|| ec2_refusal("InvalidInternetGatewayID.NotFound"))
        .times(3)
        .build();
    let detach = mock!(Client::detach_internet_gateway)
        .sequence()
        .http_response(|| ec2_refusal("DependencyViolation"))
        .http_response(|| ec2_refusal("Gateway.NotAttached"))
        .build();
    let delete = mock!(Client::delete_internet_gateway)
        .sequence()
        .output(|| DeleteInternetGatewayOutput::builder().build())
        .http_response(|| ec2_refusal("InvalidInternetGatewayID.NotFound"))
        .build();
    let aws = Aws { ec2: client!(aws_sdk_ec2, &describe, &detach, &delete), ..mocked::aws() };
    desired_internet_gateway().delete(&aws, &found).await.unwrap();
    assert_eq!((detach.num_calls(), delete.num_calls()), (2, 1));
    desired_internet_gateway().delete(&aws, &found).await.unwrap();
}

#[tokio::test]
async fn duplicates_are_deleted() {
    let describe = mock_describe(&[("igw-1", ""), ("igw-2", "vpc-1")]);
    let found = read_live(&describe).await.unwrap();
    let left = mock!(Client::describe_internet_gateways)
        .then_output(|| DescribeInternetGatewaysOutput::builder().build());
    let delete = mock!(Client::delete_internet_gateway)
        .match_requests(|request| request.internet_gateway_id() == Some("igw-1"))
        .then_output(|| DeleteInternetGatewayOutput::builder().build());
    let aws = Aws { ec2: client!(aws_sdk_ec2, &left, &delete), ..mocked::aws() };
    desired_internet_gateway()
        .update(&aws, &resource_id(), &found, &["duplicates".into()])
        .await
        .unwrap();
    assert_eq!(delete.num_calls(), 1);
}
