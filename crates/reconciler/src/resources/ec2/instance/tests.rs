use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::describe_instances::DescribeInstancesOutput;
use aws_sdk_ec2::operation::describe_subnets::DescribeSubnetsOutput;
use aws_sdk_ec2::operation::run_instances::{RunInstancesInput, RunInstancesOutput};
use aws_sdk_ec2::operation::terminate_instances::TerminateInstancesOutput;
use aws_sdk_ec2::types::{
    GroupIdentifier, HttpTokensState, IamInstanceProfile, InstanceMetadataOptionsResponse,
    InstanceState, InstanceStateName as State, Reservation, StateReason, Subnet, Tag,
};
use aws_smithy_mocks::{Rule, mock};
use serde_json::json;

use super::live_state::is_v2_only;
use super::*;
use crate::resources::ec2::tagging::new_tag;
use crate::resources::ec2::testing::{ec2_refusal, managed_tags, refusal_saying};
use crate::testing::mocked::{self, client};

pub(super) fn desired_instance() -> Instance {
    Instance {
        image: "resolve:ssm:/aws/service/canonical/ubuntu".into(),
        instance_type: "t3.micro".into(),
        subnet_id: "subnet-1".into(),
        security_group_ids: vec!["sg-2".into(), "sg-1".into()],
        instance_profile_name: "backup-instance".into(),
        associate_public_ip: false,
        key_name: None,
        root_volume_gb: 16,
        root_device: "/dev/sda1".into(),
        user_data: "#!/bin/bash\n".into(),
        imds_v2_only: true,
        duplicates: Vec::new(),
    }
}

pub(super) fn resource_id() -> ResourceId {
    ResourceId::new("instance")
}

fn sdk_tags(extra: &[(&str, &str)]) -> Vec<Tag> {
    let digest = sha256_hex(&desired_instance().user_data);
    let asked = [
        (IMAGE_TAG, "resolve:ssm:/aws/service/canonical/ubuntu"),
        (PUBLIC_IP_TAG, "false"),
        (ROOT_VOLUME_TAG, "16"),
        (USER_DATA_TAG, &digest),
    ];
    let asked = asked.iter().chain(extra).map(|(key, value)| new_tag(key, *value));
    managed_tags("instance").unwrap().into_iter().chain(asked).collect()
}

/// One that is as desired.
pub(super) fn sdk_instance(
    instance_id: &str,
    state: State,
    extra_tags: &[(&str, &str)],
) -> Described {
    let group = |id: &str| GroupIdentifier::builder().group_id(id).build();
    let profile = IamInstanceProfile::builder()
        .arn("arn:aws:iam::1:instance-profile/backup-instance")
        .build();
    let options = InstanceMetadataOptionsResponse::builder().http_tokens(HttpTokensState::Required);
    let instance =
        Described::builder().instance_id(instance_id).image_id("ami-1").subnet_id("subnet-1");
    let instance = instance.instance_type("t3.micro".into()).iam_instance_profile(profile);
    let instance = instance
        .security_groups(group("sg-1"))
        .security_groups(group("sg-2"))
        .private_ip_address("10.0.0.7");
    let instance = instance.metadata_options(options.http_put_response_hop_limit(1).build());
    let instance = instance.state(InstanceState::builder().name(state).build());
    instance
        .state_reason(StateReason::builder().message("no capacity").build())
        .set_tags(Some(sdk_tags(extra_tags)))
        .build()
}

pub(super) fn describe_output(instances: Vec<Described>) -> DescribeInstancesOutput {
    let reservation = Reservation::builder().set_instances(Some(instances)).build();
    DescribeInstancesOutput::builder().reservations(reservation).build()
}

pub(super) fn mock_describe(
    instances: impl Fn() -> Vec<Described> + Send + Sync + 'static,
) -> Rule {
    mock!(Client::describe_instances).then_output(move || describe_output(instances()))
}

