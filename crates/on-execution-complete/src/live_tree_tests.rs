//! Files that move while a run is under way: every kind of change, at every moment, in every verify
//! mode, and in each spelling that DataSync may have for it. None is damage, and a defect beside
//! them is told in its own words.

use domain::execution::{Execution, ServiceMessage};
use domain::limits::Limits;
use domain::names::Names;
use domain::records::class::Class;
use domain::records::run::RunRecord;
use domain::report::DetailedReport;
use serde_json::{Value, json};

use crate::decide::{Facts, record};
use crate::fixtures::execution;
use crate::origin::Origin;
use crate::reported::Reported;
use crate::{alert, items};

const KINDS: [Kind; 10] = [
    Kind::Created,
    Kind::Deleted,
    Kind::Renamed,
    Kind::Truncated,
    Kind::Appended,
    Kind::Touched,
    Kind::AccessChanged,
    Kind::ByAFile,
    Kind::ByADirectory,
    Kind::ByASymlink,
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
enum Kind {
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

/// The reports' rows of a path: `None` for none.
type Said = Option<(&'static str, Value)>;

const OLD: &str = "2026-01-07T16:59:26.123456789Z";
const NEW: &str = "2026-01-07T17:00:00.000000001Z";

fn side(kind: &str, size: u64, mtime: &str) -> Value {
    json!({"Type": kind, "ContentSize": size, "Mtime": mtime, "Uid": 0, "Gid": 0, "Mode": "0644"})
}

fn transfer_failed(path: &str, words: &str) -> Said {
    Some((
        "Transferred",
        json!({"RelativePath": path, "TransferStatus": "FAILED", "FailureReason": words}),
    ))
}

/// A file that only one side has, as the guide's samples have it, as this local cloud has it, and
/// with words that nobody knows.
fn one_sided(path: &str, of: &str) -> Vec<Said> {
    let other = if of == "Src" { "Dst" } else { "Src" };
    let row = |more: Value| {
        let mut row = json!({"RelativePath": path, "VerifyStatus": "FAILED"});
        (row[format!("{of}Metadata")], row[format!("{of}Checksum")]) =
            (side("Regular", 6, OLD), json!("SHA256:ab"));
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Some(("Verified", row))
    };
    let zeros = json!({format!("{other}Metadata"): side("Regular", 0, "1970-01-01T00:00:00Z"),
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

fn changed(path: &str, now: Value, checksum: Option<&str>) -> Vec<Said> {
    let spelled = |words: Option<&str>| {
        Some((
            "Verified",
            json!({"RelativePath": path, "SrcMetadata": now, "SrcChecksum": checksum,
            "DstMetadata": side("Regular", 6, OLD), "DstChecksum": "SHA256:ab", "VerifyStatus": "FAILED",
            "FailureReason": words}),
        ))
    };
    [None, Some("Verification failed due to a difference in metadata"), Some("Checksum mismatch")]
        .map(spelled)
        .into()
}

/// The rows that DataSync may write of the change: one of each list.
fn said(kind: Kind, moment: Moment, (mode, removes): (&str, bool)) -> Vec<Vec<Said>> {
    let whole = mode == "POINT_IN_TIME_CONSISTENT";
    let created = |path: &str| if whole { one_sided(path, "Src") } else { vec![None] };
    // Whether what only the destination has is a mismatch is documented for neither mode; both are
    // taken.
    let gone = |path: &str| match mode {
        "NONE" => vec![None],
        _ if whole && removes => one_sided(path, "Dst"),
        _ => one_sided(path, "Dst").into_iter().chain([None]).collect(),
    };
    let differs = |now: Value, checksum: Option<&str>| match mode {
        "NONE" => vec![None],
        _ if whole => changed("/f", now, checksum),
        _ => changed("/f", now, checksum).into_iter().chain([None]).collect(),
    };
    let not_there = || {
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
    match (kind, moment) {
        (_, Moment::BeforeListing) => vec![],
        (Kind::Created, _) => vec![created("/f")],
        (Kind::Deleted, _) if copied => vec![gone("/f")],
        (Kind::Renamed, _) if copied => vec![gone("/f"), created("/to")],
        (Kind::Deleted, _) => vec![not_there()],
        (Kind::Renamed, _) => vec![not_there(), created("/to")],
        (Kind::Truncated, _) if copied => vec![differs(side("Regular", 0, NEW), Some("SHA256:cd"))],
        (Kind::Appended, _) if copied => vec![differs(side("Regular", 9, NEW), Some("SHA256:cd"))],
        (Kind::Touched, _) if copied => vec![differs(side("Regular", 6, NEW), Some("SHA256:ab"))],
        (Kind::AccessChanged, _) if copied => {
            let mut now = side("Regular", 6, OLD);
            now["Mode"] = json!("0600");
            vec![differs(now, Some("SHA256:ab"))]
        }
        (Kind::ByAFile, _) if copied => vec![differs(side("Regular", 6, NEW), Some("SHA256:cd"))],
        // A directory's key is another one than that of the file.
        (Kind::ByADirectory, _) if copied => {
            let now = if whole { created("/f") } else { differs(side("Directory", 0, NEW), None) };
            vec![now, if whole { gone("/f") } else { vec![None] }]
        }
        (Kind::ByASymlink, _) if copied => {
            vec![differs(side("Symlink", 3, NEW), Some("SHA256:cd"))]
        }
        (Kind::ByADirectory | Kind::ByASymlink, _) => vec![other_kind()],
        (_, Moment::WhileRead) => vec![while_read()],
        // The copy takes it as it is then.
        (_, _) => vec![],
    }
}

/// Each choice of one from each list.
fn choices(lists: &[Vec<Said>]) -> Vec<Vec<Value>> {
    lists.iter().fold(vec![Vec::new()], |so_far, list| {
        let longer = |taken: &Vec<Value>, said: &Said| {
            let row =
                said.iter().map(|(kind, row)| json!({"TaskExecutionId": "exec-1", *kind: [row]}));
            taken.iter().cloned().chain(row).collect::<Vec<_>>()
        };
        so_far.iter().flat_map(|taken| list.iter().map(move |said| longer(taken, said))).collect()
    })
}

fn damaged(mode: &str) -> Option<Value> {
    let row = json!({"RelativePath": "/damaged", "SrcMetadata": side("Regular", 6, OLD), "SrcChecksum": "SHA256:ab",
        "DstMetadata": side("Regular", 6, OLD), "DstChecksum": "SHA256:ef", "VerifyStatus": "FAILED"});
    (mode != "NONE").then(|| json!({"TaskExecutionId": "exec-1", "Verified": [row]}))
}

fn run(parts: &[Value], mode: &str, repeat: bool) -> RunRecord {
    let parts =
        parts.iter().map(|part| serde_json::from_value::<DetailedReport>(part.clone()).unwrap());
    let items = items::without_consequences(parts.flat_map(|part| items::of_part(&part)).collect());
    let detail = match items.iter().any(|item| item.step == items::Step::Verification) {
        true => {
            "Transfer and verification completed. Verification detected mismatches. Files with mismatches are \
                 listed in Cloud Watch Logs"
        }
        false => {
            "Transfer and verification completed. Selected files transferred except for files \
                skipped due to errors."
        }
    };
    let error = ServiceMessage { code: None, detail: Some(detail.into()) };
    let failed =
        Execution { status: "ERROR".into(), error, verify_mode: Some(mode.into()), ..execution() };
    let reported = Reported { has_summary: true, items, ..Reported::default() };
    let origin = Origin { retry_of: repeat.then(|| "exec-0".to_owned()), ..Origin::default() };
    let now = chrono::DateTime::UNIX_EPOCH;
    let (execution, reported, origin) = (&failed, &reported, &origin);
    let facts =
        Facts { execution, reported, origin, last: None, was_stuck: false, request_id: "r1", now };
    record(&facts, &Limits::default())
}

fn told(run: &RunRecord) -> Option<String> {
    let names = Names::new("backup", "111122223333", "eu-central-1");
    alert::for_run(&names, run).map(|alert| format!("{}\n{}", alert.subject(), alert.body()))
}

#[test]
fn no_change_of_a_live_tree_is_damage() {
    let (mut combinations, mut answers, mut mixed) = (0, 0, 0);
    for kind in KINDS {
        for moment in MOMENTS {
            for mode in MODES {
                combinations += 1;
                for parts in choices(&said(kind, moment, mode)) {
                    let context = format!("{kind:?} {moment:?} {mode:?} {parts:?}");
                    answers += 1;
                    if !parts.is_empty() {
                        busy(&parts, mode.0, &context);
                    }
                    if let Some(damaged) = damaged(mode.0) {
                        beside_damage(&parts, damaged, mode.0, &context);
                        mixed += 1;
                    }
                }
            }
        }
    }
    measurements::proven(
        "changes of a live tree, by kind, moment and verify mode: none is damage",
        combinations,
        "combinations",
    );
    measurements::proven("answers that DataSync may give to them", answers, "answers");
    measurements::proven(
        "of those beside a damaged file: it is told, and they are busy",
        mixed,
        "answers",
    );
}

/// Copied again first; and if a repeat says the same, told without a word of damage.
fn busy(parts: &[Value], mode: &str, context: &str) {
    let first = run(parts, mode, false);
    assert_eq!(first.class, Some(Class::BusyFile), "{context}");
    assert_eq!(told(&first), None, "{context}");
    assert!(
        !first.retries.is_empty()
            && first.retries.iter().all(|path| ["/f", "/to"].contains(&path.as_str()))
    );
    let again = run(parts, mode, true);
    assert!(
        matches!(again.class, Some(Class::BusyFile | Class::Unknown)),
        "{:?} {context}",
        again.class
    );
    let text = told(&again).unwrap();
    assert!(again.retries.is_empty() && !text.contains("damage"), "{text} {context}");
}

fn beside_damage(parts: &[Value], damaged: Value, mode: &str, context: &str) {
    let all: Vec<Value> = parts.iter().cloned().chain([damaged]).collect();
    for repeat in [false, true] {
        let mixed = run(&all, mode, repeat);
        assert_eq!(mixed.class, Some(Class::ChecksumMismatch), "{context}");
        assert!(
            mixed.problems.first[0].starts_with("/damaged: "),
            "{:?} {context}",
            mixed.problems.first
        );
        let text = told(&mixed).unwrap();
        assert!(text.contains("content was damaged on one side"), "{text} {context}");
        let beside = text.contains("busy beside that: created, changed or deleted during the run");
        assert_eq!(beside, mixed.problems.busy > 0, "{text} {context}");
        assert!(repeat || mixed.problems.busy == mixed.problems.count - 1, "{context}");
    }
}
