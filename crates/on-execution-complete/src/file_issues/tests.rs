//! The rows of the detailed reports, and the issues that follow from them.

use serde_json::json;

use super::*;

#[test]
fn each_kind_of_row_is_understood() {
    let meta = |mtime: &str| json!({"Type": "Regular", "ContentSize": 6, "Mtime": mtime});
    let (old, new) = ("2026-01-07T16:59:26.000000000Z", "2026-01-07T17:59:26.000000000Z");
    let verified = |path: &str, source: &str, status: &str, checksum: &str, reason: &str| {
        json!({"RelativePath": path, "SrcMetadata": meta(source), "DstMetadata": meta(old),
            "SrcChecksum": "SHA256:a",
            "DstChecksum": checksum, "VerifyStatus": status, "FailureReason": reason})
    };
    let part: DetailedReport = serde_json::from_value(json!({
        "TaskExecutionId": "exec-1",
        "Skipped": [
            {"RelativePath": "/kept", "SkipReason": "Exists at the destination",
                "SkipStatus": "SUCCESS"},
            {"RelativePath": "/unchanged", "SkipStatus": "SUCCESS"},
            {"RelativePath": "/unsaid"},
            {"RelativePath": "/long", "SkipReason": "Object key exceeds the maximum length of \
                1,024 bytes",
                "SkipStatus": "FAILED"},
            {"RelativePath": "shut", "ErrorCode": "AccessDenied", "ErrorDetail": "no"},
        ],
        "Transferred": [
            {"RelativePath": "/fine", "TransferStatus": "SUCCESS"},
            {"RelativePath": "gone", "TransferStatus": "FAILED",
                "FailureReason": "No such file or directory"},
            {"RelativePath": "/secret", "TransferStatus": "FAILED", "ErrorCode": "AccessDenied",
                "ErrorDetail": "no"},
            {"RelativePath": "/odd", "TransferStatus": "FAILED"},
            {"RelativePath": "/none", "TransferStatus": "FAILED",
             "FailureReason": "Listed in the manifest and not at the source"},
        ],
        "Verified": [
            verified("/fine", old, "SUCCESS", "SHA256:a", ""),
            verified("/busy", new, "FAILED", "SHA256:b", ""),
            verified("/damaged", old, "FAILED", "SHA256:b", "something"),
            verified("/stale", old, "FAILED", "SHA256:a", "stale file handle"),
        ],
        "Deleted": [{"RelativePath": "/old", "DeleteStatus": "SUCCESS"}],
    }))
    .unwrap();
    let lines: Vec<String> = issues_in_part(&part)
        .iter()
        .map(|issue| format!("{} {}: {}", issue.class.as_str(), issue.path, issue.reason))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    skipped-files /long: Object key exceeds the maximum length of 1,024 bytes
    permission /shut: no (AccessDenied)
    busy-file /gone: No such file or directory
    permission /secret: no (AccessDenied)
    unknown /odd: not transferred; DataSync gives no reason
    not-at-source /none: Listed in the manifest and not at the source
    busy-file /busy: changed between transfer and verification
    checksum-mismatch /damaged: something
    busy-file /stale: stale file handle
    deletions /old: deleted
    ");
}

#[test]
fn a_path_is_not_classified() {
    for (path, message, expected) in [
        (
            "/mount/a",
            "Failed to open source file /mount/a: No such file or directory",
            Class::BusyFile,
        ),
        (
            "/kms, cancelled",
            "Failed to open source file /kms, cancelled: No such file or directory",
            Class::BusyFile,
        ),
        ("/a", "S3 Put Object Failed: access denied", Class::Permission),
        ("/stale", "stale file handle", Class::BusyFile),
        ("/s", "kms/s", Class::Kms),
        ("/ü", "/ü: Permission denied", Class::Permission),
    ] {
        assert_eq!(classify_message_about(path, message), expected, "{path}: {message}");
    }
}

#[test]
fn a_file_that_was_not_transferred_is_not_reported_as_unverified_too() {
    let issue = |path: &str, phase| FileIssue {
        path: path.into(),
        phase,
        ..FileIssue::with_class(Class::Unknown)
    };
    use IssuePhase::{Transfer, Verification};
    let all = [("/a", Verification), ("/b", Verification), ("/a", Transfer)];
    let remaining = without_consequences(all.map(|(path, phase)| issue(path, phase)).into());
    let left: Vec<_> = remaining.iter().map(|issue| (issue.path.as_str(), issue.phase)).collect();
    assert_eq!(left, [("/b", Verification), ("/a", Transfer)]);
    let again = [FileIssue::with_class(Class::Deletions), issue("/a", Verification)];
    assert_eq!(without_consequences(again.to_vec()), again, "created again after it was deleted");
}
