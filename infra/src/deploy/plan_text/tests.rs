use domain::names::Names;
use reconciler::graph::ResourceId;
use reconciler::observe::Observed;
use reconciler::plan::{self, Action, FieldChange};
use serde_json::json;

use super::*;
use crate::deploy::control_plane::watched_control_plane;
use crate::deploy::deployed_syncs::tests::{config_of_syncs, deployed};
use crate::deploy::function_digests::FunctionDigests;

fn empty_plan() -> Plan {
    Plan { format_version: plan::FORMAT_VERSION, steps: Vec::new() }
}

fn first_control_plane(syncs: &[&str]) -> Plan {
    let names = Names::new("backup", "111122223333", "eu-central-1");
    let (config, code) = (config_of_syncs(syncs), FunctionDigests::new());
    let graph = watched_control_plane(&config, &names, &code, &deployed(syncs));
    plan::plan(&graph, &Observed::default())
}

fn first_data_plane() -> Plan {
    let names = Names::new("backup", "111122223333", "eu-central-1");
    let text = "[stack]\nname = \"backup\"\nregion = \"eu-central-1\"\n";
    let config = domain::config::parse(text).unwrap();
    let graph = bootstrap_stack::data_plane(&config, &names, &Default::default());
    plan::plan(&graph, &Observed::default())
}

fn planned(control_plane: Plan, data_plane: Plan) -> StackPlan {
    StackPlan::of_planes(control_plane, data_plane)
}

fn step(id: &str, kind: &str, action: Action) -> Step {
    Step { id: ResourceId::new(id), kind: kind.into(), action }
}

fn changed_plan() -> Plan {
    let change = FieldChange { field: "cidr".into(), before: json!("a"), after: json!("b") };
    let changes = vec![change];
    let steps = vec![
        step("vpc", "VPC", Action::Nothing),
        step("subnet-1", "subnet", Action::Replace { changes: changes.clone() }),
        step("task.home", "DataSync task", Action::Update { changes }),
        step("old-role", "IAM role", Action::Delete),
    ];
    Plan { steps, ..empty_plan() }
}

#[test]
fn a_first_plan_has_one_line_for_each_resource_by_section() {
    let plan = planned(first_control_plane(&["home"]), first_data_plane());
    let text = plan_text(&plan, Detail::Resources);
    for title in
        ["  Records\n", "  Functions\n", "  Network\n", "  Sync home: schedules and events\n"]
    {
        assert!(text.contains(title), "{title} in\n{text}");
    }
    assert!(text.contains("\n    + S3 bucket records-bucket\n"), "{text}");
    let counts = plan.combined_plan().counts();
    assert_eq!(text.matches("\n    + ").count(), counts.add, "{text}");
}

#[test]
fn changes_name_their_fields_and_full_shows_them() {
    let plan = planned(empty_plan(), changed_plan());
    insta::assert_snapshot!(plan_text(&plan, Detail::Resources), @"
    Control plane (made by efs-s3):
        no changes

    Data plane (made by bootstrap-stack):
      Network
      -/+ subnet subnet-1: cidr
      Transfer
        - IAM role old-role
      Sync home: transfer
        ~ DataSync task task.home: cidr

    Legend: + add, ~ change, - destroy, -/+ replace
    Plan: 1 to add, 1 to change, 2 to destroy.
    ");
    let full = plan_text(&plan, Detail::Fields);
    assert!(full.contains("subnet-1\n          cidr: \"a\" -> \"b\"\n"), "{full}");
}

#[test]
fn markdown_is_collapsed_and_fits_into_a_comment() {
    let plan = planned(empty_plan(), changed_plan());
    let text = plan_markdown(&plan, "backup");
    assert!(
        text.starts_with(
            "### efs-s3 plan: backup\n\n**Plan: 1 to add, 1 to change, 2 to destroy.**"
        )
    );
    assert_eq!(text.matches("<details><summary>Data plane").count(), 3, "{text}");
    assert!(text.contains("````diff\n! replace subnet subnet-1\n      cidr:"), "{text}");
    let names: Vec<String> = (0..40).map(|n| format!("sync-{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let largest = planned(first_control_plane(&names), first_data_plane());
    let text = plan_markdown(&largest, "backup");
    assert!(text.len() < 65_000 && text.contains("<details>"), "{}", text.len());
}

#[test]
fn nothing_internal_is_shown() {
    let plan = planned(first_control_plane(&["home"]), first_data_plane());
    let text = plan_text(&plan, Detail::Fields);
    assert!(text.contains("= (known after apply)\n"), "{text}");
    for internal in ["${", "duplicates", "\"(known after apply)\""] {
        assert!(!text.contains(internal), "{internal} in\n{text}");
    }
}
