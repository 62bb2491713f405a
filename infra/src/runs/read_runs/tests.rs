use aws_fakes::FakeBucket;
use chrono::TimeDelta;
use serde_json::json;

use super::*;

const TASK: &str = "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b";

/// A records bucket with run records and proofs.
#[derive(Default)]
pub(crate) struct RecordedStack {
    pub bucket: FakeBucket,
}

impl RecordedStack {
    pub(crate) fn records(&self) -> RecordsBucket {
        RecordsBucket::new(self.bucket.client(&[]), "records")
    }

    /// Records an execution that ended so many hours before `now`, and its proof.
    pub(crate) fn record_run(&self, number: u32, sync: &str, hours: i64, proven: bool) {
        let execution = execution_arn(number);
        let ended = example_now() - TimeDelta::hours(hours);
        let run = json!({
            "execution": execution, "sync": sync, "outcome": "succeeded", "recorded_at": ended,
            "ended_at": ended, "durations": domain::records::run::PhaseDurations::default(),
            "counters": domain::records::run::Counters::default(),
        });
        let id = execution.rsplit('/').next().unwrap();
        self.bucket.put(&keys::run_record(id), run.to_string());
        let counts = json!({"transferred": 0, "proven": 0, "proven_bytes": 0, "skipped": 0,
            "deleted": 0, "findings": 0});
        let verdict = if proven { "VERIFIED" } else { "MISMATCH" };
        let proof = json!({"execution": execution, "verdict": verdict, "checked_at": ended,
            "bucket": "data", "counts": counts, "findings": []});
        self.bucket.put(&keys::proof_document(id), proof.to_string());
    }
}

pub(crate) fn example_now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_005_700, 0).unwrap()
}

pub(crate) fn execution_arn(number: u32) -> String {
    format!("{TASK}/execution/exec-{number:017x}")
}

fn sync(name: &str) -> SyncName {
    SyncName::parse(name).unwrap()
}

fn names(runs: &[RecordedRun]) -> Vec<(String, i64)> {
    let hours = |run: &RecordedRun| (example_now() - run.ended_at.unwrap()).num_hours();
    runs.iter().map(|run| (run.sync.to_string(), hours(run))).collect()
}

#[tokio::test]
async fn the_executions_of_one_sync_are_found_among_those_of_the_others() {
    let stack = RecordedStack::default();
    for number in 1..=150 {
        let sync = if number % 50 == 0 { "archive" } else { "home" };
        stack.record_run(number, sync, i64::from(number), true);
    }
    let (records, one) = (stack.records(), [sync("archive")]);
    let of_one = read_newest_runs(&records, RunFilter::OfSyncs(&one), 10).await.unwrap();
    let expected = [50, 100, 150].map(|hours| ("archive".to_owned(), hours));
    assert_eq!(names(&of_one), expected);
    let of_all = read_newest_runs(&records, RunFilter::All, 10).await.unwrap();
    assert_eq!(of_all.len(), 10);
}

#[tokio::test]
async fn executions_since_a_time_are_sorted_by_their_end() {
    let stack = RecordedStack::default();
    stack.bucket.set_written_at(example_now().timestamp());
    stack.record_run(1, "home", 1, true);
    stack.record_run(2, "archive", 0, false);
    let since = example_now() - TimeDelta::hours(5);
    let runs = read_runs_since(&stack.records(), RunFilter::All, since).await.unwrap();
    assert_eq!(names(&runs), [("archive".to_owned(), 0), ("home".to_owned(), 1)]);
    let one = [sync("home")];
    let runs = read_runs_since(&stack.records(), RunFilter::OfSyncs(&one), since).await.unwrap();
    assert_eq!(names(&runs), [("home".to_owned(), 1)]);
    let later = example_now() + TimeDelta::hours(1);
    let none = read_runs_since(&stack.records(), RunFilter::All, later).await.unwrap();
    assert!(none.is_empty());
}
