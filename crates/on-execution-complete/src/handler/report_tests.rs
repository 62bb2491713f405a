//! The effect of the task report on the record, the alert and the retry.

use domain::records::class::Class;
use domain::records::keys;
use domain::records::last_run::LastRun;
use domain::sync_name::SyncName;
use serde_json::{Value, json};

use super::tests::is_alerted;
use crate::testing::CompletionFixture;

const BUSY: &str = "Transfer and verification completed. Selected files transferred except for \
    files skipped due to errors.";

fn busy_part(path: &str) -> Value {
    json!({"TaskExecutionId": "exec-1", "Transferred": [
        {"RelativePath": path, "TransferStatus": "FAILED", "FailureReason": "Source file changed \
            while it was read"}]})
}

fn add_retry_of(fixture: &CompletionFixture, first: &str) {
    fixture.add_execution();
    fixture.change_execution(2, |execution| {
        drop(execution.tags.insert("efs-s3:retry-of".into(), first.to_owned()))
    });
}

#[tokio::test]
async fn busy_files_are_copied_again_once_before_an_alert() {
    let fixture = CompletionFixture::new();
    fixture.fail(1, "OpPartialTransfer", BUSY);
    fixture.put_detailed_report(1, "transferred", &busy_part("/a*"));
    for request in ["r1", "r2"] {
        let first = fixture.invoke(fixture.state_change(1, "ERROR"), request).await.unwrap();
        assert!(!is_alerted(&first));
    }
    let id = fixture.execution_arn(1).id().to_owned();
    let asked = fixture.env.functions.payloads();
    let request = json!({"slot": format!("retry-{id}"), "overrides": {"includes": [r"/a\*"]},
        "when_busy": "queue",
        "retry_of": id});
    assert_eq!(asked, [request.clone(), request], "the slot makes it one start");
    assert_eq!(fixture.metrics.lines().len(), 1);

    add_retry_of(&fixture, &id);
    fixture.fail(2, "OpPartialTransfer", BUSY);
    fixture.put_detailed_report(2, "transferred", &busy_part("/a*"));
    assert!(is_alerted(&fixture.invoke(fixture.state_change(2, "ERROR"), "r3").await.unwrap()));
    assert_eq!(fixture.subjects(), ["[backup] the execution failed: files were busy"]);
    assert_eq!(fixture.env.functions.payloads().len(), 2, "no retry of a retry");
}

fn unchanged_part(files: i64) -> Value {
    let row = |n: i64| {
        json!({"RelativePath": format!("/{n}"), "SkipReason": "same",
        "SkipStatus": "SUCCESS"})
    };
    json!({"TaskExecutionId": "exec-1", "Skipped": (0..files).map(row).collect::<Vec<_>>()})
}

/// The execution alerts nobody, and is the new baseline.
async fn require_new_baseline(fixture: &CompletionFixture, number: usize, files: i64) {
    let outcome = fixture.invoke(fixture.state_change(number, "SUCCESS"), "r1").await.unwrap();
    assert!(!is_alerted(&outcome), "{number}");
    let run = fixture.run_record(number);
    assert!(run.is_good() && run.problems.is_empty(), "{run:?}");
    let last: LastRun = fixture.env.read_document(&keys::last_run(&SyncName::default()));
    let baseline = last.baseline.unwrap();
    assert_eq!(
        (last.execution, baseline.listed, baseline.skipped),
        (fixture.execution_arn(number), Some(files), 0)
    );
}

/// On AWS each unchanged file counts as skipped, and some tasks list all of them.
#[tokio::test]
async fn unchanged_files_alert_nobody_and_the_baseline_moves_on() {
    for listed in [false, true] {
        let fixture = CompletionFixture::new();
        for number in 1..=4 {
            if number > 1 {
                fixture.add_execution();
            }
            let files = 1_000 + number as i64;
            fixture.succeed(number, files);
            fixture.change_execution(number, |execution| {
                execution.counters.files_skipped = if number == 1 { 0 } else { files }
            });
            if listed && number > 1 {
                fixture.put_detailed_report(number, "skipped", &unchanged_part(files));
            }
            require_new_baseline(&fixture, number, files).await;
        }
        assert_eq!(fixture.subjects(), Vec::<String>::new());
    }
}

