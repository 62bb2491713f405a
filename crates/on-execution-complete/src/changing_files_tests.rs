//! Files that change during an execution: every kind of change, at every moment, in every verify
//! mode, and in each form in which DataSync may report it. None counts as damage, and a damaged
//! file among them is reported as damaged.

use domain::execution::{Execution, ServiceMessage};
use domain::limits::Limits;
use domain::names::Names;
use domain::records::class::Class;
use domain::records::run::RunRecord;
use domain::report::DetailedReport;
use serde_json::{Value, json};

use crate::alert::alert_for;
use crate::decide::{CompletionFacts, build_record};
use crate::execution_tags::ExecutionTags;
use crate::file_issues::{FileIssue, IssuePhase, issues_in_part, without_consequences};
use crate::report_issues::ReportIssues;
use crate::testing::records::execution;

const CHANGES: [FileChange; 10] = [
    FileChange::Created,
    FileChange::Deleted,
    FileChange::Renamed,
    FileChange::Truncated,
    FileChange::Appended,
    FileChange::Touched,
    FileChange::AccessChanged,
    FileChange::ByAFile,
    FileChange::ByADirectory,
    FileChange::ByASymlink,
];
const MOMENTS: [Moment; 5] = [
    Moment::BeforeListing,
    Moment::BeforeCopy,
    Moment::WhileRead,
    Moment::AfterCopy,
    Moment::WhileVerified,
];
const MODES: [(&str, bool); 6] = [
    ("POINT_IN_TIME_CONSISTENT", false),
    ("POINT_IN_TIME_CONSISTENT", true),
    ("ONLY_FILES_TRANSFERRED", false),
    ("ONLY_FILES_TRANSFERRED", true),
    ("NONE", false),
    ("NONE", true),
];

