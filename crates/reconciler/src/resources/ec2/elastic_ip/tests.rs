use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::allocate_address::AllocateAddressOutput;
use aws_sdk_ec2::operation::describe_addresses::DescribeAddressesOutput;
use aws_sdk_ec2::operation::release_address::ReleaseAddressOutput;
use aws_smithy_mocks::{Rule, mock};

use super::*;
use crate::resources::ec2::testing::{ec2_refusal, managed_tags};
use crate::testing::mocked::{self, client};

fn desired_elastic_ip() -> ElasticIp {
    ElasticIp { duplicates: Vec::new() }
}

fn resource_id() -> ResourceId {
    ResourceId::new("nat-address")
}

/// The second is in use. Another's comes along, as from a cloud that knows no filters.
fn mock_describe(allocation_ids: &'static [&'static str]) -> Rule {
    let by_tags = mock!(Client::describe_addresses)
        .match_requests(|request| request.allocation_ids().is_empty());
    by_tags.then_output(|| {
        let anothers = Address::builder()
            .allocation_id("eipalloc-0")
            .set_tags(managed_tags("another"))
            .build();
        let managed = allocation_ids.iter().map(|allocation_id| {
            let address = Address::builder().allocation_id(*allocation_id).public_ip("52.0.0.1");
            let association = (*allocation_id == "eipalloc-2").then(|| "eipassoc-1".to_owned());
            address.set_association_id(association).set_tags(managed_tags("nat-address")).build()
        });
        let addresses = [anothers].into_iter().chain(managed).collect();
        DescribeAddressesOutput::builder().set_addresses(Some(addresses)).build()
    })
}

fn mock_absent() -> Rule {
    let by_id = mock!(Client::describe_addresses)
        .match_requests(|request| !request.allocation_ids().is_empty());
    by_id.then_http_response(|| ec2_refusal("InvalidAllocationID.NotFound"))
}

async fn read_live(describe: &Rule) -> Option<LiveResource> {
    let aws = Aws { ec2: client!(aws_sdk_ec2, describe), ..mocked::aws() };
    desired_elastic_ip().read(&aws, &resource_id()).await.unwrap()
}

#[tokio::test]
async fn it_is_found_by_its_tags() {
    let found = read_live(&mock_describe(&["eipalloc-1"])).await.unwrap();
    assert_eq!(found.state, json!(desired_elastic_ip()));
    assert_eq!((found.attribute("id"), found.attribute("address")), ("eipalloc-1", "52.0.0.1"));
    assert_eq!(read_live(&mock_describe(&[])).await, None);
}

#[tokio::test(start_paused = true)]
async fn create_is_repeated_only_when_ec2_surely_did_nothing() {
    let allocate = mock!(Client::allocate_address)
        .match_requests(|request| {
            request.tag_specifications()[0].tags == managed_tags("nat-address")
        })
        .sequence()
        .http_response(|| ec2_refusal("RequestLimitExceeded"))
        .output(|| AllocateAddressOutput::builder().allocation_id("eipalloc-1").build())
        .http_status(500, None)
        .build();
    let aws =
        |describe: Rule| Aws { ec2: client!(aws_sdk_ec2, &describe, &allocate), ..mocked::aws() };
    desired_elastic_ip().create(&aws(mock_describe(&[])), &resource_id()).await.unwrap();
    assert_eq!(allocate.num_calls(), 2);
    desired_elastic_ip()
        .create(&aws(mock_describe(&["eipalloc-1"])), &resource_id())
        .await
        .unwrap();
    assert_eq!(allocate.num_calls(), 2);
    desired_elastic_ip().create(&aws(mock_describe(&[])), &resource_id()).await.unwrap_err();
    assert_eq!(allocate.num_calls(), 3);
}

#[tokio::test]
async fn duplicates_are_released() {
    let found = read_live(&mock_describe(&["eipalloc-1", "eipalloc-2"])).await.unwrap();
    assert_eq!(
        (found.attribute("id"), duplicate_ids(&found)),
        ("eipalloc-2", vec!["eipalloc-1".into()])
    );
    let release = mock!(Client::release_address)
        .match_requests(|request| request.allocation_id() == Some("eipalloc-1"))
        .then_output(|| ReleaseAddressOutput::builder().build());
    let aws = Aws { ec2: client!(aws_sdk_ec2, &release, &mock_absent()), ..mocked::aws() };
    desired_elastic_ip()
        .update(&aws, &resource_id(), &found, &["duplicates".into()])
        .await
        .unwrap();
    assert_eq!(release.num_calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn delete_waits_until_it_is_free_and_one_that_is_gone_is_released_already() {
    let found = read_live(&mock_describe(&["eipalloc-1"])).await.unwrap();
    let release = mock!(Client::release_address)
        .sequence()
        .http_response(|| ec2_refusal("InvalidIPAddress.InUse"))
        .output(|| ReleaseAddressOutput::builder().build())
        .http_response(|| ec2_refusal("InvalidAllocationID.NotFound"))
        .build();
    let aws = Aws { ec2: client!(aws_sdk_ec2, &release, &mock_absent()), ..mocked::aws() };
    desired_elastic_ip().delete(&aws, &found).await.unwrap();
    desired_elastic_ip().delete(&aws, &found).await.unwrap();
    assert_eq!(release.num_calls(), 3);
}