fn skipped_part(failed: i64) -> Value {
    let row = |n: i64| {
        json!({"RelativePath": format!("/pipe-{n}"), "SkipReason": "FIFO",
        "SkipStatus": "FAILED"})
    };
    let same = json!({"RelativePath": "/same", "SkipReason": "same", "SkipStatus": "SUCCESS"});
    let rows: Vec<Value> = (0..failed).map(row).chain([same]).collect();
    json!({"TaskExecutionId": "exec-1", "Skipped": rows})
}

#[tokio::test]
async fn more_files_skipped_with_an_error_send_an_alert() {
    let fixture = CompletionFixture::new();
    for (number, failed) in [(1, 1), (2, 1), (3, 2)] {
        if number > 1 {
            fixture.add_execution();
        }
        fixture.succeed(number, 1_000);
        fixture.change_execution(number, |execution| execution.counters.files_skipped = 900);
        fixture.put_detailed_report(number, "skipped", &skipped_part(failed));
        let alerted = is_alerted(
            &fixture.invoke(fixture.state_change(number, "SUCCESS"), "r1").await.unwrap(),
        );
        // The first has nothing to be compared with.
        assert_eq!(alerted, number == 3, "{number}");
        assert_eq!(fixture.run_record(number).problems.skipped, failed);
    }
    assert_eq!(fixture.run_record(3).class, Some(Class::SkippedRising));
}

/// Unchanged files on the report are no reason not to copy the busy ones again, however many parts
/// they fill.
#[tokio::test]
async fn busy_files_are_copied_again_beside_unchanged_ones() {
    let fixture = CompletionFixture::new();
    fixture.fail(1, "OpPartialTransfer", BUSY);
    fixture.change_execution(1, |execution| execution.counters.files_skipped = 1_000);
    let same = json!({"TaskExecutionId": "exec-1",
        "Skipped": [{"RelativePath": "/same", "SkipReason": "same", "SkipStatus": "SUCCESS"}]});
    for number in 1..=17 {
        let name = format!("files-skipped-v1-{number:05}-0123456789abcdef0");
        fixture.put_report(1, "Detailed-Reports", &name, &same);
    }
    fixture.put_detailed_report(1, "transferred", &busy_part("/a"));
    assert!(!is_alerted(&fixture.invoke(fixture.state_change(1, "ERROR"), "r1").await.unwrap()));
    assert_eq!(fixture.run_record(1).retries, ["/a"]);
}

/// A part of 1,000 rows, of which so many are at the source.
fn verified_part(at_source: i64) -> Value {
    let row = |n: i64| match n < at_source {
        true => {
            json!({"RelativePath": format!("/{n}"), "SrcMetadata": {"Type": "Regular"},
            "DstMetadata": {"Type": "Regular"}, "VerifyStatus": "SUCCESS"})
        }
        false => {
            json!({"RelativePath": format!("/{n}"), "DstMetadata": {"Type": "Regular"},
            "VerifyStatus": "SUCCESS"})
        }
    };
    json!({"TaskExecutionId": "exec-1", "Verified": (0..1_000).map(row).collect::<Vec<_>>()})
}

/// `FilesVerified` may count objects that only the destination has: an emptied source leaves them
/// all behind.
#[tokio::test]
async fn objects_at_the_destination_alone_are_no_files_at_the_source() {
    for (rows, expected) in
        [(Some(0), Some(Class::NothingListed)), (Some(100), Some(Class::Shrunk)), (None, None)]
    {
        let fixture = CompletionFixture::new();
        for number in [1, 2] {
            if number > 1 {
                fixture.add_execution();
            }
            fixture.succeed(number, 1_000);
            let at_source = if number == 1 { Some(1_000) } else { rows };
            if let Some(at_source) = at_source {
                fixture.put_detailed_report(number, "verified", &verified_part(at_source));
            }
            fixture.invoke(fixture.state_change(number, "SUCCESS"), "r1").await.unwrap();
        }
        assert_eq!(fixture.run_record(2).class, expected, "{rows:?}");
        // Where no row is there, the counter is all there is.
        assert_eq!(fixture.run_record(2).listed, rows.or(Some(1_000)));
    }
}
