//! Tests of the mount target kind, with EFS's answers given.

use aws_sdk_efs::Client;
use aws_sdk_efs::operation::create_mount_target::CreateMountTargetOutput;
use aws_sdk_efs::operation::delete_mount_target::DeleteMountTargetOutput;
use aws_sdk_efs::operation::describe_mount_target_security_groups::DescribeMountTargetSecurityGroupsOutput;
use aws_sdk_efs::operation::describe_mount_targets::DescribeMountTargetsOutput;
use aws_sdk_efs::operation::modify_mount_target_security_groups::ModifyMountTargetSecurityGroupsOutput;
use aws_smithy_mocks::{Rule, mock};

use super::*;
use crate::testing::mocked::{self, client, refusal};

fn desired_mount_targets() -> MountTargets {
    MountTargets {
        file_system_id: "fs-1".into(),
        subnet_ids: vec!["subnet-2".into(), "subnet-1".into()],
        security_group_ids: vec!["sg-2".into(), "sg-1".into()],
    }
}

fn resource_id() -> ResourceId {
    ResourceId::new("mount-targets")
}

/// Mount targets in these subnets: the one in `subnet-1` is `fsmt-1`.
fn target_output(states: &[(&str, LifeCycleState)]) -> DescribeMountTargetsOutput {
    let target = |(subnet, state): &(&str, LifeCycleState)| {
        let target =
            MountTargetDescription::builder().mount_target_id(subnet.replace("subnet", "fsmt"));
        target
            .file_system_id("fs-1")
            .subnet_id(*subnet)
            .life_cycle_state(state.clone())
            .build()
            .unwrap()
    };
    DescribeMountTargetsOutput::builder()
        .set_mount_targets(Some(states.iter().map(target).collect()))
        .build()
}

fn mock_describe(states: &'static [(&'static str, LifeCycleState)]) -> Rule {
    mock!(Client::describe_mount_targets).then_output(|| target_output(states))
}

fn mock_groups(ids: &'static [&'static str]) -> Rule {
    mock!(Client::describe_mount_target_security_groups).then_output(|| {
        let ids = ids.iter().map(|id| (*id).to_owned()).collect();
        DescribeMountTargetSecurityGroupsOutput::builder()
            .set_security_groups(Some(ids))
            .build()
            .unwrap()
    })
}

async fn read_live(targets: &Rule, groups: &Rule) -> Option<LiveResource> {
    let aws = Aws { efs: client!(aws_sdk_efs, targets, groups), ..mocked::aws() };
    desired_mount_targets().read(&aws, &resource_id()).await.unwrap()
}

use LifeCycleState::{Available, Creating, Deleting, Error};

#[tokio::test]
async fn they_are_read_as_they_are_desired() {
    let all =
        mock_describe(&[("subnet-1", Available), ("subnet-2", Available), ("subnet-3", Deleting)]);
    let found = read_live(&all, &mock_groups(&["sg-1", "sg-2"])).await.unwrap();
    assert_eq!(found.state, json!(desired_mount_targets()));
    assert_eq!((found.attribute("first_id"), found.attribute("id")), ("fsmt-2", "fsmt-1, fsmt-2"));
}

#[tokio::test]
async fn what_is_missing_not_ready_surplus_or_altered_shows() {
    let all =
        mock_describe(&[("subnet-1", Creating), ("subnet-2", Available), ("subnet-9", Available)]);
    let found = read_live(&all, &mock_groups(&["sg-3"])).await.unwrap();
    assert_eq!(found.state["subnet_ids"], json!(["subnet-2", "subnet-9"]));
    assert_eq!(found.state["security_group_ids"], json!(["sg-3"]));
}

#[tokio::test]
async fn one_that_failed_shows_as_missing_and_has_no_id_to_refer_to() {
    let all = mock_describe(&[("subnet-1", Available), ("subnet-2", Error)]);
    let found = read_live(&all, &mock_groups(&["sg-1", "sg-2"])).await.unwrap();
    assert_eq!(found.state["subnet_ids"], json!(["subnet-1"]));
    assert_eq!(found.attributes.get("first_id"), None);
}

#[tokio::test]
async fn none_is_absent_also_without_a_file_system() {
    assert_eq!(read_live(&mock_describe(&[("subnet-1", Deleting)]), &mock_groups(&[])).await, None);
    let gone = mock!(Client::describe_mount_targets)
        .then_http_response(|| refusal(404, "FileSystemNotFound", "none"));
    assert_eq!(read_live(&gone, &mock_groups(&[])).await, None);
    let nameless =
        MountTargets { file_system_id: "${file-system.id}".into(), ..desired_mount_targets() };
    assert_eq!(nameless.read(&mocked::aws(), &resource_id()).await.unwrap(), None);
}

/// A file system with these mount targets, which lives: creating and deleting work at once.
struct Living {
    describe: Rule,
    create: Rule,
    delete: Rule,
}

