use std::collections::BTreeSet;

use super::several_syncs::MOST_LINES;
use super::*;
use crate::deploy::control_plane::syncs::plan_syncs;
use crate::deploy::deployed_syncs::DeployedSyncs;
use crate::deploy::deployed_syncs::tests::{config_of_syncs, deployed};

fn test_names() -> Names {
    Names::new("backup", "111122223333", "eu-central-1")
}

fn dashboard_of(syncs: &[&str], deployed: &DeployedSyncs) -> Dashboard {
    desired_dashboard(&test_names(), &plan_syncs(&config_of_syncs(syncs), deployed))
}

/// Returns all lines of graphs.
fn lines(dashboard: &Dashboard) -> Vec<Value> {
    let widgets = dashboard.body["widgets"].as_array().unwrap().iter();
    widgets
        .flat_map(|widget| widget["properties"]["metrics"].as_array().cloned().unwrap_or_default())
        .collect()
}

/// Returns the metrics of our namespace, each of which must have these dimensions.
fn shown_metrics(dashboard: &Dashboard, dimensions: &Value) -> BTreeSet<String> {
    lines(dashboard)
        .iter()
        .filter(|line| line[0] == metrics::NAMESPACE)
        .inspect(|line| assert_eq!(json!(line.as_array().unwrap()[2..]), *dimensions))
        .map(|line| line[1].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn every_metric_of_the_only_sync_is_shown_and_no_other() {
    for (sync, dimensions) in [
        ("default", json!(["Stack", "backup"])),
        ("home", json!(["Stack", "backup", "Sync", "home"])),
    ] {
        let dashboard = dashboard_of(&[sync], &deployed(&[sync]));
        assert_eq!(shown_metrics(&dashboard, &dimensions), metrics::ALL.map(str::to_owned).into());
        let text = dashboard.body.to_string();
        assert!(text.contains(&Dashboard::mark(&test_names())));
        assert!(text.contains("task-0806c70094b094500"), "{text}");
    }
}

#[test]
fn several_syncs_have_a_line_each_and_a_removed_one_has_none() {
    let dashboard = dashboard_of(&["default", "home"], &deployed(&["default", "home", "old"]));
    let ages: Vec<String> = lines(&dashboard)
        .iter()
        .filter(|line| line[1] == metrics::AGE)
        .map(ToString::to_string)
        .collect();
    insta::assert_snapshot!(ages.join("\n"), @r#"
    ["EfsS3","Age","Stack","backup",{"label":"default"}]
    ["EfsS3","Age","Stack","backup","Sync","home",{"label":"home"}]
    "#);
    assert!(!dashboard.body.to_string().contains("old"));
}

#[test]
fn any_number_of_syncs_fits() {
    for count in [2, 100, 600] {
        let syncs: Vec<String> = (0..count).map(|n| format!("sync-{n}")).collect();
        let syncs: Vec<&str> = syncs.iter().map(String::as_str).collect();
        let config = config_of_syncs(&syncs);
        let planned = DeployedSyncs::default();
        let dashboard = desired_dashboard(&test_names(), &plan_syncs(&config, &planned));
        assert!(lines(&dashboard).len() <= 2_500);
        let note = dashboard.body.to_string().contains("are shown");
        assert_eq!(note, count > MOST_LINES);
    }
}
