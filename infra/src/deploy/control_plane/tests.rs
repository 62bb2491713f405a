//! The graph, resource by resource.

mod many_syncs;

use domain::config::{TemplateValues, parse, render_template};
use domain::sync_name::SyncName;

use reconciler::resources::Resource;
use reconciler::resources::events::rule::Rule;
use serde_json::json;

use super::patterns::execution_complete;
use super::*;
use crate::deploy::deployed_syncs::tests::deployed;

fn template_config() -> StackConfig {
    let values = TemplateValues { stack_name: "backup", region: "eu-central-1" };
    parse(&render_template(&values)).unwrap()
}

fn test_names() -> Names {
    Names::new("backup", "111122223333", "eu-central-1")
}

/// Returns the control plane of a stack of which these syncs are deployed.
fn graph_of(config: &StackConfig, deployed: &DeployedSyncs) -> Graph {
    watched_control_plane(config, &test_names(), &FunctionDigests::new(), deployed)
}

fn template_graph(deployed: &DeployedSyncs) -> Graph {
    graph_of(&template_config(), deployed)
}

fn the_only_sync() -> DeployedSyncs {
    deployed(&["default"])
}

fn example_task() -> domain::arn::TaskArn {
    use domain::arn::TaskArn;

    TaskArn::parse("arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b")
        .unwrap()
}

fn find_rule<'a>(graph: &'a Graph, id: &str) -> &'a Rule {
    let Resource::Rule(rule) = &graph.get(&ResourceId::new(id)).unwrap().resource else {
        panic!("no rule")
    };
    rule
}

