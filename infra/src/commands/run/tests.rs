use serde_json::json;

use super::*;

const EXECUTION: &str = "arn:aws:datasync:eu-central-1:111122223333:task/\
        task-0806c70094b09457b/execution/exec-0fcddf3728817690d";

#[test]
fn a_run_with_everything_recorded() {
    let shown = |value: serde_json::Value| RunView {
        run: serde_json::from_value(value["run"].clone()).unwrap(),
        proof: None,
        alert: serde_json::from_value(value["alert"].clone()).unwrap(),
    };
    let failed = shown(json!({
        "run": {
            "execution": EXECUTION,
            "outcome": "failed", "class": "permission", "recorded_at": "2026-11-23T10:05:00Z",
            "started_at": "2026-11-23T10:00:00Z", "ended_at": "2026-11-23T10:04:00Z",
            "slot": "schedule-2026-11-23T10:00:00Z", "filters": {"includes": "/a|/b*"},
            "counters": {"files_to_transfer": 3, "bytes_to_transfer": 10, "files_transferred": 1,
                "bytes_transferred": 4,
                "bytes_written": 4, "files_verified": 0, "files_deleted": 0, "files_skipped": 2},
            "durations": {"prepare_ms": 1_500, "transfer_ms": 61_000, "verify_ms": 0,
                "total_ms": 240_000},
            "bytes_per_second": 2048, "error_code": "AccessDenied", "error_detail": "denied",
            "problems": {"count": 2, "first": ["/a/x: permission denied"]},
        },
        "alert": {
            "claimed_by": "r1", "claimed_at": "2026-11-23T10:05:00Z",
                "sent_at": "2026-11-23T10:05:01Z",
            "alert": {"stack": "backup", "what": "the run failed: access was denied", "facts": [],
                "path_count": 0,
                "paths": [], "likely_cause": "a role refuses.", "fix": "deploy.",
                    "next_command": "efs-s3 drift"},
        },
    }));
    let names = Names::new("backup", "111122223333", "eu-central-1");
    insta::assert_snapshot!(run_view_text(&names, &failed).unwrap(), @"
    exec-0fcddf3728817690d failed: 1 files transferred (4 B), 0 verified, 0 deleted, 2 skipped or unchanged, in 4 min 0 s
      AccessDenied
      denied
      started   2026-11-23 10:00:00 UTC by schedule, slot schedule-2026-11-23T10:00:00Z
      ended     2026-11-23 10:04:00 UTC
      phases    prepared in 1.5 s, transferred in 1 min 1 s, verified in 0.0 s
      rate      2.0 KiB/s
      includes  /a|/b*
      class     permission: see docs/OPERATIONS.md#permission
      problem   /a/x: permission denied
                and 1 more; the task report has them
    No version is proven; `efs-s3 verify` verifies them.
    Alert sent at 2026-11-23 10:05:01 UTC: the run failed: access was denied.
      cause     a role refuses.
      fix       deploy.
      next      efs-s3 drift
    Console: https://eu-central-1.console.aws.amazon.com/datasync/home?region=eu-central-1#/history/task-0806c70094b09457b/exec-0fcddf3728817690d
    ");
}
