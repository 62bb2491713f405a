use aws_sdk_iam::Client;
use aws_sdk_iam::operation::add_role_to_instance_profile::AddRoleToInstanceProfileOutput;
use aws_sdk_iam::operation::create_instance_profile::CreateInstanceProfileOutput;
use aws_sdk_iam::operation::delete_instance_profile::DeleteInstanceProfileOutput;
use aws_sdk_iam::operation::get_instance_profile::GetInstanceProfileOutput;
use aws_sdk_iam::operation::remove_role_from_instance_profile::RemoveRoleFromInstanceProfileOutput;
use aws_sdk_iam::types::{InstanceProfile as Described, Role};
use aws_smithy_mocks::{Rule, mock};
use aws_smithy_types::DateTime;

use super::*;
use crate::testing::mocked::{self, client, xml_refusal};

fn desired_instance_profile() -> InstanceProfile {
    InstanceProfile { name: "backup-instance".into(), role_name: "backup-instance".into() }
}

fn resource_id() -> ResourceId {
    ResourceId::new("instance-profile")
}

fn sdk_instance_profile(stack: &str, role: &str) -> Described {
    let tag = |key, value| Tag::builder().key(key).value(value).build().unwrap();
    let held = Role::builder().path("/").role_name(role).role_id("AROA").arn("arn:role");
    let held = held.create_date(DateTime::from_secs(0)).build().unwrap();
    let held = if role.is_empty() { Vec::new() } else { vec![held] };
    let profile = Described::builder().path("/").instance_profile_name("backup-instance");
    let profile =
        profile.instance_profile_id("AIPA").arn("arn:profile").create_date(DateTime::from_secs(0));
    let profile =
        profile.tags(tag("efs-s3:stack", stack)).tags(tag("efs-s3:resource", "instance-profile"));
    profile.set_roles(Some(held)).build().unwrap()
}

fn mock_profile(stack: &'static str, role: &'static str) -> Rule {
    mock!(Client::get_instance_profile).then_output(move || {
        GetInstanceProfileOutput::builder()
            .instance_profile(sdk_instance_profile(stack, role))
            .build()
    })
}

fn mock_add() -> Rule {
    mock!(Client::add_role_to_instance_profile)
        .match_requests(|request| request.role_name() == Some("backup-instance"))
        .then_output(|| AddRoleToInstanceProfileOutput::builder().build())
}

fn mock_remove(role: &'static str) -> Rule {
    mock!(Client::remove_role_from_instance_profile)
        .match_requests(move |request| request.role_name() == Some(role))
        .then_output(|| RemoveRoleFromInstanceProfileOutput::builder().build())
}

fn mock_exists() -> Rule {
    mock!(Client::create_instance_profile)
        .then_http_response(|| xml_refusal(409, "EntityAlreadyExists"))
}

async fn read_live(rule: &Rule) -> Option<LiveResource> {
    let aws = Aws { iam: client!(aws_sdk_iam, rule), ..mocked::aws() };
    desired_instance_profile().read(&aws, &resource_id()).await.unwrap()
}

#[tokio::test]
async fn it_is_read_as_it_is_desired() {
    let found = read_live(&mock_profile("backup", "backup-instance")).await.unwrap();
    assert_eq!((found.state.clone(), found.managed), (json!(desired_instance_profile()), true));
    assert_eq!(found.attribute("arn"), "arn:profile");
    assert_eq!(read_live(&mock_profile("backup", "")).await.unwrap().state["role_name"], "");
    assert!(!read_live(&mock_profile("another", "backup-instance")).await.unwrap().managed);
    let gone =
        mock!(Client::get_instance_profile).then_http_response(|| xml_refusal(404, "NoSuchEntity"));
    assert_eq!(read_live(&gone).await, None);
}