fn living_targets(subnets: &[&str]) -> Living {
    let there: std::sync::Arc<std::sync::Mutex<Vec<String>>> = std::sync::Arc::new(
        std::sync::Mutex::new(subnets.iter().map(|subnet| (*subnet).to_owned()).collect()),
    );
    let (shown, made, gone) = (there.clone(), there.clone(), there);
    let describe = mock!(Client::describe_mount_targets).then_output(move || {
        let all = shown.lock().unwrap();
        target_output(&all.iter().map(|subnet| (subnet.as_str(), Available)).collect::<Vec<_>>())
    });
    let create = mock!(Client::create_mount_target)
        .match_requests(move |request| {
            made.lock().unwrap().push(request.subnet_id().unwrap().to_owned());
            request.security_groups() == ["sg-2", "sg-1"]
        })
        .then_output(|| {
            let made =
                CreateMountTargetOutput::builder().mount_target_id("fsmt").file_system_id("fs-1");
            made.subnet_id("subnet").life_cycle_state(Creating).build().unwrap()
        });
    let delete = mock!(Client::delete_mount_target)
        .match_requests(move |request| {
            gone.lock().unwrap().retain(|subnet| {
                subnet.replace("subnet", "fsmt") != request.mount_target_id().unwrap()
            });
            true
        })
        .then_output(|| DeleteMountTargetOutput::builder().build());
    Living { describe, create, delete }
}

#[tokio::test]
async fn those_in_other_subnets_go_before_the_missing_are_made() {
    let living = living_targets(&["subnet-1", "subnet-9"]);
    let efs = client!(aws_sdk_efs, &living.describe, &living.create, &living.delete);
    desired_mount_targets().create(&Aws { efs, ..mocked::aws() }, &resource_id()).await.unwrap();
    assert_eq!((living.delete.num_calls(), living.create.num_calls()), (1, 1));
}

#[tokio::test]
async fn making_them_again_makes_nothing() {
    let living = living_targets(&["subnet-1", "subnet-2"]);
    let efs = client!(aws_sdk_efs, &living.describe, &living.create, &living.delete);
    desired_mount_targets().create(&Aws { efs, ..mocked::aws() }, &resource_id()).await.unwrap();
    assert_eq!((living.delete.num_calls(), living.create.num_calls()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn one_that_an_earlier_run_is_still_deleting_is_waited_for() {
    let describe = mock!(Client::describe_mount_targets)
        .sequence()
        .output(|| target_output(&[("subnet-1", Deleting)]))
        .times(2)
        .output(|| target_output(&[]))
        .output(|| target_output(&[("subnet-1", Available)]))
        .build();
    let create = mock!(Client::create_mount_target).then_output(|| {
        let made =
            CreateMountTargetOutput::builder().mount_target_id("fsmt").file_system_id("fs-1");
        made.subnet_id("subnet-1").life_cycle_state(Creating).build().unwrap()
    });
    let one = MountTargets { subnet_ids: vec!["subnet-1".into()], ..desired_mount_targets() };
    let aws = Aws { efs: client!(aws_sdk_efs, &describe, &create), ..mocked::aws() };
    one.create(&aws, &resource_id()).await.unwrap();
    assert_eq!(create.num_calls(), 1);
}

#[tokio::test]
async fn a_file_system_loses_all_of_them() {
    let living = living_targets(&["subnet-1", "subnet-9"]);
    let efs = client!(aws_sdk_efs, &living.describe, &living.delete);
    delete_all(&Aws { efs, ..mocked::aws() }, "fs-1").await.unwrap();
    assert_eq!(living.delete.num_calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_unready_file_system_or_subnet_is_waited_for_and_another_conflict_is_an_error() {
    let create = mock!(Client::create_mount_target)
        .sequence()
        .http_response(|| refusal(409, "IncorrectFileSystemLifeCycleState", "creating"))
        .http_response(|| refusal(400, "SubnetNotFound", "not known here yet"))
        .http_response(|| refusal(409, "MountTargetConflict", "already has one in that zone"))
        .build();
    let one = MountTargets { subnet_ids: vec!["subnet-1".into()], ..desired_mount_targets() };
    let aws = Aws { efs: client!(aws_sdk_efs, &create, &mock_describe(&[])), ..mocked::aws() };
    let error = one.create(&aws, &resource_id()).await.unwrap_err();
    assert_eq!(error.to_string(), "creating EFS mount target in `subnet-1`");
    assert_eq!(create.num_calls(), 3);
}

#[tokio::test]
async fn groups_are_changed_in_place() {
    let all = [("subnet-1", Available), ("subnet-2", Available)];
    let describe = mock!(Client::describe_mount_targets).then_output(move || target_output(&all));
    let modify = mock!(Client::modify_mount_target_security_groups)
        .match_requests(|request| request.security_groups() == ["sg-2", "sg-1"])
        .then_output(|| ModifyMountTargetSecurityGroupsOutput::builder().build());
    let efs = client!(aws_sdk_efs, &describe, &mock_groups(&["sg-3"]), &modify);
    let found = LiveResource { state: json!({}), attributes: BTreeMap::new(), managed: true };
    let changed = ["security_group_ids".to_owned()];
    desired_mount_targets()
        .update(&Aws { efs, ..mocked::aws() }, &resource_id(), &found, &changed)
        .await
        .unwrap();
    assert_eq!(modify.num_calls(), 2);
}
