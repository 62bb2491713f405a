use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::associate_iam_instance_profile::AssociateIamInstanceProfileOutput;
use aws_sdk_ec2::operation::create_tags::CreateTagsOutput;
use aws_sdk_ec2::operation::delete_tags::DeleteTagsOutput;
use aws_sdk_ec2::operation::describe_iam_instance_profile_associations::DescribeIamInstanceProfileAssociationsOutput;
use aws_sdk_ec2::operation::modify_instance_attribute::ModifyInstanceAttributeOutput;
use aws_sdk_ec2::operation::modify_instance_metadata_options::ModifyInstanceMetadataOptionsOutput;
use aws_sdk_ec2::operation::replace_iam_instance_profile_association::ReplaceIamInstanceProfileAssociationOutput;
use aws_sdk_ec2::operation::start_instances::StartInstancesOutput;
use aws_sdk_ec2::operation::stop_instances::StopInstancesOutput;
use aws_sdk_ec2::types::HttpTokensState;
use aws_smithy_mocks::{Rule, mock};

use super::super::tests::{
    describe_output, desired_instance, read_live, resource_id, sdk_instance,
};
use super::*;
use crate::resource_kind::ResourceKind;
use crate::resources::ec2::tagging::new_tag;
use crate::testing::mocked::{self, client};

const STOPPED: (&str, &str) = (STOPPED_TAG, "true");

async fn update_live(wanted: &Instance, ec2: Client, field: &str) {
    let found =
        read_live(|| vec![sdk_instance("i-1", InstanceStateName::Running, &[])]).await.unwrap();
    wanted
        .update(&Aws { ec2, ..mocked::aws() }, &resource_id(), &found, &[field.to_owned()])
        .await
        .unwrap();
}

fn modifies_type(to: &'static str) -> Rule {
    mock!(Client::modify_instance_attribute)
        .match_requests(move |request| {
            request.instance_type().and_then(AttributeValue::value) == Some(to)
        })
        .then_output(|| ModifyInstanceAttributeOutput::builder().build())
}

fn mock_associations(state: Option<&'static str>) -> Rule {
    mock!(Client::describe_iam_instance_profile_associations).then_output(move || {
        let association = |state: &str| {
            let association =
                IamInstanceProfileAssociation::builder().association_id("iip-assoc-1");
            association.state(state.into()).build()
        };
        let associations = state.map(|state| vec![association(state)]);
        DescribeIamInstanceProfileAssociationsOutput::builder()
            .set_iam_instance_profile_associations(associations)
            .build()
    })
}

/// Tag, stop, start and untag.
fn mock_stop_and_start() -> [Rule; 4] {
    [
        mock!(Client::create_tags)
            .match_requests(|request| request.tags() == [new_tag(STOPPED_TAG, "true")])
            .then_output(|| CreateTagsOutput::builder().build()),
        mock!(Client::stop_instances).then_output(|| StopInstancesOutput::builder().build()),
        mock!(Client::start_instances).then_output(|| StartInstancesOutput::builder().build()),
        mock!(Client::delete_tags).then_output(|| DeleteTagsOutput::builder().build()),
    ]
}

#[tokio::test]
async fn security_groups_are_exchanged() {
    let modify = mock!(Client::modify_instance_attribute)
        .match_requests(|request| request.groups() == ["sg-2", "sg-1"])
        .then_output(|| ModifyInstanceAttributeOutput::builder().build());
    update_live(&desired_instance(), client!(aws_sdk_ec2, &modify), "security_group_ids").await;
    assert_eq!(modify.num_calls(), 1);
}

#[tokio::test]
async fn metadata_is_hardened_again() {
    let modify = mock!(Client::modify_instance_metadata_options)
        .match_requests(|request| {
            let hops = request.http_put_response_hop_limit();
            (request.http_tokens(), hops) == (Some(&HttpTokensState::Required), Some(1))
        })
        .then_output(|| ModifyInstanceMetadataOptionsOutput::builder().build());
    update_live(&desired_instance(), client!(aws_sdk_ec2, &modify), "imds_v2_only").await;
    assert_eq!(modify.num_calls(), 1);
}

