use reconciler::plan::Action;

use super::*;
use crate::deploy::deployed_syncs::tests::config_of_syncs;

fn step(id: &str, action: Action) -> Step {
    Step { id: ResourceId::new(id), kind: "thing".to_owned(), action }
}

/// Returns a plan with some resources to create, to delete, and left alone.
fn plan_of(created: &[&str], deleted: &[&str], kept: &[&str]) -> Plan {
    let create = |id: &&str| step(id, Action::Create { state: serde_json::Value::Null });
    let steps = created
        .iter()
        .map(create)
        .chain(deleted.iter().map(|id| step(id, Action::Delete)))
        .chain(kept.iter().map(|id| step(id, Action::Nothing)));
    Plan { format_version: FORMAT_VERSION, steps: steps.collect() }
}

fn deployed_config(config: StackConfig) -> DeployedState {
    DeployedState { config: Some(config), ..DeployedState::default() }
}

#[test]
fn each_sync_has_the_changes_of_its_own_resources() {
    let plan = plan_of(
        &["task.new@eu-west-1", "destination-bucket.new", "task", "vpc", "schedule-rule.new"],
        &["task.old"],
        &["task.kept", "schedule-rule.kept"],
    );
    let deployed = deployed_config(config_of_syncs(&["kept", "default", "old"]));
    let config = config_of_syncs(&["kept", "default", "new"]);
    insta::assert_snapshot!(changes_text(&list_changes(&config, &deployed, &[&plan])), @r"
    Syncs:
      kept     no changes
      default  1 to add
      new      new: 2 to add
      old      removed: 1 to destroy
    ");
}

#[test]
fn a_new_name_for_the_same_source_and_destination_is_told_as_another_sync() {
    let before = config_of_syncs(&["docs", "home"]);
    let mut after = before.clone();
    after.syncs[1].name = SyncName::parse("house").unwrap();
    let deployed = deployed_config(before);
    let plan = plan_of(&["task.house"], &["task.home"], &["task.docs"]);
    let changes = list_changes(&after, &deployed, &[&plan]);
    insta::assert_snapshot!(changes_text(&changes), @r"
    Syncs:
      docs   no changes
      house  new: 1 to add
      home   removed: 1 to destroy
    `home` was renamed to `house`: it is another sync, and its runs start anew. The records of `home` stay.
    ");

    after.syncs[1].source.subdirectory = "/elsewhere/".to_owned();
    let changes = list_changes(&after, &deployed, &[&plan]);
    assert!(changes.iter().all(|change| change.renamed_from.is_none()));
}

#[test]
fn a_stack_with_one_sync_has_no_list() {
    let (none, config) = (DeployedState::default(), config_of_syncs(&["default"]));
    let plan = plan_of(&["task"], &[], &[]);
    assert_eq!(changes_text(&list_changes(&config, &none, &[&plan])), "");
}
