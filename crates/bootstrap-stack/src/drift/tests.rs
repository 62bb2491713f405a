//! Drift and its alert, on three log groups: `two` refers to `one`, `three` to `two`.

use reconciler::observe::Observed;
use reconciler::resources::logs::log_group::LogGroup;
use reconciler::{Cause, KindError, LiveResource};
use serde_json::json;

use super::*;

fn three_log_groups() -> Graph {
    let mut graph = Graph::default();
    let one = graph.add("one", LogGroup { name: "/1".into(), retention_days: 30 });
    let two = graph
        .add("two", LogGroup { name: format!("{}/2", one.attribute("name")), retention_days: 30 });
    graph.add("three", LogGroup { name: two.attribute("arn"), retention_days: 30 });
    graph
}

fn live_log_group(name: &str, retention_days: i32) -> LiveResource {
    let attributes = BTreeMap::from([
        ("name".to_owned(), name.to_owned()),
        ("arn".to_owned(), format!("arn:{name}")),
    ]);
    LiveResource {
        state: json!({ "name": name, "retention_days": retention_days }),
        attributes,
        managed: true,
    }
}

fn drift_of(found: &[(&str, LiveResource)], unread: &[&str]) -> Drift {
    let observed =
        Observed::of(found.iter().map(|(id, found)| (ResourceId::new(*id), found.clone())));
    let error = |id: &&str| {
        let source = Cause::Other("AccessDeniedException: not you (request 1-2-3)".into());
        (ResourceId::new(*id), KindError { doing: format!("reading log group `{id}`"), source })
    };
    drift(
        &three_log_groups(),
        &PartialObservation { observed, unread: unread.iter().map(error).collect() },
    )
}

fn as_deployed() -> [(&'static str, LiveResource); 3] {
    [
        ("one", live_log_group("/1", 30)),
        ("two", live_log_group("/1/2", 30)),
        ("three", live_log_group("arn:/1/2", 30)),
    ]
}

#[test]
fn what_is_as_deployed_is_not_mentioned() {
    assert!(drift_of(&as_deployed(), &[]).is_none());
}

#[test]
fn the_alert_says_what_differs_what_could_not_be_read_and_what_to_run() {
    let [one, two, _] = as_deployed();
    let drift = drift_of(
        &[
            one,
            ("two", LiveResource { state: json!({"name": "/1/2", "retention_days": 7}), ..two.1 }),
        ],
        &[],
    );
    insta::assert_snapshot!(drift_alert("backup", &drift).body(), @r"
    Stack backup: 2 resources are not as deployed.
    log group two differs: retention_days is 7 instead of 30.
    log group three is missing.

    Likely cause: somebody changed the resources by hand, or a deployment was interrupted.
    Run next:     efs-s3 deploy
    ");
}

#[test]
fn dependents_of_an_unread_resource_are_neither_missing_nor_different() {
    let [_, two, three] = as_deployed();
    let drift = drift_of(&[two.clone(), three], &["one"]);
    insta::assert_snapshot!(drift_alert("backup", &drift).body(), @r"
    Stack backup: 1 resource could not be read.
    log group one could not be read: reading log group `one`: AccessDeniedException: not you (request 1-2-3).

    Likely cause: a permission was removed, or AWS had a temporary error.
    Run next:     efs-s3 drift
    ");
    let absent = drift_of(&[two], &["one"]);
    let behind: Vec<_> = absent.unread.iter().map(|unread| unread.reason.as_str()).collect();
    assert_eq!(behind[1..], ["it can't be found while `one` can't be read"]);
}

#[test]
fn a_certain_difference_of_a_dependent_is_reported() {
    let drift = drift_of(
        &[("two", live_log_group("/1/2", 7)), ("three", live_log_group("arn:/1/2", 30))],
        &["one"],
    );
    assert_eq!(
        describe_differences(&drift),
        ["log group two differs: retention_days is 7 instead of 30."]
    );
    assert_eq!(
        drift_alert("backup", &drift).what,
        "1 resource is not as deployed, 1 could not be read"
    );
}

#[test]
fn an_unmanaged_resource_in_place_of_a_managed_one_is_drift() {
    let [one, two, three] = as_deployed();
    let drift = drift_of(&[one, two, ("three", LiveResource { managed: false, ..three.1 })], &[]);
    assert!(describe_differences(&drift)[0].contains("does not belong to this stack"), "{drift:?}");
}