#[derive(Clone, Copy, Debug, PartialEq)]
enum FileChange {
    Created,
    Deleted,
    Renamed,
    Truncated,
    Appended,
    Touched,
    AccessChanged,
    ByAFile,
    ByADirectory,
    ByASymlink,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Moment {
    BeforeListing,
    BeforeCopy,
    WhileRead,
    AfterCopy,
    WhileVerified,
}

/// The row of a path in the report, with its report kind; `None` if there is none.
type PossibleRow = Option<(&'static str, Value)>;

const OLD: &str = "2026-01-07T16:59:26.123456789Z";
const NEW: &str = "2026-01-07T17:00:00.000000001Z";

fn metadata(kind: &str, size: u64, mtime: &str) -> Value {
    json!({"Type": kind, "ContentSize": size, "Mtime": mtime, "Uid": 0, "Gid": 0, "Mode": "0644"})
}

fn transfer_failed(path: &str, words: &str) -> PossibleRow {
    Some((
        "Transferred",
        json!({"RelativePath": path, "TransferStatus": "FAILED", "FailureReason": words}),
    ))
}

fn one_sided_row(path: &str, of: &str, more: &Value) -> PossibleRow {
    let mut row = json!({"RelativePath": path, "VerifyStatus": "FAILED"});
    (row[format!("{of}Metadata")], row[format!("{of}Checksum")]) =
        (metadata("Regular", 6, OLD), json!("SHA256:ab"));
    row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Some(("Verified", row))
}

/// A file that only one side has: as in the samples of the guide, as in this local cloud, and with
/// unknown messages.
fn one_sided_rows(path: &str, of: &str) -> Vec<PossibleRow> {
    let other = if of == "Src" { "Dst" } else { "Src" };
    let row = |more: Value| one_sided_row(path, of, &more);
    let zeros = json!({format!("{other}Metadata"): metadata("Regular", 0, "1970-01-01T00:00:00Z"),
        format!("{other}Checksum"): format!("SHA256:{}", "0".repeat(64))});
    let mut spellings = vec![
        row(json!({})),
        row(json!({"FailureCode": 40_974})),
        row(json!({"FailureReason": "S3 Get Object Failed", "FailureCode": 40_974})),
        row(json!({"FailureReason": "S3 Head Object Failed: NoSuchKey"})),
        row(json!({"ErrorCode": "FileNotAtSource",
            "ErrorDetail": "Verification failed due to file being present at the destination but \
                not at the source"})),
        row(json!({"FailureReason": "Checksum mismatch"})),
    ];
    if of == "Src" {
        spellings.push(row(zeros));
    }
    spellings
}

fn changed_rows(path: &str, now: Value, checksum: Option<&str>) -> Vec<PossibleRow> {
    let spelled = |words: Option<&str>| {
        Some((
            "Verified",
            json!({"RelativePath": path, "SrcMetadata": now, "SrcChecksum": checksum,
            "DstMetadata": metadata("Regular", 6, OLD), "DstChecksum": "SHA256:ab",
                "VerifyStatus": "FAILED",
            "FailureReason": words}),
        ))
    };
    [None, Some("Verification failed due to a difference in metadata"), Some("Checksum mismatch")]
        .map(spelled)
        .into()
}

/// The rows that DataSync may write for the change: one of each list.
fn possible_rows(
    change: FileChange,
    moment: Moment,
    (mode, removes): (&str, bool),
) -> Vec<Vec<PossibleRow>> {
    let whole = mode == "POINT_IN_TIME_CONSISTENT";
    let created = |path: &str| if whole { one_sided_rows(path, "Src") } else { vec![None] };
    // It is documented for neither mode whether a file that only the destination has is a mismatch:
    // both cases are tested.
    let gone = |path: &str| match mode {
        "NONE" => vec![None],
        _ if whole && removes => one_sided_rows(path, "Dst"),
        _ => one_sided_rows(path, "Dst").into_iter().chain([None]).collect(),
    };
    let differs = |now: Value, checksum: Option<&str>| match mode {
        "NONE" => vec![None],
        _ if whole => changed_rows("/f", now, checksum),
        _ => changed_rows("/f", now, checksum).into_iter().chain([None]).collect(),
    };
    let missing = || {
        let words = [
            "No such file or directory",
            "Failed to open source file /f: No such file or directory",
        ];
        words.map(|words| transfer_failed("/f", words)).to_vec()
    };
    let while_read = || vec![transfer_failed("/f", "Source file changed while it was read")];
    let other_kind =
        || vec![transfer_failed("/f", "Source item is of another type than when it was listed")];
    let copied = matches!(moment, Moment::AfterCopy | Moment::WhileVerified);
    match (change, moment) {
        (_, Moment::BeforeListing) => vec![],
        (FileChange::Created, _) => vec![created("/f")],
        (FileChange::Deleted, _) if copied => vec![gone("/f")],
        (FileChange::Renamed, _) if copied => vec![gone("/f"), created("/to")],
        (FileChange::Deleted, _) => vec![missing()],
        (FileChange::Renamed, _) => vec![missing(), created("/to")],
        (FileChange::Truncated, _) if copied => {
            vec![differs(metadata("Regular", 0, NEW), Some("SHA256:cd"))]
        }
        (FileChange::Appended, _) if copied => {
            vec![differs(metadata("Regular", 9, NEW), Some("SHA256:cd"))]
        }
        (FileChange::Touched, _) if copied => {
            vec![differs(metadata("Regular", 6, NEW), Some("SHA256:ab"))]
        }
        (FileChange::AccessChanged, _) if copied => {
            let mut now = metadata("Regular", 6, OLD);
            now["Mode"] = json!("0600");
            vec![differs(now, Some("SHA256:ab"))]
        }
        (FileChange::ByAFile, _) if copied => {
            vec![differs(metadata("Regular", 6, NEW), Some("SHA256:cd"))]
        }
        // The key of a directory differs from that of the file.
        (FileChange::ByADirectory, _) if copied => {
            let now =
                if whole { created("/f") } else { differs(metadata("Directory", 0, NEW), None) };
            vec![now, if whole { gone("/f") } else { vec![None] }]
        }
        (FileChange::ByASymlink, _) if copied => {
            vec![differs(metadata("Symlink", 3, NEW), Some("SHA256:cd"))]
        }
        (FileChange::ByADirectory | FileChange::ByASymlink, _) => vec![other_kind()],
        (_, Moment::WhileRead) => vec![while_read()],
        // It is copied as it is at that time.
        (_, _) => vec![],
    }
}

/// Each combination of one row from each list.
fn combinations_of(lists: &[Vec<PossibleRow>]) -> Vec<Vec<Value>> {
    lists.iter().fold(vec![Vec::new()], |so_far, list| {
        let longer = |taken: &Vec<Value>, said: &PossibleRow| {
            let row =
                said.iter().map(|(kind, row)| json!({"TaskExecutionId": "exec-1", *kind: [row]}));
            taken.iter().cloned().chain(row).collect::<Vec<_>>()
        };
        so_far.iter().flat_map(|taken| list.iter().map(move |said| longer(taken, said))).collect()
    })
}

fn damaged_part(mode: &str) -> Option<Value> {
    let row = json!({"RelativePath": "/damaged", "SrcMetadata": metadata("Regular", 6, OLD),
        "SrcChecksum": "SHA256:ab",
        "DstMetadata": metadata("Regular", 6, OLD), "DstChecksum": "SHA256:ef",
            "VerifyStatus": "FAILED"});
    (mode != "NONE").then(|| json!({"TaskExecutionId": "exec-1", "Verified": [row]}))
}

fn failed_execution(issues: &[FileIssue], mode: &str) -> Execution {
    let detail = match issues.iter().any(|issue| issue.phase == IssuePhase::Verification) {
        true => {
            "Transfer and verification completed. Verification detected mismatches. Files with \
                mismatches are \
                 listed in Cloud Watch Logs"
        }
        false => {
            "Transfer and verification completed. Selected files transferred except for files \
                skipped due to errors."
        }
    };
    let error = ServiceMessage { code: None, detail: Some(detail.into()) };
    Execution { status: "ERROR".into(), error, verify_mode: Some(mode.into()), ..execution() }
}

fn record_with(parts: &[Value], mode: &str, is_retry: bool) -> RunRecord {
    let parts =
        parts.iter().map(|part| serde_json::from_value::<DetailedReport>(part.clone()).unwrap());
    let issues = without_consequences(parts.flat_map(|part| issues_in_part(&part)).collect());
    let failed = failed_execution(&issues, mode);
    let report = ReportIssues { has_summary: true, issues, ..ReportIssues::default() };
    let retry_of = is_retry.then(|| "exec-0".to_owned());
    let tags = ExecutionTags { retry_of, ..ExecutionTags::default() };
    let facts = CompletionFacts {
        sync: &domain::sync_name::SyncName::default(),
        execution: &failed,
        issues: &report,
        tags: &tags,
        last: None,
        was_stuck: false,
        request_id: "r1",
        now: chrono::DateTime::UNIX_EPOCH,
    };
    build_record(&facts, &Limits::default())
}

fn alert_of(run: &RunRecord) -> Option<String> {
    let names = Names::new("backup", "111122223333", "eu-central-1");
    alert_for(&names, run).map(|alert| format!("{}\n{}", alert.subject(), alert.body()))
}

#[test]
fn no_change_during_an_execution_is_damage() {
    let (mut combinations, mut answers, mut mixed) = (0, 0, 0);
    for change in CHANGES {
        for moment in MOMENTS {
            for mode in MODES {
                combinations += 1;
                for parts in combinations_of(&possible_rows(change, moment, mode)) {
                    let context = format!("{change:?} {moment:?} {mode:?} {parts:?}");
                    answers += 1;
                    mixed += usize::from(check_answer(&parts, mode.0, &context));
                }
            }
        }
    }
    let changes = "changes of a live tree, by kind, moment and verify mode: none is damage";
    measurements::proven(changes, combinations, "combinations");
    measurements::proven("answers that DataSync may give to them", answers, "answers");
    let beside = "of those beside a damaged file: it is reported, and they are busy";
    measurements::proven(beside, mixed, "answers");
}

/// Checks one answer; returns whether it was checked beside a damaged file too.
fn check_answer(parts: &[Value], mode: &str, context: &str) -> bool {
    if !parts.is_empty() {
        check_busy(parts, mode, context);
    }
    let Some(damaged) = damaged_part(mode) else { return false };
    check_beside_damage(parts, damaged, mode, context);
    true
}

/// The files are copied again first; if the retry reports the same, the alert does not mention
/// damage.
fn check_busy(parts: &[Value], mode: &str, context: &str) {
    let first = record_with(parts, mode, false);
    assert_eq!(first.class, Some(Class::BusyFile), "{context}");
    assert_eq!(alert_of(&first), None, "{context}");
    assert!(
        !first.retries.is_empty()
            && first.retries.iter().all(|path| ["/f", "/to"].contains(&path.as_str()))
    );
    let again = record_with(parts, mode, true);
    assert!(
        matches!(again.class, Some(Class::BusyFile | Class::Unknown)),
        "{:?} {context}",
        again.class
    );
    let text = alert_of(&again).unwrap();
    assert!(again.retries.is_empty() && !text.contains("damage"), "{text} {context}");
}

fn check_beside_damage(parts: &[Value], damaged: Value, mode: &str, context: &str) {
    let all: Vec<Value> = parts.iter().cloned().chain([damaged]).collect();
    for is_retry in [false, true] {
        let mixed = record_with(&all, mode, is_retry);
        assert_eq!(mixed.class, Some(Class::ChecksumMismatch), "{context}");
        assert!(
            mixed.problems.first[0].starts_with("/damaged: "),
            "{:?} {context}",
            mixed.problems.first
        );
        let text = alert_of(&mixed).unwrap();
        assert!(text.contains("content was damaged on one side"), "{text} {context}");
        let mentions_busy = text.contains("busy: created, changed or deleted during the execution");
        assert_eq!(mentions_busy, mixed.problems.busy > 0, "{text} {context}");
        assert!(is_retry || mixed.problems.busy == mixed.problems.count - 1, "{context}");
    }
}
