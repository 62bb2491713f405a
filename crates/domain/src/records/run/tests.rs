use super::*;

/// One as the first version of this pipeline wrote it.
const OLD: &str = r#"{"execution":"arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b/execution/exec-0fcddf3728817690d",
    "outcome":"succeeded","recorded_at":"2026-11-23T10:00:00Z","counters":{"files_to_transfer":3,"bytes_to_transfer":12,
    "files_transferred":2,"bytes_transferred":12,"bytes_written":12,"files_verified":3,"files_deleted":0,
    "files_skipped":0},"durations":{"prepare_ms":1,"transfer_ms":2,"verify_ms":3,"total_ms":6}}"#;

pub(crate) fn record() -> RunRecord {
    serde_json::from_str(OLD).unwrap()
}

#[test]
fn a_record_of_an_earlier_version_is_read() {
    assert!(record().is_good() && record().previous.is_none());
    let again: RunRecord =
        serde_json::from_str(&serde_json::to_string(&record()).unwrap()).unwrap();
    assert_eq!(again, record());
}

#[test]
fn who_is_told() {
    let bad = RunRecord { outcome: RunOutcome::Failed, class: Some(Class::BusyFile), ..record() };
    let doubtful = RunRecord { class: Some(Class::Shrunk), ..record() };
    let retried = RunRecord { retries: vec!["/a".into()], ..bad.clone() };
    for (run, good, told) in [
        (record(), true, false),
        (bad, false, true),
        (doubtful, false, true),
        (retried, false, false),
    ] {
        assert_eq!((run.is_good(), run.is_alerted_as_bad()), (good, told), "{run:?}");
    }
}
