use super::*;

#[test]
fn a_version_is_found_by_key_and_id() {
    let part = [
        r#"{"path":"/a","key":"p/a","version_id":"v1","size":1,"sha256":"d1"}"#,
        r#"{"path":"/b","key":"p/b","version_id":"v2","size":1}"#,
        r#"{"path":"/d/","key":"p/d/","version_id":"v3","size":0}"#,
    ]
    .map(|line| line.to_owned() + "\n")
    .concat();
    let sha256 =
        |key, id| find_in_part(part.as_bytes(), key, id).unwrap().map(|object| object.sha256);
    assert_eq!(sha256("p/a", "v1"), Some(Some("d1".into())));
    assert_eq!(sha256("p/b", "v2"), Some(None));
    assert_eq!(sha256("p/d", "v3"), Some(None));
    assert_eq!(sha256("p/a", "v2"), None);
    assert_eq!(sha256("p/a", "v"), None);
    assert_eq!(sha256("a", "v1"), None, "the same path below another prefix");
}

#[test]
fn an_execution_covers_its_time_to_the_second() {
    let run: RunRecord = serde_json::from_str(
        r#"{"execution": "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b/execution/exec-0fcddf3728817690d",
            "outcome": "succeeded", "started_at": "2026-11-23T10:00:00.9Z", "ended_at": "2026-11-23T10:05:00Z",
            "recorded_at": "2026-11-23T10:05:03Z",
            "counters": {"files_to_transfer": 0, "bytes_to_transfer": 0, "files_transferred": 0, "bytes_transferred": 0,
              "bytes_written": 0, "files_verified": 0, "files_deleted": 0, "files_skipped": 0},
            "durations": {"prepare_ms": 0, "transfer_ms": 0, "verify_ms": 0, "total_ms": 0}}"#,
    )
    .unwrap();
    for (at, covered) in [
        ("2026-11-23T09:59:59Z", false),
        ("2026-11-23T10:00:00Z", true),
        ("2026-11-23T10:05:01Z", true),
        ("2026-11-23T10:05:02Z", false),
    ] {
        assert_eq!(was_running(&run, at.parse().unwrap()), covered, "{at}");
    }
}