fn mock_empty() -> Rule {
    mock!(Client::describe_instances)
        .match_requests(|request| !request.filters().is_empty())
        .then_output(|| describe_output(Vec::new()))
}

fn by_id(states: &'static [State]) -> Rule {
    let states = states.iter().fold(
        mock!(Client::describe_instances)
            .match_requests(|request| !request.instance_ids().is_empty())
            .sequence(),
        |sequence, state| {
            sequence.output(|| describe_output(vec![sdk_instance("i-1", state.clone(), &[])]))
        },
    );
    states.build()
}

fn mock_subnet(public: bool) -> Rule {
    mock!(Client::describe_subnets).then_output(move || {
        let subnet = Subnet::builder().map_public_ip_on_launch(public).build();
        DescribeSubnetsOutput::builder().subnets(subnet).build()
    })
}

fn mock_launch(matches: fn(&RunInstancesInput) -> bool) -> Rule {
    mock!(Client::run_instances)
        .match_requests(matches)
        .then_output(|| launch_output("i-1", State::Pending))
}

fn launch_output(instance_id: &str, state: State) -> RunInstancesOutput {
    RunInstancesOutput::builder().instances(sdk_instance(instance_id, state, &[])).build()
}

fn mock_terminate(ids: &'static [&'static str]) -> Rule {
    mock!(Client::terminate_instances)
        .match_requests(
            move |request| matches!(request.instance_ids(), [id] if ids.contains(&id.as_str())),
        )
        .then_output(|| TerminateInstancesOutput::builder().build())
}

pub(super) async fn read_live(
    instances: impl Fn() -> Vec<Described> + Send + Sync + 'static,
) -> Option<LiveResource> {
    let aws = Aws { ec2: client!(aws_sdk_ec2, &mock_describe(instances)), ..mocked::aws() };
    desired_instance().read(&aws, &resource_id()).await.unwrap()
}

#[tokio::test]
async fn it_is_read_as_it_is_desired_running_or_stopped() {
    for state in [State::Pending, State::Running, State::Stopped] {
        let found = read_live(move || vec![sdk_instance("i-1", state.clone(), &[])]).await.unwrap();
        assert_eq!(found.state, json!(desired_instance()));
        let known: Vec<_> =
            found.attributes.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(known, ["id=i-1", "private_ip=10.0.0.7"]);
    }
}

#[tokio::test]
async fn what_is_terminated_is_absent_and_others_beside_it_show() {
    assert_eq!(read_live(Vec::new).await, None);
    assert_eq!(
        read_live(|| vec![
            sdk_instance("i-1", State::ShuttingDown, &[]),
            sdk_instance("i-2", State::Terminated, &[])
        ])
        .await,
        None
    );
    let found = read_live(|| {
        vec![sdk_instance("i-1", State::Stopped, &[]), sdk_instance("i-2", State::Running, &[])]
    })
    .await
    .unwrap();
    assert_eq!((found.attribute("id"), &found.state["duplicates"]), ("i-2", &json!(["i-1"])));
}

#[tokio::test]
async fn other_user_data_shows_as_a_digest_and_lax_metadata_as_such() {
    let rule = mock_describe(|| vec![sdk_instance("i-1", State::Running, &[])]);
    let aws = Aws { ec2: client!(aws_sdk_ec2, &rule), ..mocked::aws() };
    let other = Instance { user_data: "#!/bin/sh\n".into(), ..desired_instance() };
    let state = other.read(&aws, &resource_id()).await.unwrap().unwrap().state;
    assert_eq!(state["user_data"], json!(format!("sha256:{}", sha256_hex("#!/bin/bash\n"))));

    let options = |tokens, hops| {
        let options = InstanceMetadataOptionsResponse::builder().http_tokens(tokens);
        is_v2_only(&options.http_put_response_hop_limit(hops).build())
    };
    let untold = Described::builder().instance_id("i-1").build();
    assert_eq!(desired_instance().live_resource(&untold, Vec::new()).state["imds_v2_only"], true);
    assert!(options(HttpTokensState::Required, 1));
    assert!(!options(HttpTokensState::Optional, 1));
    assert!(!options(HttpTokensState::Required, 2));
}

