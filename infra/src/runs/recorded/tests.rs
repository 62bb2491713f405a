use super::*;

pub(crate) fn example_run(
    outcome: RunOutcome,
    class: Option<Class>,
    verdict: Option<Verdict>,
) -> RecordedRun {
    let ended = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    RecordedRun {
        sync: SyncName::default(),
        execution: "exec-0fcddf3728817690d".into(),
        kind: RunKind::Sync,
        started_by: StartedBy::Schedule,
        started_at: Some(ended - chrono::TimeDelta::minutes(2)),
        ended_at: Some(ended),
        duration_ms: 119_500,
        outcome: Some(outcome),
        class,
        files_transferred: 1245,
        bytes_transferred: 67_108_864,
        verdict,
        restored: None,
    }
}

#[test]
fn each_execution_has_its_line() {
    let good = example_run(RunOutcome::Succeeded, None, Some(Verdict::VerifiedWithWarnings));
    let restore =
        RecordedRun { kind: RunKind::Restore, verdict: None, started_by: StartedBy::Hand, ..good };
    let partial = RecordedRun { kind: RunKind::Partial, ..restore.clone() };
    let runs = [
        example_run(RunOutcome::Succeeded, None, Some(Verdict::VerifiedWithWarnings)),
        example_run(RunOutcome::Failed, Some(Class::Permission), None),
        RecordedRun { verdict: Some(Verdict::Verified), ..partial },
        RecordedRun { restored: Some(true), ..restore.clone() },
        RecordedRun { outcome: None, ended_at: None, ..restore },
    ];
    let now = DateTime::from_timestamp(1_700_005_700, 0).unwrap();
    insta::assert_snapshot!(runs_table(&runs, false, now).unwrap(), @"
    execution               kind     by        outcome    verdict                     files       bytes         took  ended             what
    exec-0fcddf3728817690d  sync     schedule  succeeded  VERIFIED_WITH_WARNINGS       1245    64.0 MiB   1 min 59 s  1 h 35 min ago
    exec-0fcddf3728817690d  sync     schedule  failed     -                            1245    64.0 MiB   1 min 59 s  1 h 35 min ago    permission
    exec-0fcddf3728817690d  PARTIAL  hand      succeeded  VERIFIED                     1245    64.0 MiB   1 min 59 s  1 h 35 min ago
    exec-0fcddf3728817690d  restore  hand      succeeded  RESTORED                     1245    64.0 MiB   1 min 59 s  1 h 35 min ago
    exec-0fcddf3728817690d  restore  hand      running    -                            1245    64.0 MiB   1 min 59 s  -
    ");
}

#[test]
fn a_part_of_the_source_is_no_proven_copy() {
    let whole = example_run(RunOutcome::Succeeded, None, Some(Verdict::Verified));
    assert!(whole.is_proven_copy());
    for kind in [RunKind::Partial, RunKind::Restore] {
        assert!(!RecordedRun { kind, ..whole.clone() }.is_proven_copy(), "{kind:?}");
    }
}

#[test]
fn each_execution_has_its_sync_where_there_are_several() {
    let sync = |name| SyncName::parse(name).unwrap();
    let good = example_run(RunOutcome::Succeeded, None, Some(Verdict::Verified));
    let runs = [
        RecordedRun { sync: sync("home"), ..good.clone() },
        RecordedRun { sync: sync("projects-of-the-past"), ..good },
    ];
    let now = DateTime::from_timestamp(1_700_005_700, 0).unwrap();
    insta::assert_snapshot!(runs_table(&runs, true, now).unwrap(), @"
    sync                  execution               kind     by        outcome    verdict                     files       bytes         took  ended             what
    home                  exec-0fcddf3728817690d  sync     schedule  succeeded  VERIFIED                     1245    64.0 MiB   1 min 59 s  1 h 35 min ago
    projects-of-the-past  exec-0fcddf3728817690d  sync     schedule  succeeded  VERIFIED                     1245    64.0 MiB   1 min 59 s  1 h 35 min ago
    ");
}

#[test]
fn the_slot_shows_what_started_an_execution() {
    for (slot, retry_of, expected) in [
        (Some("home.schedule-2026-11-23T10:00:00Z"), None, StartedBy::Schedule),
        (Some("home.manual-2026-11-23T10:00:00.123Z"), None, StartedBy::Hand),
        (Some("schedule-2026-11-23T10:00:00Z"), None, StartedBy::Schedule),
        (Some("full-verification-2026-11-23T10:00:00Z"), None, StartedBy::FullVerification),
        (Some("manual-2026-11-23T10:00:00.123Z"), None, StartedBy::Hand),
        (Some("retry-exec-1"), Some("exec-1"), StartedBy::Retry),
        (Some("nightly"), None, StartedBy::Other),
        (None, None, StartedBy::Other),
    ] {
        let sync =
            if slot.is_some_and(|slot| slot.starts_with("home.")) { "home" } else { "default" };
        let record = record_of_slot(sync, slot, retry_of);
        assert_eq!(StartedBy::from_record(&record), expected, "{slot:?}");
    }
}

fn record_of_slot(sync: &str, slot: Option<&str>, retry_of: Option<&str>) -> RunRecord {
    let execution = "arn:aws:datasync:eu-central-1:111122223333:task/\
        task-0806c70094b09457b/execution/exec-0fcddf3728817690d";
    serde_json::from_value(serde_json::json!({
        "execution": execution, "outcome": "succeeded", "recorded_at": "2026-11-23T10:00:00Z",
        "sync": sync, "slot": slot, "retry_of": retry_of,
        "durations": domain::records::run::PhaseDurations::default(),
        "counters": domain::records::run::Counters::default(),
    }))
    .unwrap()
}
