use reconciler::plan::FieldChange;
use serde_json::json;

use super::*;

fn change(field: &str) -> FieldChange {
    FieldChange { field: field.into(), before: json!("OFF"), after: json!("BASIC") }
}

fn differing(id: &str, action: Action) -> Differing {
    Differing { id: ResourceId::new(id), kind: "DataSync task".into(), action }
}

fn report(control_plane: Drift, data_plane: Drift) -> DriftReport {
    DriftReport {
        format_version: 1,
        control_plane,
        data_plane,
        unfinished: None,
        configuration_differs: false,
    }
}

#[test]
fn differences_and_unread_resources_are_shown_by_plane() {
    let report = report(Drift::default(), example_drift());
    insta::assert_snapshot!(drift_text(&report).unwrap(), @r#"
    Control plane (made by efs-s3):
        as deployed

    Data plane (made by bootstrap-stack):
      ~ DataSync task task
            options.log_level: "OFF" -> "BASIC"
      + DataSync task other
      ? IAM role role could not be read: AccessDenied: no

    Drift: 2 to repair, 1 could not be read.
    Next: efs-s3 deploy
    "#);
    assert_eq!(report.exit_code(), ExitCode::from(2));
}

fn example_drift() -> Drift {
    let unread = Unread {
        id: ResourceId::new("role"),
        kind: "IAM role".into(),
        reason: "AccessDenied: no".into(),
    };
    Drift {
        differing: vec![
            differing("task", Action::Update { changes: vec![change("options.log_level")] }),
            differing("other", Action::Create { state: json!({"name": "x"}) }),
        ],
        unread: vec![unread],
    }
}

#[test]
fn the_exit_code_distinguishes_no_drift_drift_and_unknown() {
    let unread =
        Unread { id: ResourceId::new("role"), kind: "IAM role".into(), reason: "no".into() };
    let hidden = Drift { differing: Vec::new(), unread: vec![unread] };
    assert_eq!(report(Drift::default(), Drift::default()).exit_code(), ExitCode::SUCCESS);
    assert_eq!(report(hidden, Drift::default()).exit_code(), ExitCode::FAILURE);
}

#[test]
fn code_that_is_not_deployed_yet_is_not_drift() {
    let code = || change(CODE);
    let drift = Drift {
        differing: vec![
            differing("a", Action::Update { changes: vec![code()] }),
            differing("b", Action::Update { changes: vec![code(), change("memory_mb")] }),
            differing("c", Action::Create { state: json!({}) }),
        ],
        unread: Vec::new(),
    };
    let left = without_code(drift).differing;
    assert_eq!(left.iter().map(|differing| differing.id.as_str()).collect::<Vec<_>>(), ["b", "c"]);
    assert_eq!(left[0].action, Action::Update { changes: vec![change("memory_mb")] });
}
