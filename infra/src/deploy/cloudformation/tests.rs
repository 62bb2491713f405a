//! The findings of `cfn-lint` on the desired state, and a test that it finds wrong values.

use reconciler::graph::ResourceId;

use super::*;

fn render_templates() -> Vec<(&'static str, Template)> {
    let rendered = |(name, graphs): (&'static str, [Graph; 2])| {
        (name, Template::from_graphs(configurations::STACK, &graphs))
    };
    configurations::test_configurations().into_iter().map(rendered).collect()
}

#[test]
fn cfn_lint_finds_nothing_wrong_in_the_desired_state() {
    let templates = render_templates();
    let not_rendered: Vec<_> =
        templates.iter().flat_map(|(_, template)| &template.not_rendered).collect();
    assert!(not_rendered.is_empty(), "fields that no property stands for: {not_rendered:#?}");
    let documents: Vec<_> =
        templates.iter().map(|(name, template)| (*name, template.to_json())).collect();

    let findings = lint::run_cfn_lint(&documents);

    assert!(findings.is_empty(), "{findings:#?}");
    let resources: usize = templates.iter().map(|(_, template)| template.resources.len()).sum();
    measurements::proven("desired resources that cfn-lint finds right", resources, "resources");
}

#[test]
fn every_kind_is_rendered_but_those_without_a_type() {
    let templates = render_templates();
    let kinds: BTreeSet<_> =
        templates.iter().flat_map(|(_, template)| template.types.keys()).collect();
    let without: BTreeSet<_> =
        templates.iter().flat_map(|(_, template)| template.without_type.keys()).collect();
    assert_eq!((kinds.len(), without.len()), (31, 1), "{kinds:?} {without:?}");
}

/// Changes one desired resource.
macro_rules! plant {
    ($graphs:expr, $id:literal, $variant:ident($state:ident) => $change:expr) => {{
        let id = ResourceId::new($id);
        let graph = $graphs.iter_mut().find(|graph| graph.contains(&id)).expect($id);
        let mut node = graph.get(&id).expect($id).clone();
        let Resource::$variant($state) = &mut node.resource else {
            panic!("{} is another kind", $id)
        };
        $change;
        graph.add_node(node);
    }};
}

#[test]
fn cfn_lint_finds_each_wrong_value_that_is_planted() {
    let (_, mut graphs) = configurations::test_configurations().swap_remove(0);
    plant!(graphs, "destination-location", LocationS3(it) => it.storage_class = "COLD".to_owned());
    plant!(graphs, "source-location",
        LocationEfs(it) => it.in_transit_encryption = "TLS9".to_owned());
    plant!(graphs, "task", Task(it) => it.options.verify_mode = "SOMETIMES".to_owned());
    plant!(graphs, "task", Task(it) => it.report.level = "EVERYTHING".to_owned());
    plant!(graphs, "task-log-group", LogGroup(it) => it.retention_days = 8);
    plant!(graphs, "file-system", FileSystem(it) => it.throughput_mode = "fast".to_owned());
    plant!(graphs, "destination-bucket", Bucket(it) => it.object_ownership = "Somebody".to_owned());
    plant!(graphs, "vpc", Vpc(it) => it.cidr = "10.42.0.0/99".to_owned());
    plant!(graphs, "flow-log", FlowLog(it) => it.traffic_type = "SOME".to_owned());
    plant!(graphs, "not-fresh-alarm", Alarm(it) => it.comparison = "LooksOdd".to_owned());
    plant!(graphs, "verify-versions", Function(it) => it.memory_mb = 64);
    plant!(graphs, "verify-versions-invoke-config", InvokeConfig(it) => it.retries = 3);
    plant!(graphs, "dead-letters", Queue(it) => it.retention_seconds = 1_209_601);
    plant!(graphs, "schedule-rule", Rule(it) => it.schedule = Some("rate(1 fortnight)".to_owned()));
    plant!(graphs, "flow-log-role",
        Role(it) => it.policy["Statement"][0]["Effect"] = json!("Perhaps"));
    plant!(graphs, "private-subnet-1", Subnet(it) => it.vpc_id = "${nat-gateway.id}".to_owned());
    let mut document = Template::from_graphs(configurations::STACK, &graphs).to_json();
    // A desired state always has its required fields, so one is removed from the template.
    document["Resources"]["AlertsTopicPolicy"]["Properties"]
        .as_object_mut()
        .unwrap()
        .remove("Topics");
    let expected = [
        "DestinationLocation/Properties/S3StorageClass",
        "SourceLocation/Properties/InTransitEncryption",
        "Task/Properties/Options/VerifyMode",
        "Task/Properties/TaskReportConfig/ReportLevel",
        "TaskLogGroup/Properties/RetentionInDays",
        "FileSystem/Properties/ThroughputMode",
        "DestinationBucket/Properties/OwnershipControls/Rules/0/ObjectOwnership",
        "Vpc/Properties/CidrBlock",
        "FlowLog/Properties/TrafficType",
        "NotFreshAlarm/Properties/ComparisonOperator",
        "VerifyVersions/Properties/MemorySize",
        "VerifyVersionsInvokeConfig/Properties/MaximumRetryAttempts",
        "DeadLetters/Properties/MessageRetentionPeriod",
        "ScheduleRule/Properties/ScheduleExpression",
        "FlowLogRole/Properties/Policies/0/PolicyDocument/Statement/0/Effect",
        "PrivateSubnet1/Properties/VpcId",
        "AlertsTopicPolicy/Properties:",
    ];

    let findings = lint::run_cfn_lint(&[("planted", document)]);

    for path in expected {
        let at = format!("planted: Resources/{path}");
        assert!(
            findings.iter().any(|finding| finding.starts_with(&at)),
            "{path} is not found: {findings:#?}"
        );
    }
    measurements::proven(
        "wrong values planted in the desired state that cfn-lint finds",
        expected.len(),
        "values",
    );
}
