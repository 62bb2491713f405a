use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::diff::changed_fields;
use crate::diff::list_differences;
use crate::render;
use crate::resource_kind::LiveResource;
use crate::resources::Resource;
use crate::resources::ec2::subnet::Subnet;
use crate::resources::efs::mount_targets::MountTargets;
use crate::resources::lambda::permission::Permission;
use crate::resources::s3::bucket::Bucket;
use crate::resources::sns::topic::Topic;
use crate::testing::fake_logs::log_group;

const TOPIC_ARN: &str = "arn:aws:sns:eu-central-1:111122223333:alerts";

/// A bucket with data, a topic, and a permission that refers to the topic.
fn sample_graph() -> Graph {
    let mut graph = Graph::default();
    graph.add_data("data", Bucket::private("backup-data", "aws"));
    let topic = graph.add(
        "alerts",
        Topic {
            name: "alerts".into(),
            policy: json!({"Statement": [{"Action": "sns:Publish"}]}),
            kms_key: None,
        },
    );
    graph.add("permission", sample_permission(&topic.attribute("arn")));
    graph
}

fn sample_permission(source_arn: &str) -> Permission {
    Permission {
        function: "start".into(),
        statement_id: "tick".into(),
        principal: "sns.amazonaws.com".into(),
        source_arn: source_arn.into(),
    }
}

fn live_resource(resource: impl Into<Resource>, attributes: &[(&str, &str)]) -> LiveResource {
    let attributes =
        attributes.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    LiveResource { state: resource.into().to_json(), attributes, managed: true }
}

/// Everything as desired, then altered.
fn observe_sample(alter: impl FnOnce(&mut BTreeMap<&str, LiveResource>)) -> Observed {
    let topic = sample_graph().get(&ResourceId::new("alerts")).unwrap().resource.clone();
    let mut all = BTreeMap::from([
        ("data", live_resource(Bucket::private("backup-data", "aws"), &[("name", "backup-data")])),
        ("alerts", live_resource(topic, &[("name", "alerts"), ("arn", TOPIC_ARN)])),
        ("permission", live_resource(sample_permission(TOPIC_ARN), &[("id", "tick")])),
    ]);
    alter(&mut all);
    Observed::of(all.into_iter().map(|(id, found)| (ResourceId::new(id), found)))
}

fn render_plan(alter: impl FnOnce(&mut BTreeMap<&str, LiveResource>)) -> String {
    render::plan(&plan(&sample_graph(), &observe_sample(alter)))
}

#[test]
fn nothing_differs() {
    let plan = plan(&sample_graph(), &observe_sample(|_| {}));
    assert!(plan.is_empty());
    assert_eq!(plan.counts(), Counts::default());
    assert_eq!(render::plan(&plan), "No changes.\n");
}