#[tokio::test(start_paused = true)]
async fn it_is_launched_hardened_and_waited_for() {
    let run = mock_launch(|request| {
        let volume = request.block_device_mappings()[0].ebs().unwrap();
        let metadata = request.metadata_options().unwrap();
        let tagged: Vec<_> = request
            .tag_specifications()
            .iter()
            .map(|tags| tags.resource_type().unwrap().as_str())
            .collect();
        volume.encrypted() == Some(true)
            && volume.delete_on_termination() == Some(true)
            && volume.volume_size() == Some(16)
            && metadata.http_tokens() == Some(&HttpTokensState::Required)
            && metadata.http_put_response_hop_limit() == Some(1)
            && tagged == ["instance", "volume"]
            && request.tag_specifications()[0].tags() == sdk_tags(&[])
            && request.client_token().is_some_and(|token| token.len() == 64)
            && request.user_data() == Some("IyEvYmluL2Jhc2gK")
            && request.subnet_id() == Some("subnet-1")
            && request.security_group_ids() == ["sg-2", "sg-1"]
            && request.ebs_optimized().is_none()
    });
    let states = by_id(&[State::Pending, State::Running]);
    let ec2 = client!(aws_sdk_ec2, &mock_empty(), &mock_subnet(false), &run, &states);
    desired_instance().create(&Aws { ec2, ..mocked::aws() }, &resource_id()).await.unwrap();
    assert_eq!((run.num_calls(), states.num_calls()), (1, 2));
}

