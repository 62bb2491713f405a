//! The graph of a stack with many syncs.

use domain::config::StackConfig;
use domain::records::deployed_sync::DeployedSync;
use domain::records::restore::RestoreTarget;
use domain::sync_name::SyncName;
use reconciler::graph::{Graph, ResourceId};
use reconciler::resources::Resource;

use super::data_plane;
use super::tests::{describe_resources, resource_ids};
use crate::data_sources::DataSources;
use crate::testing::{config_with, stack_names, three_zones};

const HOME: &str = "[[sync]]\nname = \"home\"\nsource.subdirectory = \"/home/\"\n\
    destination.prefix = \"home/\"\n";
const FAR: &str = "[[sync]]\nname = \"far\"\nsource.subdirectory = \"/archive/\"\n\
    destination.prefix = \"far/\"\ndestination.region = \"eu-west-1\"\n";
const VAULT: &str = "[[sync]]\nname = \"vault\"\nsource.subdirectory = \"/vault/\"\n\
    destination.bucket = \"vault\"\ndestination.account = \"999900001111\"\n";
const HOUSE: &str = "[[sync]]\nname = \"house\"\nsource.subdirectory = \"/home/\"\n\
    destination.prefix = \"home/\"\n";

fn config_of(entries: &[&str]) -> StackConfig {
    config_with(&entries.concat())
}

/// The graph of these entries, after those before were deployed.
fn graph_after(before: &[&str], entries: &[&str]) -> Graph {
    let earlier = config_of(before);
    let syncs = earlier.resolve_syncs();
    let of_config = |sync| DeployedSync::of_config(&earlier, sync, &stack_names());
    let deployed = syncs.iter().map(of_config).collect();
    let data_sources = DataSources { deployed, ..three_zones() };
    data_plane(&config_of(entries), &stack_names(), &data_sources)
}

fn lines_of(graph: &Graph, name: &str) -> String {
    let is_of = |line: &&str| line.split(':').next().unwrap_or_default().contains(name);
    describe_resources(graph).lines().filter(is_of).collect::<Vec<_>>().join("\n")
}

