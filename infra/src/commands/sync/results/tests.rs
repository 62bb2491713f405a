use anyhow::anyhow;
use serde_json::json;

use super::*;

const TASK: &str = "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b";

fn sync(name: &str) -> SyncName {
    SyncName::parse(name).unwrap()
}

fn example_now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_005_700, 0).unwrap()
}

fn outcome(value: serde_json::Value) -> Result<StartOutcome> {
    Ok(serde_json::from_value(value).unwrap())
}

#[test]
fn each_start_is_one_line() {
    let execution = format!("{TASK}/execution/exec-0fcddf3728817690d");
    let started = [
        ("home", outcome(json!({"outcome": "started", "slot": "s", "execution": execution}))),
        ("projects", outcome(json!({"outcome": "skipped", "slot": "s", "running": execution}))),
        ("media", outcome(json!({"outcome": "waiting", "slot": "s", "running": null}))),
        ("archive", Err(anyhow!("no route").context("invoking `backup-start-execution`"))),
    ]
    .map(|(name, outcome)| StartedSync::new(&sync(name), outcome));
    insta::assert_snapshot!(started_text(&started, example_now()), @"
    home: started exec-0fcddf3728817690d
    projects: nothing was started: exec-0fcddf3728817690d is running
    media: The start `s` waits for its turn; `efs-s3 status` shows the executions that run now.
    archive: invoking `backup-start-execution`: no route
    ");
    let failed = started.iter().filter(|one| one.failure(example_now()).is_some());
    assert_eq!(failed.map(|one| one.sync.as_str()).collect::<Vec<_>>(), ["projects", "archive"]);
}

fn followed(outcome: &str, verdict: Option<&str>) -> FollowedExecution {
    let execution = format!("{TASK}/execution/exec-0fcddf3728817690d");
    let durations = json!({"prepare_ms": 0, "transfer_ms": 0, "verify_ms": 0, "total_ms": 61_000});
    let counters = serde_json::to_value(domain::records::run::Counters::default()).unwrap();
    let run = json!({
        "sync": "home", "execution": execution, "outcome": outcome, "slot": "home.manual-1",
        "recorded_at": "2023-11-14T23:00:00Z", "ended_at": "2023-11-14T23:00:00Z",
        "durations": durations, "counters": counters,
    });
    let counts = json!({"transferred": 1, "proven": 1, "proven_bytes": 1, "skipped": 0,
        "deleted": 0, "findings": 0});
    let proof = verdict.map(|verdict| {
        json!({"execution": execution, "verdict": verdict, "checked_at": "2023-11-14T23:00:00Z",
            "bucket": "data", "counts": counts, "findings": []})
    });
    FollowedExecution {
        run: serde_json::from_value(run).unwrap(),
        proof: proof.map(|proof| serde_json::from_value(proof).unwrap()),
    }
}

#[test]
fn the_final_table_has_each_execution_and_each_reason() {
    let followed = [
        FollowedSync::new(&sync("home"), Ok(followed("succeeded", Some("VERIFIED")))),
        FollowedSync::new(&sync("home"), Ok(followed("failed", None))),
        FollowedSync::new(&sync("archive"), Err(anyhow!("nothing was started: exec-1 is running"))),
    ];
    insta::assert_snapshot!(followed_table(&followed, example_now()).unwrap(), @"
    sync  execution               kind     by        outcome    verdict                     files       bytes         took  ended             what
    home  exec-0fcddf3728817690d  sync     hand      succeeded  VERIFIED                        0         0 B    1 min 1 s  48 min ago
    home  exec-0fcddf3728817690d  sync     hand      failed     -                               0         0 B    1 min 1 s  48 min ago
    archive: nothing was started: exec-1 is running
    ");
    let none = [FollowedSync::new(&sync("archive"), Err(anyhow!("nothing was started")))];
    assert_eq!(followed_table(&none, example_now()).unwrap(), "archive: nothing was started\n");
}