fn graph_lines(graph: &Graph) -> String {
    let line = |node: &&reconciler::graph::Node| {
        let needed: Vec<_> = graph.dependencies(node).iter().map(ToString::to_string).collect();
        format!("{}: {} <- {}", node.id, node.resource.kind_name(), needed.join(", "))
    };
    graph.nodes().filter(|node| !node.pruned).map(|node| line(&node)).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_resource_and_its_dependencies() {
    insta::assert_snapshot!(graph_lines(&template_graph(&the_only_sync())), @"
    alerts-topic: SNS topic <- 
    bootstrap-stack: Lambda function <- bootstrap-stack-log-group, bootstrap-stack-role
    bootstrap-stack-errors-alarm: CloudWatch alarm <- alerts-topic
    bootstrap-stack-invoke-config: Lambda invoke config <- bootstrap-stack, dead-letters
    bootstrap-stack-log-group: log group <- 
    bootstrap-stack-role: IAM role <- 
    bootstrap-stack-throttles-alarm: CloudWatch alarm <- alerts-topic
    daily-drift-permission: Lambda permission <- bootstrap-stack
    daily-drift-rule: EventBridge rule <- bootstrap-stack, daily-drift-permission, dead-letters
    dashboard: CloudWatch dashboard <- 
    dead-letters: SQS queue <- 
    dead-letters-alarm: CloudWatch alarm <- alerts-topic
    execution-complete-permission: Lambda permission <- on-execution-complete
    execution-complete-rule: EventBridge rule <- dead-letters, execution-complete-permission, on-execution-complete
    full-verification-permission: Lambda permission <- start-execution
    full-verification-rule: EventBridge rule <- dead-letters, full-verification-permission, start-execution
    not-fresh-alarm: CloudWatch alarm <- alerts-topic
    on-execution-complete: Lambda function <- on-execution-complete-log-group, on-execution-complete-role
    on-execution-complete-errors-alarm: CloudWatch alarm <- alerts-topic
    on-execution-complete-invoke-config: Lambda invoke config <- dead-letters, on-execution-complete
    on-execution-complete-log-group: log group <- 
    on-execution-complete-role: IAM role <- 
    on-execution-complete-throttles-alarm: CloudWatch alarm <- alerts-topic
    records-bucket: S3 bucket <- 
    report-created-permission: Lambda permission <- verify-versions
    report-created-rule: EventBridge rule <- dead-letters, report-created-permission, verify-versions
    schedule-permission: Lambda permission <- start-execution
    schedule-rule: EventBridge rule <- dead-letters, schedule-permission, start-execution
    start-execution: Lambda function <- start-execution-log-group, start-execution-role
    start-execution-errors-alarm: CloudWatch alarm <- alerts-topic
    start-execution-invoke-config: Lambda invoke config <- dead-letters, start-execution
    start-execution-log-group: log group <- 
    start-execution-role: IAM role <- 
    start-execution-throttles-alarm: CloudWatch alarm <- alerts-topic
    stuck-run-alarm: CloudWatch alarm <- alerts-topic
    sweep-permission: Lambda permission <- start-execution
    sweep-rule: EventBridge rule <- dead-letters, start-execution, sweep-permission
    verify-versions: Lambda function <- verify-versions-log-group, verify-versions-role
    verify-versions-errors-alarm: CloudWatch alarm <- alerts-topic
    verify-versions-invoke-config: Lambda invoke config <- dead-letters, verify-versions
    verify-versions-log-group: log group <- 
    verify-versions-role: IAM role <- 
    verify-versions-throttles-alarm: CloudWatch alarm <- alerts-topic
    ");
}

#[test]
fn without_a_task_there_is_no_rule_on_it() {
    let graph = template_graph(&DeployedSyncs::default());
    assert_eq!(graph.nodes().filter(|node| !node.pruned).count() + 2, 43);
    assert!(graph.get(&ResourceId::new("execution-complete-rule")).is_none());
}

#[test]
fn audits_are_scheduled_where_the_configuration_says_when() {
    let mut config = template_config();
    let pruned = pruned_ids(&template_graph(&DeployedSyncs::default()));
    assert_eq!(pruned, ["audit-permission", "audit-rule"]);
    config.proof.audit = Some("rate(7 days)".into());
    let graph = graph_of(&config, &the_only_sync());
    let rule = find_rule(&graph, "audit-rule");
    assert_eq!((rule.schedule.as_deref(), rule.enabled), (Some("rate(7 days)"), true));
    assert_eq!(pruned_ids(&graph), [""; 0]);
}

/// Returns the ids of resources that a deploy prunes.
fn pruned_ids(graph: &Graph) -> Vec<String> {
    graph.nodes().filter(|node| node.pruned).map(|node| node.id.to_string()).collect()
}

#[test]
fn full_verifications_have_a_rule_where_executions_compare_what_they_transferred() {
    let template =
        render_template(&TemplateValues { stack_name: "backup", region: "eu-central-1" });
    let everything = |text: &str| {
        text.replace(
            "\nverify_mode = \"ONLY_FILES_TRANSFERRED\"",
            "\nverify_mode = \"POINT_IN_TIME_CONSISTENT\"",
        )
    };
    assert_ne!(everything(&template), template);
    let written = |value: &str| format!("[schedule]\nfull_verification = \"{value}\"");
    for (text, has_task, paused, expected) in [
        (template.clone(), true, false, Some(("rate(7 days)", true))),
        (template.clone(), false, false, Some(("rate(7 days)", false))),
        (template.clone(), true, true, Some(("rate(7 days)", false))),
        (
            template.replace("[schedule]", &written("cron(0 3 ? * SUN *)")),
            true,
            false,
            Some(("cron(0 3 ? * SUN *)", true)),
        ),
        (template.replace("[schedule]", &written("never")), true, false, None),
        (everything(&template), true, false, None),
    ] {
        let config = parse(&text).unwrap();
        let before = if has_task { the_only_sync() } else { DeployedSyncs::default() };
        let pauses = paused.then(SyncName::default);
        let graph = graph_of(&config, &before.with_pauses(pauses.iter()));
        let node = graph.get(&ResourceId::new("full-verification-rule")).unwrap();
        let Resource::Rule(rule) = &node.resource else { panic!("no rule") };
        assert!(rule.input.is_none(), "the event contains the time that makes the slot");
        assert!(rule.retries > 0 && rule.event_age_seconds > 0 && !rule.dead_letter_arn.is_empty());
        let found =
            (!node.pruned).then_some((rule.schedule.as_deref().unwrap_or_default(), rule.enabled));
        assert_eq!(found, expected);
        let permission = graph.get(&ResourceId::new("full-verification-permission")).unwrap();
        let Resource::Permission(allowed) = &permission.resource else { panic!("no permission") };
        assert_eq!(
            (permission.pruned, &allowed.source_arn),
            (node.pruned, &test_names().rule_arn("full-verification"))
        );
    }
}

#[test]
fn the_rule_on_the_task_matches_the_ends_of_its_executions() {
    let task = example_task();
    let pattern = execution_complete(&task);
    assert_eq!(pattern["resources"], json!([{ "prefix": format!("{task}/execution/") }]));
    assert_eq!(pattern["detail"], json!({ "State": ["SUCCESS", "ERROR"] }));
    assert_eq!(pattern["source"], json!(["aws.datasync"]));
    assert_eq!(pattern["detail-type"], json!(["DataSync Task Execution State Change"]));
}

#[test]
fn the_sweep_has_a_rule_of_its_own_that_no_pause_disables() {
    let mut config = template_config();
    config.schedule.enabled = false;
    let paused = the_only_sync().with_pauses([SyncName::default()].iter());
    let graph = graph_of(&config, &paused);
    let rule = find_rule(&graph, "sweep-rule");
    assert_eq!((rule.schedule.as_deref(), rule.enabled), (Some("rate(5 minutes)"), true));
    assert_eq!(rule.input, Some(json!({ "action": "sweep" })));
    assert!(rule.retries > 0 && rule.event_age_seconds > 0);
    assert!(graph.get(&ResourceId::new("sweep-permission")).is_some());
    let schedule = find_rule(&graph, "schedule-rule");
    assert!(!schedule.enabled && schedule.input.is_none());
    assert!(!find_rule(&graph, "full-verification-rule").enabled);
}

/// IAM roles, S3 buckets and CloudWatch dashboards share one namespace across regions: the same
/// stack name in two regions must not give the same name twice.
#[test]
fn what_is_global_to_the_account_has_the_region_in_its_name() {
    let global_names = |region: &str| -> Vec<String> {
        let names = Names::new("backup", "111122223333", region);
        let (code, deployed) = (FunctionDigests::new(), DeployedSyncs::default());
        let graph = watched_control_plane(&template_config(), &names, &code, &deployed);
        let name = |node: &reconciler::graph::Node| match &node.resource {
            Resource::Role(role) => Some(role.name.clone()),
            Resource::Bucket(bucket) => Some(bucket.name.clone()),
            Resource::Dashboard(dashboard) => Some(dashboard.name.clone()),
            _ => None,
        };
        graph.nodes().filter_map(name).collect()
    };
    let (here, there) = (global_names("eu-central-1"), global_names("us-east-1"));
    assert_eq!(here.len(), 6, "four roles, the records bucket, the dashboard");
    assert!(
        here.iter().all(|name| name.contains("eu-central-1") && !there.contains(name)),
        "{here:?}"
    );
}

fn scheduled_rules(graph: &Graph, enabled: bool) -> Vec<String> {
    let rule = |node: &reconciler::graph::Node| match &node.resource {
        Resource::Rule(_) if node.pruned => None,
        Resource::Rule(rule) if rule.schedule.is_some() && rule.enabled == enabled => {
            Some(node.id.to_string())
        }
        _ => None,
    };
    graph.nodes().filter_map(rule).collect()
}

#[test]
fn what_needs_the_task_is_not_started_before_there_is_one() {
    let mut config = template_config();
    config.proof.audit = Some("rate(7 days)".into());
    let scheduled = |deployed: &DeployedSyncs, enabled: bool| -> Vec<String> {
        scheduled_rules(&graph_of(&config, deployed), enabled)
    };
    let none = DeployedSyncs::default();
    assert_eq!(scheduled(&none, true), ["daily-drift-rule"]);
    assert_eq!(
        scheduled(&none, false),
        ["audit-rule", "full-verification-rule", "schedule-rule", "sweep-rule"]
    );
    assert_eq!(scheduled(&the_only_sync(), false), [""; 0]);
}