#[tokio::test(start_paused = true)]
async fn create_waits_for_the_role_to_be_known() {
    let create = mock!(Client::create_instance_profile)
        .match_requests(|request| request.tags().len() == 2)
        .then_output(|| {
            CreateInstanceProfileOutput::builder()
                .instance_profile(sdk_instance_profile("backup", ""))
                .build()
        });
    let add = mock!(Client::add_role_to_instance_profile)
        .sequence()
        .http_response(|| xml_refusal(404, "NoSuchEntity"))
        .output(|| AddRoleToInstanceProfileOutput::builder().build())
        .build();
    let aws = Aws { iam: client!(aws_sdk_iam, &create, &add), ..mocked::aws() };
    desired_instance_profile().create(&aws, &resource_id()).await.unwrap();
    assert_eq!((create.num_calls(), add.num_calls()), (1, 2));
}

#[tokio::test]
async fn one_that_exists_is_completed_only_when_it_is_ours() {
    let add = mock_add();
    let aws = |holds: Rule| Aws {
        iam: client!(aws_sdk_iam, &mock_exists(), &holds, &add),
        ..mocked::aws()
    };
    desired_instance_profile()
        .create(&aws(mock_profile("backup", "backup-instance")), &resource_id())
        .await
        .unwrap();
    assert_eq!(add.num_calls(), 0);
    desired_instance_profile()
        .create(&aws(mock_profile("backup", "")), &resource_id())
        .await
        .unwrap();
    assert_eq!(add.num_calls(), 1);
    let error = desired_instance_profile()
        .create(&aws(mock_profile("another", "")), &resource_id())
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "creating IAM instance profile `backup-instance`");
    assert_eq!(add.num_calls(), 1);
}

#[tokio::test]
async fn a_full_profile_is_right_only_with_our_role() {
    let full = mock!(Client::add_role_to_instance_profile)
        .then_http_response(|| xml_refusal(409, "LimitExceeded"));
    let found = read_live(&mock_profile("backup", "")).await.unwrap();
    for (role, expected) in [("backup-instance", true), ("another", false)] {
        let aws = Aws {
            iam: client!(aws_sdk_iam, &full, &mock_profile("backup", role)),
            ..mocked::aws()
        };
        let outcome = desired_instance_profile()
            .update(&aws, &resource_id(), &found, &["role_name".into()])
            .await;
        assert_eq!(outcome.is_ok(), expected, "{role}");
    }
}

#[tokio::test]
async fn the_role_is_exchanged_in_place() {
    let found = read_live(&mock_profile("backup", "another")).await.unwrap();
    let (remove, add) = (mock_remove("another"), mock_add());
    let aws = Aws { iam: client!(aws_sdk_iam, &remove, &add), ..mocked::aws() };
    desired_instance_profile()
        .update(&aws, &resource_id(), &found, &["role_name".into()])
        .await
        .unwrap();
    assert_eq!((remove.num_calls(), add.num_calls()), (1, 1));
}

#[tokio::test]
async fn it_loses_its_role_and_goes_and_one_that_is_gone_is_deleted_already() {
    let found = read_live(&mock_profile("backup", "backup-instance")).await.unwrap();
    let remove = mock_remove("backup-instance");
    let delete = mock!(Client::delete_instance_profile)
        .then_output(|| DeleteInstanceProfileOutput::builder().build());
    let aws = Aws { iam: client!(aws_sdk_iam, &remove, &delete), ..mocked::aws() };
    desired_instance_profile().delete(&aws, &found).await.unwrap();
    assert_eq!((remove.num_calls(), delete.num_calls()), (1, 1));

    let gone = || xml_refusal(404, "NoSuchEntity");
    let remove = mock!(Client::remove_role_from_instance_profile).then_http_response(gone);
    let delete = mock!(Client::delete_instance_profile).then_http_response(gone);
    let aws = Aws { iam: client!(aws_sdk_iam, &remove, &delete), ..mocked::aws() };
    desired_instance_profile().delete(&aws, &found).await.unwrap();
}