#[tokio::test]
async fn an_interface_is_spelled_out_where_the_subnet_would_decide_otherwise() {
    for (wanted, by_default) in [(true, false), (false, true)] {
        let run = mock!(Client::run_instances)
            .match_requests(move |request| {
                let [interface] = request.network_interfaces() else { return false };
                interface.associate_public_ip_address() == Some(wanted)
                    && (interface.subnet_id(), request.subnet_id()) == (Some("subnet-1"), None)
                    && interface.groups().len() == 2
                    && request.security_group_ids().is_empty()
            })
            .then_output(|| launch_output("i-1", State::Running));
        let ec2 = client!(
            aws_sdk_ec2,
            &mock_empty(),
            &mock_subnet(by_default),
            &run,
            &by_id(&[State::Running])
        );
        let instance = Instance { associate_public_ip: wanted, ..desired_instance() };
        instance.create(&Aws { ec2, ..mocked::aws() }, &resource_id()).await.unwrap();
        assert_eq!(run.num_calls(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_profile_that_is_not_known_yet_is_waited_for() {
    let run = mock!(Client::run_instances)
        .sequence()
        .http_response(|| {
            refusal_saying("InvalidParameterValue", "Invalid IAM Instance Profile name")
        })
        .http_response(|| {
            refusal_saying(
                "InvalidParameterValue",
                "IAM Instance Profile x has no associated IAM Roles",
            )
        })
        .output(|| launch_output("i-1", State::Running))
        .http_response(|| refusal_saying("InvalidParameterValue", "Invalid size"))
        .build();
    let running = mock_describe(|| vec![sdk_instance("i-1", State::Running, &[])]);
    let aws =
        Aws { ec2: client!(aws_sdk_ec2, &mock_subnet(false), &run, &running), ..mocked::aws() };
    assert_eq!(
        launch::launch_instance(&desired_instance(), &aws, &resource_id()).await.unwrap(),
        "i-1"
    );
    assert_eq!(run.num_calls(), 3);
    launch::launch_instance(&desired_instance(), &aws, &resource_id()).await.unwrap_err();
    assert_eq!(run.num_calls(), 4);
}

#[tokio::test]
async fn a_used_token_is_followed_by_the_next() {
    let run = mock!(Client::run_instances)
        .sequence()
        .output(|| launch_output("i-0", State::Terminated))
        .http_response(|| ec2_refusal("IdempotentParameterMismatch"))
        .http_response(|| ec2_refusal("IdempotentInstanceTerminated"))
        .output(|| launch_output("i-1", State::Pending))
        .build();
    let aws = Aws { ec2: client!(aws_sdk_ec2, &mock_subnet(false), &run), ..mocked::aws() };
    assert_eq!(
        launch::launch_instance(&desired_instance(), &aws, &resource_id()).await.unwrap(),
        "i-1"
    );
    assert_eq!(run.num_calls(), 4);
}

#[tokio::test]
async fn a_repeated_create_launches_no_second() {
    let running = mock_describe(|| vec![sdk_instance("i-1", State::Running, &[])]);
    let aws = Aws { ec2: client!(aws_sdk_ec2, &running), ..mocked::aws() };
    desired_instance().create(&aws, &resource_id()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_failed_launch_reports_the_reason() {
    let states = by_id(&[State::Pending, State::Terminated]);
    let aws = Aws { ec2: client!(aws_sdk_ec2, &states), ..mocked::aws() };
    let error = launch::await_launched(&aws, "i-1").await.unwrap_err();
    assert_eq!(aws::failure::chain(&error), "waiting for EC2 instance `i-1`: no capacity");
}

#[tokio::test(start_paused = true)]
async fn all_of_them_are_terminated_and_waited_for() {
    let found = read_live(|| {
        vec![sdk_instance("i-1", State::Running, &[]), sdk_instance("i-2", State::Running, &[])]
    })
    .await
    .unwrap();
    let terminate = mock_terminate(&["i-1", "i-2"]);
    let states = mock!(Client::describe_instances)
        .sequence()
        .output(|| describe_output(vec![sdk_instance("i-1", State::ShuttingDown, &[])]))
        .output(|| describe_output(vec![sdk_instance("i-2", State::ShuttingDown, &[])]))
        .output(|| describe_output(vec![sdk_instance("i-1", State::Terminated, &[])]))
        .http_response(|| ec2_refusal("InvalidInstanceID.NotFound"))
        .build();
    let aws = Aws { ec2: client!(aws_sdk_ec2, &terminate, &states), ..mocked::aws() };
    desired_instance().delete(&aws, &found).await.unwrap();
    assert_eq!((terminate.num_calls(), states.num_calls()), (2, 4));
}

#[tokio::test]
async fn one_that_is_gone_is_deleted_already() {
    let found = read_live(|| vec![sdk_instance("i-1", State::Running, &[])]).await.unwrap();
    let gone = || ec2_refusal("InvalidInstanceID.NotFound");
    let terminate = mock!(Client::terminate_instances).then_http_response(gone);
    let describe = mock!(Client::describe_instances).then_http_response(gone);
    let aws = Aws { ec2: client!(aws_sdk_ec2, &terminate, &describe), ..mocked::aws() };
    desired_instance().delete(&aws, &found).await.unwrap();
}

#[tokio::test]
async fn only_the_duplicates_are_terminated() {
    let found = read_live(|| {
        vec![sdk_instance("i-1", State::Running, &[]), sdk_instance("i-2", State::Running, &[])]
    })
    .await
    .unwrap();
    let (terminate, gone) = (
        mock_terminate(&["i-2"]),
        mock_describe(|| vec![sdk_instance("i-2", State::Terminated, &[])]),
    );
    let aws = Aws { ec2: client!(aws_sdk_ec2, &terminate, &gone), ..mocked::aws() };
    desired_instance().update(&aws, &resource_id(), &found, &["duplicates".into()]).await.unwrap();
    assert_eq!(terminate.num_calls(), 1);
}