#[test]
fn each_sync_has_its_own_locations_and_task_and_each_bucket_a_role() {
    let graph = graph_after(&[], &[HOME, FAR, VAULT]);
    insta::assert_snapshot!(lines_of(&graph, "."), @"
    destination-bucket.eu-west-1: S3 bucket [data] <- []
    destination-location.far@eu-west-1: DataSync S3 location <- [destination-bucket.eu-west-1, destination-role.backup-data-111122223333-eu-west-1]
    destination-location.home: DataSync S3 location <- [destination-bucket, destination-role]
    destination-location.vault: DataSync S3 location <- [destination-role.vault]
    destination-role.backup-data-111122223333-eu-west-1: IAM role <- []
    destination-role.vault: IAM role <- []
    source-location.far: DataSync EFS location <- [datasync-security-group, file-system, file-system-policy, mount-targets, private-subnet-1, source-role]
    source-location.home: DataSync EFS location <- [datasync-security-group, file-system, file-system-policy, mount-targets, private-subnet-1, source-role]
    source-location.vault: DataSync EFS location <- [datasync-security-group, file-system, file-system-policy, mount-targets, private-subnet-1, source-role]
    task.far: DataSync task <- [destination-location.far@eu-west-1, report-role, source-location.far, task-log-group]
    task.home: DataSync task <- [destination-location.home, report-role, source-location.home, task-log-group]
    task.vault: DataSync task <- [destination-location.vault, report-role, source-location.vault, task-log-group]
    ");
    assert!(resource_ids(&graph, true).contains(&"task"), "that of the stack before is pruned");
}

/// Two graphs are equal but for these nodes.
fn require_equal_but_for(one: &Graph, other: &Graph, differing: &str) {
    let touched = |id: &ResourceId| id.as_str().ends_with(differing);
    for node in one.nodes().filter(|node| !touched(&node.id)) {
        assert_eq!(other.get(&node.id), Some(node), "{}", node.id);
    }
    let added = other.nodes().filter(|node| one.get(&node.id).is_none());
    for node in added {
        assert!(touched(&node.id), "{} was added", node.id);
    }
}

#[test]
fn adding_and_removing_one_touches_no_node_of_the_others() {
    let (two, three) = ([HOME, FAR], [HOME, FAR, VAULT]);
    let before = graph_after(&two, &two);
    require_equal_but_for(&before, &graph_after(&two, &three), ".vault");
    let removed = graph_after(&three, &two);
    require_equal_but_for(&before, &removed, ".vault");
    let pruned: Vec<_> =
        resource_ids(&removed, true).into_iter().filter(|id| id.ends_with(".vault")).collect();
    assert_eq!(
        pruned,
        [
            "destination-location.vault",
            "destination-role.vault",
            "source-location.vault",
            "task.vault"
        ]
    );
}

#[test]
fn renaming_one_is_removing_it_and_adding_another() {
    let renamed = graph_after(&[HOME, FAR, VAULT], &[HOUSE, FAR, VAULT]);
    let without = graph_after(&[FAR, VAULT], &[FAR, VAULT]);
    for node in without.nodes() {
        assert_eq!(renamed.get(&node.id).map(|node| node.id.clone()), Some(node.id.clone()));
    }
    let all = [HOME, FAR, VAULT];
    for node in graph_after(&all, &all).nodes() {
        let is_of_home = node.id.as_str().ends_with(".home");
        let now = renamed.get(&node.id).unwrap();
        assert_eq!(now.pruned, is_of_home || node.pruned, "{}", node.id);
        assert!(now.resource == node.resource || is_of_home, "{}", node.id);
    }
    assert!(resource_ids(&renamed, false).contains(&"task.house"));
}

#[test]
fn the_order_of_the_entries_does_not_matter() {
    let all = [HOME, FAR, VAULT];
    assert_eq!(graph_after(&all, &all), graph_after(&all, &[VAULT, HOME, FAR]));
}

#[test]
fn a_sync_that_moves_to_another_region_leaves_no_location_behind() {
    let moved = FAR.replace("eu-west-1", "eu-west-2");
    let graph = graph_after(&[FAR], &[&moved]);
    let (kept, pruned) = (resource_ids(&graph, false), resource_ids(&graph, true));
    assert!(kept.contains(&"destination-location.far@eu-west-2"));
    assert!(pruned.contains(&"destination-location.far@eu-west-1"));
    assert!(pruned.contains(&"destination-bucket.eu-west-1"), "kept, since it holds data");
}

#[test]
fn the_restore_of_one_is_excluded_from_every_task_that_would_copy_it() {
    let whole = "[[sync]]\nname = \"whole\"\nsource.subdirectory = \"/\"\n\
        destination.prefix = \"whole/\"\n";
    let target = RestoreTarget { directory: "back/".to_owned(), existed: false };
    let restores = [(SyncName::parse("home").unwrap(), target)].into();
    let data_sources = DataSources { restores, ..three_zones() };
    let graph = data_plane(&config_of(&[HOME, FAR, whole]), &stack_names(), &data_sources);
    let excludes = |id: &str| match &graph.get(&ResourceId::new(id)).unwrap().resource {
        Resource::Task(task) => task.excludes[2..].to_vec(),
        other => panic!("a {}", other.kind_name()),
    };
    assert_eq!(excludes("task.home"), ["/back"]);
    assert_eq!(excludes("task.whole"), ["/home/back"]);
    assert_eq!(excludes("task.far"), Vec::<String>::new());
    let restoring = lines_of(&graph, "restore-");
    let is_own = |line: &str| line.split(':').next().unwrap().ends_with(".home");
    let shared: Vec<_> = restoring.lines().filter(|line| !is_own(line)).collect();
    assert_eq!(shared, ["restore-role: IAM role <- [file-system]"]);
}
