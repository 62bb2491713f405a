//! The restore's resources in the graph.

use domain::records::restore::RestoreTarget;
use domain::sync_name::SyncName;
use reconciler::graph::{Graph, ResourceId};
use reconciler::resources::Resource;
use reconciler::resources::datasync::task::Task;

use crate::data_sources::DataSources;
use crate::graph::data_plane;
use crate::graph::tests::{data_plane_with, describe_resources, resource_ids};
use crate::testing::{config_with, stack_names, three_zones};

fn with_restore(sections: &str, directory: &str) -> Graph {
    let target = RestoreTarget { directory: directory.to_owned(), existed: false };
    let restores = [(SyncName::default(), target)].into();
    data_plane(&config_with(sections), &stack_names(), &DataSources { restores, ..three_zones() })
}

fn describe_restore(graph: &Graph) -> String {
    describe_resources(graph)
        .lines()
        .filter(|line| line.starts_with("restore-"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn target_of(graph: &Graph) -> (String, Option<String>, Option<String>) {
    let Resource::LocationEfs(to) =
        &graph.get(&ResourceId::new("restore-target-location")).unwrap().resource
    else {
        panic!("the target is a location")
    };
    (to.subdirectory.clone(), to.access_point_arn.clone(), to.access_role_arn.clone())
}

#[test]
fn the_first_restore_adds_its_resources_and_excludes_them_from_the_task() {
    let (before, after) = (data_plane_with(""), with_restore("", "back/"));
    assert_eq!(describe_restore(&before), "");
    insta::assert_snapshot!(describe_restore(&after), @"
    restore-access-point: EFS access point <- [file-system]
    restore-role: IAM role <- [file-system]
    restore-source-location: DataSync S3 location <- [restore-role]
    restore-target-location: DataSync EFS location <- [datasync-security-group, file-system, file-system-policy, mount-targets, private-subnet-1, restore-access-point, restore-role]
    restore-task: DataSync task <- [restore-role, restore-source-location, restore-target-location, task-log-group]
    ");
    for node in before.nodes().filter(|node| node.id.as_str() != "task") {
        assert_eq!(after.get(&node.id), Some(node), "{}", node.id);
    }
    let (before, after) = (task_of(&before, "task"), task_of(&after, "task"));
    assert_eq!(after.excludes, ["*.tmp", "/scratch", "/back"]);
    assert_eq!(Task { excludes: before.excludes.clone(), ..after.clone() }, *before);
}

fn access_point_path(graph: &Graph) -> &str {
    let Resource::AccessPoint(access_point) =
        &graph.get(&ResourceId::new("restore-access-point")).unwrap().resource
    else {
        panic!("the access point is one")
    };
    &access_point.path
}

#[test]
fn an_access_point_creates_the_directory_where_efs_can() {
    let role = Some("${restore-role.arn}".to_owned());
    let with_access_point = with_restore("", "back/");
    assert_eq!(access_point_path(&with_access_point), "/shared/back");
    assert_eq!(
        target_of(&with_access_point),
        ("/".into(), Some("${restore-access-point.arn}".into()), role.clone())
    );
    for (directory, subdirectory) in [("", "/shared/"), ("a/b/c/d/", "/shared/a/b/c/d/")] {
        let graph = with_restore("", directory);
        assert_eq!(target_of(&graph), (subdirectory.into(), None, role.clone()), "{directory}");
        assert!(
            resource_ids(&graph, true).contains(&"restore-access-point"),
            "that of an earlier restore is pruned"
        );
    }
}

fn task_of<'a>(graph: &'a Graph, id: &str) -> &'a Task {
    let Resource::Task(task) = &graph.get(&ResourceId::new(id)).unwrap().resource else {
        panic!("the task is a task")
    };
    task
}

fn restore_task(graph: &Graph) -> &Task {
    task_of(graph, "restore-task")
}

#[test]
fn a_restore_keeps_what_it_can() {
    let graph = with_restore("", "back/");
    let options = &restore_task(&graph).options;
    assert_eq!((options.uid.as_str(), options.gid.as_str()), ("INT_VALUE", "INT_VALUE"));
    assert_eq!(
        (options.posix_permissions.as_str(), options.mtime.as_str()),
        ("PRESERVE", "PRESERVE")
    );
}

#[test]
fn a_restore_overwrites_and_deletes_nothing() {
    let graph = with_restore("", "back/");
    let task = restore_task(&graph);
    let options = &task.options;
    assert_eq!(
        (options.overwrite_mode.as_str(), options.preserve_deleted_files.as_str()),
        ("NEVER", "PRESERVE")
    );
    assert_eq!(options.verify_mode, "ONLY_FILES_TRANSFERRED");
    assert_eq!(
        (task.includes.len(), task.excludes.len()),
        (0, 0),
        "files that were excluded later are restored too"
    );
    assert_eq!(
        (task.report.prefix.as_str(), task.report.object_version_ids.as_str()),
        ("restores/", "NONE")
    );
}
