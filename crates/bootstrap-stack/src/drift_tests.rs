//! Drift and its alert, on three log groups: `two` refers to `one`, `three` to `two`.

use reconciler::observe::Observed;
use reconciler::resources::logs::log_group::LogGroup;
use reconciler::{Cause, KindError, LiveResource};
use serde_json::json;

use super::*;

fn graph() -> Graph {
    let mut graph = Graph::default();
    let one = graph.add("one", LogGroup { name: "/1".into(), retention_days: 30 });
    let two = graph
        .add("two", LogGroup { name: format!("{}/2", one.attribute("name")), retention_days: 30 });
    graph.add("three", LogGroup { name: two.attribute("arn"), retention_days: 30 });
    graph
}

fn found(name: &str, retention_days: i32) -> LiveResource {
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

fn seen(found: &[(&str, LiveResource)], unread: &[&str]) -> Drift {
    let observed =
        Observed::of(found.iter().map(|(id, found)| (ResourceId::new(*id), found.clone())));
    let error = |id: &&str| {
        let source = Cause::Other("AccessDeniedException: not you (request 1-2-3)".into());
        (ResourceId::new(*id), KindError { doing: format!("reading log group `{id}`"), source })
    };
    drift(&graph(), &PartialObservation { observed, unread: unread.iter().map(error).collect() })
}

fn whole() -> [(&'static str, LiveResource); 3] {
    [("one", found("/1", 30)), ("two", found("/1/2", 30)), ("three", found("arn:/1/2", 30))]
}

#[test]
fn what_is_as_it_should_be_is_not_mentioned() {
    assert!(seen(&whole(), &[]).is_none());
}

#[test]
fn the_alert_says_what_differs_what_could_not_be_read_and_what_to_run() {
    let [one, two, _] = whole();
    let drift = seen(
        &[
            one,
            ("two", LiveResource { state: json!({"name": "/1/2", "retention_days": 7}), ..two.1 }),
        ],
        &[],
    );
    insta::assert_snapshot!(alert("backup", &drift).body(), @r"
    Stack backup: 2 resources are not as deployed.
    log group two differs: retention_days is 7 instead of 30.
    log group three is missing.

    Likely cause: somebody changed the resources by hand, or a deployment stopped half-way.
    Run next:     efs-s3 deploy
    ");
}

#[test]
fn what_hangs_on_something_unread_is_neither_missing_nor_different() {
    let [_, two, three] = whole();
    let drift = seen(&[two.clone(), three], &["one"]);
    insta::assert_snapshot!(alert("backup", &drift).body(), @r"
    Stack backup: 1 resource could not be read.
    log group one could not be read: reading log group `one`: AccessDeniedException: not you (request 1-2-3).

    Likely cause: a permission was taken away, or AWS had a bad moment.
    Run next:     efs-s3 drift
    ");
    let absent = seen(&[two], &["one"]);
    let behind: Vec<_> = absent.unread.iter().map(|unread| unread.reason.as_str()).collect();
    assert_eq!(behind[1..], ["it can't be found while `one` can't be read"]);
}

#[test]
fn a_sure_difference_of_something_that_hangs_on_something_unread_is_told() {
    let drift = seen(&[("two", found("/1/2", 7)), ("three", found("arn:/1/2", 30))], &["one"]);
    assert_eq!(sentences(&drift), ["log group two differs: retention_days is 7 instead of 30."]);
    assert_eq!(alert("backup", &drift).what, "1 resource is not as deployed, 1 could not be read");
}

#[test]
fn somebody_elses_resource_in_the_place_of_ours_is_drift() {
    let [one, two, three] = whole();
    let drift = seen(&[one, two, ("three", LiveResource { managed: false, ..three.1 })], &[]);
    assert!(sentences(&drift)[0].contains("does not belong to this stack"), "{drift:?}");
}