#[test]
fn what_is_missing_is_created_and_shows_what_is_not_known_yet() {
    insta::assert_snapshot!(render_plan(|all| { all.remove("alerts"); all.remove("permission"); }), @r#"
      + SNS topic alerts
            name = "alerts"
            policy:
              + statement 1
                  + Action sns:Publish
      + Lambda permission permission
            function = "start"
            statement_id = "tick"
            principal = "sns.amazonaws.com"
            source_arn = (known after apply)

    Plan: 2 to add, 0 to change, 0 to destroy.
    "#);
}

#[test]
fn a_difference_is_shown_field_by_field() {
    insta::assert_snapshot!(render_plan(|all| {
        all.get_mut("data").unwrap().state["versioned"] = json!(false);
        all.get_mut("alerts").unwrap().state["policy"]["Statement"][0]["Action"] = json!("sns:*");
    }), @r#"
      ~ SNS topic alerts
            policy:
              ~ statement 1
                  - Action sns:*
                  + Action sns:Publish
      ~ S3 bucket data
            versioned: false -> true

    Plan: 0 to add, 2 to change, 0 to destroy.
    "#);
}

#[test]
fn what_holds_on_to_something_replaced_goes_before_it() {
    let subnet = |cidr: &str| Subnet {
        vpc_id: "vpc-1".into(),
        cidr: cidr.into(),
        availability_zone: "eu-central-1a".into(),
        map_public_ip_on_launch: false,
        duplicates: Vec::new(),
    };
    let targets = |subnet_id: &str| MountTargets {
        file_system_id: "fs-1".into(),
        subnet_ids: vec![subnet_id.to_owned()],
        security_group_ids: vec!["sg-1".into()],
    };
    let mut graph = Graph::default();
    let id = graph.add("subnet", subnet("10.0.1.0/24"));
    let held = graph.add("mount-targets", targets(&id.attribute("id")));
    let there = |cidr, subnet_id| {
        Observed::of([
            (id.clone(), live_resource(subnet(cidr), &[("id", "subnet-1")])),
            (held.clone(), live_resource(targets(subnet_id), &[("id", "fsmt-1")])),
        ])
    };
    insta::assert_snapshot!(render::plan(&plan(&graph, &there("10.0.0.0/24", "subnet-1"))), @r#"
    -/+ subnet subnet
            cidr: "10.0.0.0/24" -> "10.0.1.0/24"
    -/+ EFS mount targets mount-targets
            subnet_ids[0]: "subnet-1" -> (known after apply)

    Plan: 2 to add, 0 to change, 2 to destroy.
    "#);
    let only_moved = plan(&graph, &there("10.0.1.0/24", "subnet-9"));
    assert_eq!(only_moved.counts(), Counts { change: 1, ..Counts::default() });
}

#[test]
fn a_field_that_cannot_change_in_place_means_a_replacement() {
    insta::assert_snapshot!(render_plan(|all| {
        all.get_mut("permission").unwrap().state["principal"] = json!("events.amazonaws.com");
    }), @r#"
    -/+ Lambda permission permission
            principal: "events.amazonaws.com" -> "sns.amazonaws.com"

    Plan: 1 to add, 0 to change, 1 to destroy.
    "#);
}

#[test]
fn what_refers_to_something_replaced_does_not_know_it_yet() {
    insta::assert_snapshot!(render_plan(|all| {
        all.get_mut("alerts").unwrap().state["name"] = json!("old");
    }), @r#"
    -/+ SNS topic alerts
            name: "old" -> "alerts"
    -/+ Lambda permission permission
            source_arn: "arn:aws:sns:eu-central-1:111122223333:alerts" -> (known after apply)

    Plan: 2 to add, 0 to change, 2 to destroy.
    "#);
}

#[test]
fn an_unmanaged_resource_is_unchanged_and_blocks_the_plan() {
    let text = render_plan(|all| {
        all.get_mut("alerts").unwrap().managed = false;
        all.get_mut("data").unwrap().state["versioned"] = json!(false);
    });
    insta::assert_snapshot!(text, @r"
      ! SNS topic alerts: SNS topic `alerts` exists and does not belong to this stack; remove it, or choose another stack name
      ~ S3 bucket data
            versioned: false -> true

    This plan can't be applied: 1 of its resources must not be changed.
    ");
}

#[test]
fn data_is_not_replaced_unasked() {
    let plan = plan(
        &sample_graph(),
        &observe_sample(|all| all.get_mut("data").unwrap().state["name"] = json!("old")),
    );
    assert_eq!(
        plan.blocked(),
        ["S3 bucket `backup-data` would have to be replaced (name), and its data would be lost; \
          undo that change, or accept the loss with `--replace data`"]
    );
    assert!(!plan.is_empty());
}

#[test]
fn data_is_replaced_when_it_is_named() {
    let mut graph = sample_graph();
    assert!(!graph.allow_replacement(&ResourceId::new("nothing")));
    assert!(graph.allow_replacement(&ResourceId::new("data")));
    let plan = plan(
        &graph,
        &observe_sample(|all| all.get_mut("data").unwrap().state["name"] = json!("old")),
    );
    assert!(plan.blocked().is_empty());
    assert_eq!(plan.counts(), Counts { add: 1, change: 0, destroy: 1 });
}

#[test]
fn destroy_goes_backwards_and_keeps_data() {
    let all = observe_sample(|_| {});
    let kept = destroy(&sample_graph(), &all, false);
    insta::assert_snapshot!(render::plan(&kept), @r"
      - Lambda permission permission
        S3 bucket data is kept, it holds data: backup-data
      - SNS topic alerts

    Plan: 0 to add, 0 to change, 2 to destroy.
    ");
    assert_eq!(destroy(&sample_graph(), &all, true).counts().destroy, 3);
    assert!(destroy(&sample_graph(), &Observed::default(), true).is_empty());
}

#[test]
fn destroy_keeps_unmanaged_resources() {
    let foreign = observe_sample(|all| all.get_mut("alerts").unwrap().managed = false);
    let ids: Vec<_> = destroy(&sample_graph(), &foreign, true)
        .steps
        .into_iter()
        .filter(|step| step.action == Action::Delete)
        .collect();
    assert!(ids.iter().all(|step| step.id != ResourceId::new("alerts")));
    assert_eq!(ids.len(), 2);
}

#[test]
fn only_kept_data_is_no_change() {
    let mut graph = Graph::default();
    graph.add_data("data", log_group("/data"));
    let all = Observed::of([(
        ResourceId::new("data"),
        live_resource(log_group("/data"), &[("name", "/data")]),
    )]);
    assert!(destroy(&graph, &all, false).is_empty());
}

#[test]
fn the_json_form_has_a_version_and_reads_back() {
    let plan = plan(&sample_graph(), &observe_sample(|all| drop(all.remove("permission"))));
    let text = json!(plan);
    assert_eq!(text["format_version"], 1);
    assert_eq!(text["steps"][2]["id"], "permission");
    assert_eq!(text["steps"][2]["action"]["action"], "create");
    assert_eq!(serde_json::from_value::<Plan>(text).unwrap(), plan);
}

#[test]
fn differences_go_down_to_the_values() {
    for (before, after, expected) in [
        (json!({"a": 1}), json!({"a": 1}), vec![]),
        (json!({"a": 1}), json!({"a": 2}), vec!["a"]),
        (json!({"a": {"b": [1, 2]}}), json!({"a": {"b": [1, 3]}}), vec!["a.b[1]"]),
        (json!({"a": [1]}), json!({"a": [1, 2]}), vec!["a"]),
        (json!({"a": {"b": 1}}), json!({"a": {"c": 1}}), vec!["a.b", "a.c"]),
        (json!({"a": null}), json!({}), vec![]),
        (json!({"a": null}), json!({"a": {"b": 1}}), vec!["a"]),
    ] {
        let fields: Vec<String> =
            list_differences(&before, &after).into_iter().map(|change| change.field).collect();
        assert_eq!(fields, expected, "{before} {after}");
    }
    assert_eq!(
        changed_fields(&json!({"a": {"b": 1, "c": 1}, "d": 1}), &json!({"a": {}, "d": 2})),
        ["a", "d"]
    );
}

#[test]
fn a_pruned_resource_is_deleted_unless_it_holds_data_or_is_unmanaged() {
    let pruned = |alter: fn(&mut BTreeMap<&str, LiveResource>)| {
        let mut graph = sample_graph();
        ["data", "alerts", "permission"].iter().for_each(|id| graph.prune(&ResourceId::new(*id)));
        render::plan(&plan(&graph, &observe_sample(alter)))
    };
    insta::assert_snapshot!(pruned(|_| {}), @"
      - SNS topic alerts
        S3 bucket data is kept, it holds data: backup-data
      - Lambda permission permission

    Plan: 0 to add, 0 to change, 2 to destroy.
    ");
    insta::assert_snapshot!(pruned(|all| {
        all.remove("alerts");
        all.get_mut("permission").unwrap().managed = false;
    }), @"
        S3 bucket data is kept, it holds data: backup-data

    No changes.
    ");
}
