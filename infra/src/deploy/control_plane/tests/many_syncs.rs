//! The control plane of several syncs: what each has of its own, and that adding, renaming or
//! removing one touches nothing of the others.

use reconciler::graph::Node;
use reconciler::observe::Observed;
use reconciler::plan::{Action, plan};

use super::*;
use crate::deploy::deployed_syncs::tests::config_of_syncs;

fn graph_of_syncs(syncs: &[&str], before: &[&str]) -> Graph {
    graph_of(&config_of_syncs(syncs), &deployed(before))
}

#[test]
fn each_sync_has_rules_and_alarms_and_all_share_the_rest() {
    let alone = graph_of_syncs(&["default"], &["default"]);
    let graph = graph_of_syncs(&["default", "home", "docs"], &["default", "home", "docs"]);
    let more: Vec<String> = graph_lines(&graph)
        .lines()
        .filter(|line| !graph_lines(&alone).contains(line))
        .map(str::to_owned)
        .collect();
    insta::assert_snapshot!(more.join("\n"), @r"
    execution-complete-rule.docs: EventBridge rule <- dead-letters, on-execution-complete, syncs-execution-complete-permission
    execution-complete-rule.home: EventBridge rule <- dead-letters, on-execution-complete, syncs-execution-complete-permission
    full-verification-rule.docs: EventBridge rule <- dead-letters, start-execution, syncs-full-verification-permission
    full-verification-rule.home: EventBridge rule <- dead-letters, start-execution, syncs-full-verification-permission
    not-fresh-alarm.docs: CloudWatch alarm <- alerts-topic
    not-fresh-alarm.home: CloudWatch alarm <- alerts-topic
    schedule-rule.docs: EventBridge rule <- dead-letters, start-execution, syncs-schedule-permission
    schedule-rule.home: EventBridge rule <- dead-letters, start-execution, syncs-schedule-permission
    stuck-run-alarm.docs: CloudWatch alarm <- alerts-topic
    stuck-run-alarm.home: CloudWatch alarm <- alerts-topic
    syncs-execution-complete-permission: Lambda permission <- on-execution-complete
    syncs-full-verification-permission: Lambda permission <- start-execution
    syncs-schedule-permission: Lambda permission <- start-execution
    ");
    let rule = find_rule(&graph, "schedule-rule.home");
    assert_eq!((rule.name.as_str(), &rule.input), ("backup-schedule.home", &None));
    let pattern = find_rule(&graph, "execution-complete-rule.docs").pattern.clone().unwrap();
    let task = deployed(&["default", "home", "docs"]);
    let task = task.task(&SyncName::parse("docs").unwrap()).unwrap();
    assert_eq!(pattern, execution_complete(task));
}

#[test]
fn the_sync_default_is_as_in_a_stack_of_its_own() {
    let alone = graph_of_syncs(&["default"], &["default"]);
    let graph = graph_of_syncs(&["home", "default"], &["default", "home"]);
    let differing = |node: &&Node| graph.get(&node.id) != Some(node);
    let differing: Vec<_> = alone.nodes().filter(differing).map(|node| node.id.as_str()).collect();
    // The role knows that there are other syncs, and the dashboard shows them.
    let expected = ["dashboard", "on-execution-complete-role"];
    assert_eq!(differing, expected, "everything else stays");
}

#[test]
fn one_permission_of_each_kind_serves_all_syncs_but_default() {
    let names: Vec<String> = (0..100).map(|n| format!("sync-{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let graph = graph_of_syncs(&names, &names);
    let permissions = graph.nodes().filter_map(|node| match &node.resource {
        Resource::Permission(permission) => Some((node.id.as_str(), permission)),
        _ => None,
    });
    let of_syncs: Vec<String> = permissions
        .filter(|(id, _)| id.starts_with("syncs-"))
        .map(|(_, permission)| format!("{}: {}", permission.statement_id, permission.source_arn))
        .collect();
    insta::assert_snapshot!(of_syncs.join("\n"), @r"
    syncs-execution-complete: arn:aws:events:eu-central-1:111122223333:rule/backup-execution-complete.*
    syncs-full-verification: arn:aws:events:eu-central-1:111122223333:rule/backup-full-verification.*
    syncs-schedule: arn:aws:events:eu-central-1:111122223333:rule/backup-schedule.*
    ");
    let rules = graph.nodes().filter(|node| matches!(node.resource, Resource::Rule(_)));
    assert_eq!(rules.filter(|node| !node.pruned).count(), 303);
}

/// EventBridge API Reference, `PutRule`: a name has 1 to 64 of `A-Z a-z 0-9 . - _`.
#[test]
fn the_longest_name_of_a_rule_fits() {
    let (stack, sync) = ("s".repeat(20), "y".repeat(20));
    let names = Names::new(&stack, "111122223333", "ap-southeast-1");
    let config = config_of_syncs(&[&sync]);
    let graph =
        watched_control_plane(&config, &names, &FunctionDigests::new(), &deployed(&[&sync]));
    for node in graph.nodes() {
        if let Resource::Rule(rule) = &node.resource {
            assert!(rule.name.len() <= 64, "{}", rule.name);
        }
    }
}

#[test]
fn a_pause_or_a_missing_task_disables_the_rules_of_one_sync() {
    let paused = [SyncName::parse("home").unwrap()];
    let before = deployed(&["home", "docs"]).with_pauses(paused.iter());
    let graph = graph_of(&config_of_syncs(&["home", "docs", "new"]), &before);
    assert_eq!(
        scheduled_rules(&graph, false),
        [
            "full-verification-rule.home",
            "full-verification-rule.new",
            "schedule-rule.home",
            "schedule-rule.new"
        ]
    );
    assert!(graph.get(&ResourceId::new("execution-complete-rule.new")).is_none());
    assert!(find_rule(&graph, "execution-complete-rule.home").enabled);
}

/// Returns the steps that change anything: their signs and ids.
fn changes_between(before: (&[&str], &[&str]), after: &Graph) -> String {
    let live = Observed::of_desired(&graph_of_syncs(before.0, before.1));
    let line = |step: &reconciler::plan::Step| match &step.action {
        Action::Nothing => None,
        Action::Create { .. } => Some(format!("+ {}", step.id)),
        Action::Delete => Some(format!("- {}", step.id)),
        Action::Update { .. } => Some(format!("~ {}", step.id)),
        other => Some(format!("{other:?} {}", step.id)),
    };
    plan(after, &live).steps.iter().filter_map(line).collect::<Vec<_>>().join("\n")
}

const THREE: [&str; 3] = ["archive", "docs", "home"];

#[test]
fn adding_a_sync_touches_nothing_of_the_others() {
    let after = graph_of_syncs(&["archive", "docs", "home", "new"], &THREE);
    insta::assert_snapshot!(changes_between((&THREE, &THREE), &after), @r"
    ~ dashboard
    + not-fresh-alarm.new
    + stuck-run-alarm.new
    + full-verification-rule.new
    + schedule-rule.new
    ");
}

#[test]
fn removing_a_sync_touches_nothing_of_the_others() {
    let after = graph_of_syncs(&["archive", "home"], &THREE);
    insta::assert_snapshot!(changes_between((&THREE, &THREE), &after), @r"
    ~ dashboard
    - not-fresh-alarm.docs
    - stuck-run-alarm.docs
    - execution-complete-rule.docs
    - full-verification-rule.docs
    - schedule-rule.docs
    ");
}

#[test]
fn renaming_a_sync_is_removing_one_and_adding_another() {
    let after = graph_of_syncs(&["archive", "house", "home"], &THREE);
    insta::assert_snapshot!(changes_between((&THREE, &THREE), &after), @r"
    ~ dashboard
    - not-fresh-alarm.docs
    + not-fresh-alarm.house
    - stuck-run-alarm.docs
    + stuck-run-alarm.house
    - execution-complete-rule.docs
    - full-verification-rule.docs
    + full-verification-rule.house
    - schedule-rule.docs
    + schedule-rule.house
    ");
}

#[test]
fn the_last_sync_with_a_qualified_name_takes_the_shared_permissions_along() {
    let after = graph_of_syncs(&["default"], &["default", "home"]);
    let before: &[&str] = &["default", "home"];
    insta::assert_snapshot!(changes_between((before, before), &after), @r"
    ~ dashboard
    ~ on-execution-complete-role
    - not-fresh-alarm.home
    - stuck-run-alarm.home
    - syncs-execution-complete-permission
    - syncs-full-verification-permission
    - syncs-schedule-permission
    - execution-complete-rule.home
    - full-verification-rule.home
    - schedule-rule.home
    ");
}
