use std::sync::Mutex;

use super::*;
use crate::fake_logs::{FakeLogs, log_group};
use crate::kinds::log_group::LogGroup;

/// `one` ← `two` ← `three`, and `alone`.
fn graph() -> Graph {
    let mut graph = Graph::default();
    let one = graph.add("one", log_group("/1"));
    let two = graph.add("two", log_group(&format!("{}/2", one.attribute("name"))));
    graph.add_after("three", log_group("/3"), &[&two]);
    graph.add("alone", log_group("/alone"));
    graph
}

#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Progress for Heard {
    fn started(&self, step: &Step) {
        self.0.lock().unwrap().push(format!("started {}", step.id));
    }

    fn finished(&self, step: &Step, _elapsed: Duration, failure: Option<&KindError>) {
        let how = if failure.is_some() { "failed" } else { "finished" };
        self.0.lock().unwrap().push(format!("{how} {}", step.id));
    }
}

impl Heard {
    fn position(&self, what: &str) -> usize {
        let heard = self.0.lock().unwrap();
        heard.iter().position(|line| line == what).unwrap_or_else(|| panic!("`{what}` in {heard:?}"))
    }
}

#[tokio::test]
async fn what_does_not_depend_on_each_other_runs_at_once_and_the_rest_in_order() {
    let (logs, heard) = (FakeLogs::default(), Heard::default());
    let applied = apply(&logs.aws(), &graph(), &heard, None).await.unwrap();
    assert_eq!(applied.plan.counts().add, 4);
    assert_eq!(applied.observed.attribute("two", "name"), Some("/1/2"));
    assert_eq!(logs.names(), ["/1", "/1/2", "/3", "/alone"]);
    assert!(heard.position("started one") < heard.position("finished alone"));
    assert!(heard.position("started alone") < heard.position("finished one"));
    assert!(heard.position("finished one") < heard.position("started two"));
    assert!(heard.position("finished two") < heard.position("started three"));
}

#[tokio::test]
async fn a_second_apply_changes_nothing() {
    let logs = FakeLogs::default();
    apply(&logs.aws(), &graph(), &Unheard, None).await.unwrap();
    logs.take_calls();
    let heard = Heard::default();
    assert!(apply(&logs.aws(), &graph(), &heard, None).await.unwrap().plan.is_empty());
    assert!(logs.take_calls().is_empty());
    assert!(heard.0.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_was_altered_is_mended_and_nothing_else_is_touched() {
    let logs = FakeLogs::default();
    apply(&logs.aws(), &graph(), &Unheard, None).await.unwrap();
    logs.take_calls();
    logs.alter("/1/2", 7);
    apply(&logs.aws(), &graph(), &Unheard, None).await.unwrap();
    assert_eq!(logs.take_calls(), ["retain /1/2"]);
}

#[tokio::test]
async fn a_failure_stops_what_depends_on_it_and_the_next_run_goes_on_from_there() {
    let broken = FakeLogs::default().refusing(&["/1/2"]);
    let heard = Heard::default();
    let error = apply(&broken.aws(), &graph(), &heard, None).await.unwrap_err();
    insta::assert_snapshot!(error, @"1 of the steps failed, 2 were done and 1 wait for them; run it again, it goes on from there: creating log group `/1/2`: InvalidParameterException: no such name");
    heard.position("failed two");
    assert_eq!(broken.names(), ["/1", "/alone"]);

    let mended = broken.refusing(&[]);
    mended.take_calls();
    apply(&mended.aws(), &graph(), &Unheard, None).await.unwrap();
    assert_eq!(mended.take_calls(), ["create /1/2", "retain /1/2", "create /3", "retain /3"]);
}

#[tokio::test]
async fn no_step_begins_when_the_time_is_over() {
    let logs = FakeLogs::default();
    let error = apply(&logs.aws(), &graph(), &Unheard, Some(Instant::now())).await.unwrap_err();
    insta::assert_snapshot!(error, @"out of time after 0 steps, 4 are left; run it again, it goes on from there");
    assert!(logs.names().is_empty());
}

#[tokio::test]
async fn a_plan_with_something_that_is_not_ours_is_refused_whole() {
    let logs = FakeLogs::default();
    logs.alter("/3", 30);
    let error = apply(&logs.aws(), &graph(), &Unheard, None).await.unwrap_err();
    assert!(matches!(error, ApplyError::Blocked { .. }), "{error}");
    assert!(logs.take_calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_change_that_does_not_stay_is_an_error() {
    let logs = FakeLogs::default().forgetting();
    let mut graph = Graph::default();
    graph.add("one", log_group("/1"));
    let error = apply(&logs.aws(), &graph, &Unheard, None).await.unwrap_err();
    insta::assert_snapshot!(error, @r"
    every step was done, and yet AWS is not as it should be:
      ~ log group one
            retention_days: 0 -> 30

    Plan: 0 to add, 1 to change, 0 to destroy.
    ");
}

#[tokio::test]
async fn destroy_goes_the_other_way_round_and_leaves_data() {
    let logs = FakeLogs::default();
    let mut graph = graph();
    graph.add_data("data", LogGroup { name: "/data".into(), retention_days: 30 });
    apply(&logs.aws(), &graph, &Unheard, None).await.unwrap();
    let heard = Heard::default();
    destroy(&logs.aws(), &graph, false, &heard, None).await.unwrap();
    assert_eq!(logs.names(), ["/data"]);
    assert!(heard.position("finished three") < heard.position("started two"));
    assert!(heard.position("finished two") < heard.position("started one"));

    logs.take_calls();
    destroy(&logs.aws(), &graph, true, &Unheard, None).await.unwrap();
    assert_eq!(logs.take_calls(), ["delete /data"]);
    assert!(destroy(&logs.aws(), &graph, true, &Unheard, None).await.unwrap().plan.is_empty());
    assert!(logs.take_calls().is_empty());
}

#[tokio::test]
async fn what_is_no_longer_wanted_goes_last() {
    let logs = FakeLogs::default();
    let mut graph = graph();
    apply(&logs.aws(), &graph, &Unheard, None).await.unwrap();
    graph.retire(&crate::graph::ResourceId::new("three"));
    graph.add("new", log_group("/new"));
    let heard = Heard::default();
    apply(&logs.aws(), &graph, &heard, None).await.unwrap();
    assert!(heard.position("finished new") < heard.position("started three"));
    assert!(apply(&logs.aws(), &graph, &Unheard, None).await.unwrap().plan.is_empty());
}
