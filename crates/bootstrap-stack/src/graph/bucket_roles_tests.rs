//! The roles that the syncs of a bucket share, as syncs come and go.

use std::collections::BTreeMap;

use domain::records::deployed_sync::DeployedSync;
use domain::records::restore::RestoreTarget;
use domain::sync_name::SyncName;
use reconciler::graph::{Graph, ResourceId};
use reconciler::resources::Resource;
use reconciler::resources::iam::role::Role;

use super::data_plane;
use super::tests::resource_ids;
use crate::data_sources::DataSources;
use crate::testing::{config_with, stack_names, three_zones};

fn entry(name: &str, more: &str) -> String {
    format!(
        "[[sync]]\nname = \"{name}\"\nsource.subdirectory = \"/{name}/\"\n\
         destination.prefix = \"{name}/\"\n{more}\n"
    )
}

fn to_vault(name: &str) -> String {
    entry(name, "destination.bucket = \"vault\"")
}

/// The graph of these entries after those before were deployed, where some syncs have restored.
fn graph_after(before: &[String], entries: &[String], restored: &[&str]) -> Graph {
    let earlier = config_with(&before.concat());
    let of_config = |sync| DeployedSync::of_config(&earlier, sync, &stack_names());
    let deployed = earlier.resolve_syncs().iter().map(of_config).collect();
    let target = || RestoreTarget { directory: "back/".to_owned(), existed: false };
    let restores: BTreeMap<_, _> =
        restored.iter().map(|name| (SyncName::parse(name).unwrap(), target())).collect();
    let data_sources = DataSources { deployed, restores, ..three_zones() };
    data_plane(&config_with(&entries.concat()), &stack_names(), &data_sources)
}

fn role_of<'a>(graph: &'a Graph, id: &str) -> &'a Role {
    match &graph.get(&ResourceId::new(id)).unwrap().resource {
        Resource::Role(role) => role,
        other => panic!("a {}", other.kind_name()),
    }
}

fn written_by(graph: &Graph, id: &str) -> String {
    role_of(graph, id).policy["Statement"][1]["Resource"].to_string()
}

#[test]
fn a_sync_that_comes_or_goes_changes_only_the_policy_of_the_shared_role() {
    let one = [to_vault("home")];
    let two = [to_vault("home"), to_vault("work")];
    for (before, entries) in [(&one[..], &two[..]), (&two, &one)] {
        let (kept, now) = (graph_after(before, before, &[]), graph_after(before, entries, &[]));
        for node in kept.nodes().filter(|node| !node.id.as_str().ends_with(".work")) {
            if node.id.as_str() != "destination-role.vault" {
                assert_eq!(now.get(&node.id), Some(node), "{}", node.id);
            }
        }
        let [was, is] = [&kept, &now].map(|graph| role_of(graph, "destination-role.vault"));
        assert_eq!((&is.name, &is.trust), (&was.name, &was.trust));
        assert_ne!(is.policy, was.policy);
    }
    insta::assert_snapshot!(
        written_by(&graph_after(&[], &two, &[]), "destination-role.vault"),
        @r#"["arn:aws:s3:::vault/home/*","arn:aws:s3:::vault/work/*"]"#
    );
}

#[test]
fn the_role_of_a_bucket_goes_with_its_last_sync() {
    let (own, vault) = (entry("home", ""), to_vault("work"));
    for (before, entries, gone) in [
        (vec![own.clone(), vault.clone()], vec![own.clone()], "destination-role.vault"),
        (vec![own.clone(), vault.clone()], vec![vault.clone()], "destination-role"),
        // The sync moves to another bucket.
        (
            vec![own.clone(), to_vault("work")],
            vec![own, entry("work", "")],
            "destination-role.vault",
        ),
    ] {
        let graph = graph_after(&before, &entries, &[]);
        assert!(resource_ids(&graph, true).contains(&gone), "{gone}");
    }
}

#[test]
fn the_sync_default_shares_the_role_and_leaves_it_to_the_others() {
    let [default, home] = [entry("default", ""), entry("home", "")];
    let both = graph_after(&[], &[default.clone(), home.clone()], &[]);
    let name = &role_of(&both, "destination-role").name;
    assert_eq!(name, "backup-datasync-destination-eu-central-1");
    let before = [default, home.clone()];
    let alone = graph_after(&before, &[home], &[]);
    assert_eq!(&role_of(&alone, "destination-role").name, name);
    let location = ResourceId::new("destination-location.home");
    assert_eq!(alone.get(&location), both.get(&location));
}

/// The policy of a restore has the prefixes of those that have restored alone.
#[test]
fn restores_to_one_file_system_share_a_role_and_others_do_not() {
    let elsewhere = "file_system.id = \"fs-0123456789abcdef0\"\n\
        file_system.security_group_ids = [\"sg-0123456789abcdef0\"]";
    let network = "[network]\nvpc_id = \"vpc-0123456789abcdef0\"\n\
        subnet_ids = [\"subnet-0123456789abcdef0\"]\n";
    let first = format!("{network}{}", entry("a", ""));
    let entries = [first, entry("b", ""), entry("c", ""), entry("d", elsewhere)];
    let graph = graph_after(&[], &entries, &["a", "c", "d"]);
    let read = |id| written_by(&graph, id);
    insta::assert_snapshot!(
        [read("restore-role"), read("restore-role@fs-0123456789abcdef0")].join("\n"),
        @r#"
    ["arn:aws:s3:::backup-data-111122223333-eu-central-1/a/*","arn:aws:s3:::backup-data-111122223333-eu-central-1/c/*"]
    "arn:aws:s3:::backup-data-111122223333-eu-central-1/d/*"
    "#
    );
    let graph = graph_after(&entries, &entries[..1], &["d"]);
    assert!(resource_ids(&graph, true).contains(&"restore-role@fs-0123456789abcdef0"));
}
