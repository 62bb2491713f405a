use serde_json::json;

use super::*;
use crate::runs::read_runs::tests::{RecordedStack, example_now, execution_arn};

fn set_last(stack: &RecordedStack, sync: &str, number: u32) {
    let last =
        json!({"execution": execution_arn(number), "outcome": "succeeded", "bad_in_a_row": 0});
    let sync = SyncName::parse(sync).unwrap();
    stack.bucket.put(&keys::last_run(&sync), last.to_string());
}

/// The last execution and the newest proven copy of each sync, as ages in hours.
async fn read_ages(stack: &RecordedStack, syncs: &[&str]) -> Vec<(Option<i64>, Option<i64>)> {
    let limits = syncs.iter().map(|sync| (SyncName::parse(sync).unwrap(), Some(26))).collect();
    let runs = read_last_runs(&stack.records(), &limits, example_now()).await.unwrap();
    let age = |ended: DateTime<Utc>| (example_now() - ended).num_hours();
    let ages = syncs.iter().map(|sync| {
        let runs = &runs[&SyncName::parse(sync).unwrap()];
        let last = runs.last.as_ref().and_then(|run| run.ended_at);
        (last.map(age), runs.proven_at.map(age))
    });
    ages.collect()
}

#[tokio::test]
async fn a_rare_sync_is_found_without_a_search() {
    let stack = RecordedStack::default();
    stack.record_run(1, "archive", 100, true);
    stack.record_run(2, "home", 1, true);
    set_last(&stack, "archive", 1);
    set_last(&stack, "home", 2);
    let ages = read_ages(&stack, &["home", "archive", "media"]).await;
    assert_eq!(ages, [(Some(1), Some(1)), (Some(100), Some(100)), (None, None)]);
    assert_eq!(stack.bucket.take_listed(), Vec::<String>::new());
}

#[tokio::test]
async fn an_older_proof_is_searched_within_the_limit() {
    let stack = RecordedStack::default();
    stack.bucket.set_written_at(example_now().timestamp());
    stack.record_run(1, "home", 3, true);
    stack.record_run(2, "home", 1, false);
    stack.record_run(3, "archive", 2, false);
    set_last(&stack, "home", 2);
    set_last(&stack, "archive", 3);
    let ages = read_ages(&stack, &["home", "archive"]).await;
    assert_eq!(ages, [(Some(1), Some(3)), (Some(2), None)]);
    stack.bucket.set_written_at(example_now().timestamp() - 27 * 3600);
    let ages = read_ages(&stack, &["home"]).await;
    assert_eq!(ages, [(Some(1), None)], "the copy is older than the limit");
}
