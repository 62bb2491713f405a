use reconciler::plan::FieldChange;
use serde_json::json;

use super::*;
use crate::deploy::deployed_syncs::tests::config_of_syncs;

fn names(account: &str) -> Names {
    Names::new("backup", account, "eu-central-1")
}

fn plan_of(steps: &[(&str, Action)]) -> Plan {
    let step = |(id, action): &(&str, Action)| Step {
        id: ResourceId::new(*id),
        kind: "log group".into(),
        action: action.clone(),
    };
    let steps = steps.iter().map(step).collect();
    Plan { format_version: reconciler::plan::FORMAT_VERSION, steps }
}

fn update(after: &str) -> Action {
    let change = FieldChange { field: "days".into(), before: json!("1"), after: json!(after) };
    Action::Update { changes: vec![change] }
}

fn file_of(account: &str, syncs: &[&str], steps: &[(&str, Action)]) -> PlanFile {
    let planned = StackPlan::of_planes(plan_of(steps), plan_of(&[]));
    let created_at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    let config = config_of_syncs(syncs);
    PlanFile::from_plan(&planned, &config, &names(account), &[], created_at).unwrap()
}

fn sample() -> PlanFile {
    file_of("111122223333", &["home"], &[("a", Action::Delete), ("b", update("3"))])
}

#[test]
fn a_file_reads_back_and_holds_while_nothing_changes() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("plan.json");
    sample().write_file(&path).unwrap();
    let read = PlanFile::read_file(&path).unwrap();
    assert_eq!(read, sample());
    // A resource that stays as it is may be listed or not.
    let steps = [("a", Action::Delete), ("b", update("3")), ("c", Action::Nothing)];
    read.require_unchanged(&file_of("111122223333", &["home"], &steps)).unwrap();
}

#[test]
fn what_changed_since_is_named() {
    let steps = [("b", update("7")), ("c", Action::Delete)];
    let now = file_of("444455556666", &["documents"], &steps);
    let refused = sample().require_unchanged(&now).unwrap_err();
    insta::assert_snapshot!(refused, @"
    nothing was changed: the plan of 2023-11-14 22:13:20 UTC no longer holds:
      - it is for account 111122223333, and this is 444455556666
      - the configuration differs from the planned one
      - log group a: planned to destroy, now to leave as it is
      - log group b: still to change, but with other values
      - log group c: planned to leave as it is, now to destroy
    ");
    let many: Vec<String> = (0..30).map(|n| format!("id-{n}")).collect();
    let many: Vec<_> = many.iter().map(|id| (id.as_str(), Action::Delete)).collect();
    let refused = sample().require_unchanged(&file_of("111122223333", &["home"], &many));
    assert!(refused.unwrap_err().to_string().ends_with("- and 22 more"));
}

#[test]
fn altered_and_foreign_files_are_refused() {
    let text = serde_json::to_string(&sample()).unwrap();
    for (altered, said) in [
        (text.replace("\"action\":\"delete\"", "\"action\":\"nothing\""), "altered"),
        (text.replacen("\"format_version\":1", "\"format_version\":2", 1), "format 1"),
        ("{}".to_owned(), "format 1"),
        ("plan".to_owned(), "no JSON"),
    ] {
        let refused = parse_file(&altered).unwrap_err().to_string();
        assert!(refused.contains(said), "{refused}");
    }
    assert!(PlanFile::read_file(Path::new("/nowhere/plan.json")).is_err());
}