#[tokio::test]
async fn a_profile_is_replaced_or_put_where_there_is_none() {
    let replace = mock!(Client::replace_iam_instance_profile_association)
        .match_requests(|request| request.association_id() == Some("iip-assoc-1"))
        .then_output(|| ReplaceIamInstanceProfileAssociationOutput::builder().build());
    let associate = mock!(Client::associate_iam_instance_profile)
        .match_requests(|request| request.instance_id() == Some("i-1"))
        .then_output(|| AssociateIamInstanceProfileOutput::builder().build());
    for (state, expected) in [
        (Some("associated"), (1, 0)),
        (Some("associating"), (2, 0)),
        (Some("disassociating"), (2, 1)),
        (None, (2, 2)),
    ] {
        let ec2 = client!(aws_sdk_ec2, &mock_associations(state), &replace, &associate);
        update_live(&desired_instance(), ec2, "instance_profile_name").await;
        assert_eq!((replace.num_calls(), associate.num_calls()), expected, "{state:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_running_one_is_stopped_changed_and_started() {
    let [tag, stop, start, untag] = mock_stop_and_start();
    let modify = modifies_type("t3.small");
    let states = mock!(Client::describe_instances)
        .sequence()
        .output(|| describe_output(vec![sdk_instance("i-1", InstanceStateName::Running, &[])]))
        .output(|| {
            describe_output(vec![sdk_instance("i-1", InstanceStateName::Stopping, &[STOPPED])])
        })
        .output(|| {
            describe_output(vec![sdk_instance("i-1", InstanceStateName::Stopped, &[STOPPED])])
        })
        .output(|| {
            describe_output(vec![sdk_instance("i-1", InstanceStateName::Running, &[STOPPED])])
        })
        .build();
    let wanted = Instance { instance_type: "t3.small".into(), ..desired_instance() };
    update_live(
        &wanted,
        client!(aws_sdk_ec2, &tag, &stop, &start, &untag, &modify, &states),
        "instance_type",
    )
    .await;
    assert_eq!([&tag, &stop, &modify, &start, &untag].map(Rule::num_calls), [1; 5]);
}

#[tokio::test]
async fn one_that_somebody_stopped_stays_stopped() {
    let modify = modifies_type("t3.small");
    let stopped = mock!(Client::describe_instances).then_output(|| {
        describe_output(vec![sdk_instance("i-1", InstanceStateName::Stopped, &[])])
    });
    let wanted = Instance { instance_type: "t3.small".into(), ..desired_instance() };
    update_live(&wanted, client!(aws_sdk_ec2, &modify, &stopped), "instance_type").await;
    assert_eq!(modify.num_calls(), 1);
}

#[tokio::test]
async fn one_that_we_left_stopped_differs_and_is_started() {
    let found = read_live(|| vec![sdk_instance("i-1", InstanceStateName::Stopped, &[STOPPED])])
        .await
        .unwrap();
    assert_eq!(found.state["instance_type"], "t3.micro, stopped for a change");
    let [_, _, start, untag] = mock_stop_and_start();
    let states = mock!(Client::describe_instances)
        .sequence()
        .output(|| {
            describe_output(vec![sdk_instance("i-1", InstanceStateName::Stopped, &[STOPPED])])
        })
        .output(|| {
            describe_output(vec![sdk_instance("i-1", InstanceStateName::Running, &[STOPPED])])
        })
        .build();
    update_live(
        &desired_instance(),
        client!(aws_sdk_ec2, &start, &untag, &states),
        "instance_type",
    )
    .await;
    assert_eq!((start.num_calls(), untag.num_calls()), (1, 1));
}
