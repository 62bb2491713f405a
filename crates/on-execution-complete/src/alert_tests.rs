//! What people read, class by class.

use chrono::{DateTime, TimeDelta};
use domain::records::last_run::Baseline;
use domain::records::run::{Counters, FileProblems, Filters};

use super::*;
use crate::fixtures::record;

fn names() -> Names {
    Names::new("backup", "111122223333", "eu-central-1")
}

/// As after a good run of the day before, which found 1,000 files.
fn run(outcome: RunOutcome, class: Option<Class>) -> RunRecord {
    let arn = record().execution.task().execution("exec-0aaaaaaaaaaaaaaa0").unwrap();
    let previous = LastRun {
        execution: arn,
        started_at: Some(DateTime::UNIX_EPOCH - TimeDelta::days(1)),
        outcome: RunOutcome::Succeeded,
        bad_in_a_row: 0,
        good_since: Some(DateTime::UNIX_EPOCH - TimeDelta::days(1)),
        baseline: Some(Baseline {
            listed: Some(1_000),
            counts_unchanged: true,
            skipped: 0,
            filters: Filters::default(),
        }),
    };
    RunRecord { outcome, class, listed: Some(1_000), previous: Some(previous), ..record() }
}

fn failed(class: Class, code: &str, detail: &str, paths: &[&str]) -> RunRecord {
    let first = paths.iter().map(|&path| path.to_owned()).collect();
    let problems = FileProblems { count: 12, first, ..FileProblems::default() };
    let problems = if paths.is_empty() { FileProblems::default() } else { problems };
    let (error_code, error_detail) = (Some(code.to_owned()), Some(detail.to_owned()));
    RunRecord { error_code, error_detail, problems, ..run(RunOutcome::Failed, Some(class)) }
}

/// Without the links, which have a test of their own.
fn text(run: &RunRecord) -> String {
    let alert = for_run(&names(), run).unwrap();
    assert!(alert.subject().len() <= 100, "{}", alert.subject());
    let alert = Alert { links: Vec::new(), ..alert };
    format!("Subject: {}\n{}", alert.subject(), alert.body())
}

#[test]
fn a_run_like_the_last_one_alerts_nobody() {
    assert_eq!(for_run(&names(), &run(RunOutcome::Succeeded, None)), None);
    let retried = RunRecord {
        retries: vec!["/a".into()],
        ..failed(Class::BusyFile, "", "", &["/a: changed"])
    };
    assert_eq!(for_run(&names(), &retried), None);
}

#[test]
fn the_links_lead_to_the_execution_its_log_and_its_report() {
    let alert = for_run(&names(), &failed(Class::Kms, "", "", &[])).unwrap();
    let titles: Vec<&str> = alert.links.iter().map(|link| link.title.as_str()).collect();
    assert_eq!(titles, ["Execution", "Log", "Report"]);
    assert!(
        alert.links.iter().all(|link| link.url.contains("exec-0fcddf3728817690d")),
        "{:?}",
        alert.links
    );
}

#[test]
fn recovery_is_told_of_the_whole_source_only() {
    let good = |bad_in_a_row, part| {
        let run = run(RunOutcome::Succeeded, None);
        let previous = run.previous.clone().map(|previous| LastRun { bad_in_a_row, ..previous });
        for_run(&names(), &RunRecord { previous, part, ..run }).map(|alert| alert.what)
    };
    assert_eq!(good(0, false), None);
    assert_eq!(good(3, true), None);
    assert_eq!(good(1, false).as_deref(), Some("the run succeeds again after 1 failure"));
    assert_eq!(good(3, false).as_deref(), Some("the run succeeds again after 3 failures"));
}

#[test]
fn each_class_has_its_text() {
    use Class::{
        BusyFile, Cancelled, ChecksumMismatch, Deletions, Kms, Network, NothingListed, Permission,
        Quota, ReportFailed, ReportMissing, Service, Shrunk, SkippedFiles, SkippedRising, Unknown,
    };
    let generic = "Selected files transferred except for files skipped due to errors.";
    let deleted = FileProblems {
        count: 200,
        first: vec!["/old/a: deleted".into()],
        ..FileProblems::default()
    };
    let counted = |deleted, skipped| Counters {
        files_deleted: deleted,
        files_skipped: skipped,
        ..record().counters
    };
    let succeeded = |class| run(RunOutcome::Succeeded, Some(class));
    let cancelled = failed(Cancelled, "Cancelled", "The task execution was cancelled.", &[]);
    let report_error = Some(
        "Failed to upload Task Report(s) to S3 due to an invalid bucket or IAM role".to_owned(),
    );
    let busy = failed(
        BusyFile,
        "OpPartialTransfer",
        generic,
        &["/a b: Source file changed while it was read"],
    );
    let texts = [
        RunRecord { retry_of: Some("exec-0bbbbbbbbbbbbbbb0".into()), ..busy },
        failed(
            Permission,
            "AccessDenied",
            "Unable to assume role.",
            &["/secret: no (AccessDenied)"],
        ),
        failed(Kms, "AccessDenied", "not authorized to perform: kms:GenerateDataKey", &[]),
        failed(Network, "OpNotSupp", "x40016: mount.nfs4: Connection timed out", &[]),
        failed(Quota, "LimitExceeded", "exceeded the maximum number of files", &[]),
        failed(
            ChecksumMismatch,
            "OpPartial",
            "Verification detected mismatches.",
            &["/x: both sides differ"],
        ),
        failed(
            SkippedFiles,
            "OpPartial",
            generic,
            &["/long: Object key exceeds the maximum length of 1,024 bytes"],
        ),
        RunRecord {
            report_error: report_error.clone(),
            report_status: Some("ERROR".into()),
            ..succeeded(ReportFailed)
        },
        RunRecord { report_status: Some("PENDING".into()), ..succeeded(ReportMissing) },
        RunRecord { outcome: RunOutcome::Cancelled, ..cancelled },
        failed(Service, "InternalError", "try later", &[]),
        failed(Unknown, "OpNotSupp", "Operation not supported", &[]),
        RunRecord { listed: Some(0), ..succeeded(NothingListed) },
        RunRecord { listed: Some(400), ..succeeded(Shrunk) },
        RunRecord {
            counters: counted(200, 0),
            problems: deleted,
            listed: Some(800),
            ..succeeded(Deletions)
        },
        RunRecord {
            counters: counted(0, 1_004),
            problems: FileProblems { count: 4, skipped: 4, ..FileProblems::default() },
            ..succeeded(SkippedRising)
        },
    ]
    .map(|run| text(&run));
    insta::assert_snapshot!(texts.join("\n\n"), @r#"
    Subject: [backup] the run failed: files were busy
    Stack backup: the run failed: files were busy.
    Execution: exec-0fcddf3728817690d
    Transferred 2 of 3 files and directories, 12 bytes.
    DataSync says: OpPartialTransfer: Selected files transferred except for files skipped due to errors.
    It was to copy the files that were busy in exec-0bbbbbbbbbbbbbbb0.
    The newest good copy is from 1969-12-31 00:00 UTC.

    Paths concerned (1 of 12):
      /a b: Source file changed while it was read

    Likely cause: files were created, changed or deleted while the run was under way.
    Fix:          let the run start when the files rest, or exclude them; the next run copies what has changed.
    Run next:     efs-s3 sync --wait
    Runbook:      docs/OPERATIONS.md#busy-file

    Subject: [backup] the run failed: access was denied
    Stack backup: the run failed: access was denied.
    Execution: exec-0fcddf3728817690d
    Transferred 2 of 3 files and directories, 12 bytes.
    DataSync says: AccessDenied: Unable to assume role.
    The newest good copy is from 1969-12-31 00:00 UTC.

    Paths concerned (1 of 12):
      /secret: no (AccessDenied)

    Likely cause: a role or a policy refuses DataSync: the bucket's role, the file system's policy, or a file's own permissions.
    Fix:          `efs-s3 drift` shows what differs from the deployed policies; `efs-s3 deploy` restores them.
    Run next:     efs-s3 drift
    Runbook:      docs/OPERATIONS.md#permission

    Subject: [backup] the run failed: the KMS key refused
    Stack backup: the run failed: the KMS key refused.
    Execution: exec-0fcddf3728817690d
    Transferred 2 of 3 files and directories, 12 bytes.
    DataSync says: AccessDenied: not authorized to perform: kms:GenerateDataKey
    The newest good copy is from 1969-12-31 00:00 UTC.

    Likely cause: a KMS key refuses the DataSync role, or is disabled.
    Fix:          role and key policy both need Encrypt, Decrypt, ReEncrypt and GenerateDataKey; enable the key.
    Run next:     efs-s3 drift
    Runbook:      docs/OPERATIONS.md#kms

    Subject: [backup] the run failed: the file system could not be reached
    Stack backup: the run failed: the file system could not be reached.
    Execution: exec-0fcddf3728817690d
    Transferred 2 of 3 files and directories, 12 bytes.
    DataSync says: OpNotSupp: x40016: mount.nfs4: Connection timed out
    The newest good copy is from 1969-12-31 00:00 UTC.

    Likely cause: DataSync can't reach the file system: the mount target, TCP 2049 between the security groups, or the task's network interfaces.
    Fix:          `efs-s3 drift` shows what was changed; never touch DataSync's network interfaces.
    Run next:     efs-s3 drift
    Runbook:      docs/OPERATIONS.md#network

    Subject: [backup] the run failed: a limit was reached
    Stack backup: the run failed: a limit was reached.
    Execution: exec-0fcddf3728817690d
    Transferred 2 of 3 files and directories, 12 bytes.
    DataSync says: LimitExceeded: exceeded the maximum number of files
    The newest good copy is from 1969-12-31 00:00 UTC.

    Likely cause: DataSync's items per run (25 million in Basic mode), an account's quota, or space.
    Fix:          split the source by includes, ask AWS for more, or set task.mode = "ENHANCED".
    Run next:     efs-s3 run exec-0fcddf3728817690d
    Runbook:      docs/OPERATIONS.md#quota

    Subject: [backup] the run failed: content differs
    Stack backup: the run failed: content differs.
    Execution: exec-0fcddf3728817690d
    Transferred 2 of 3 files and directories, 12 bytes.
    DataSync says: OpPartial: Verification detected mismatches.
    The newest good copy is from 1969-12-31 00:00 UTC.

    Paths concerned (1 of 12):
      /x: both sides differ

    Likely cause: content was damaged on one side: the file's size and times are those that were copied.
    Fix:          look at them on both sides (`efs-s3 versions <path>`); DataSync copies them again once they are touched.
    Run next:     efs-s3 run exec-0fcddf3728817690d
    Runbook:      docs/OPERATIONS.md#checksum-mismatch

    Subject: [backup] the run failed: files could not be copied
    Stack backup: the run failed: files could not be copied.
    Execution: exec-0fcddf3728817690d
    Transferred 2 of 3 files and directories, 12 bytes.
    DataSync says: OpPartial: Selected files transferred except for files skipped due to errors.
    The newest good copy is from 1969-12-31 00:00 UTC.

    Paths concerned (1 of 12):
      /long: Object key exceeds the maximum length of 1,024 bytes

    Likely cause: some files could not be read or written: a name that is no S3 key, or a path longer than 1,024 bytes.
    Fix:          rename or exclude the files named above; the task report lists all of them.
    Run next:     efs-s3 run exec-0fcddf3728817690d
    Runbook:      docs/OPERATIONS.md#skipped-files

    Subject: [backup] the run succeeded, but its report failed
    Stack backup: the run succeeded, but its report failed.
    Execution: exec-0fcddf3728817690d
    Transferred 2 of 3 files and directories, 12 bytes.
    DataSync says of the report: Failed to upload Task Report(s) to S3 due to an invalid bucket or IAM role
    The newest good copy is from 1969-12-31 00:00 UTC.

    Likely cause: DataSync could not write the task report: the report role, or the records bucket.
    Fix:          `efs-s3 deploy` restores both. Without a report the run can't be verified.
    Run next:     efs-s3 deploy
    Runbook:      docs/OPERATIONS.md#report-failed

    Subject: [backup] the run succeeded, but there is no report
    Stack backup: the run succeeded, but there is no report.
    Execution: exec-0fcddf3728817690d
    Transferred 2 of 3 files and directories, 12 bytes.
    DataSync is still writing the report.
    The newest good copy is from 1969-12-31 00:00 UTC.

    Likely cause: the report was not written in time, was removed, or the task writes none.
    Fix:          `efs-s3 deploy` restores the task's settings. Without a report the run can't be verified.
    Run next:     efs-s3 deploy
    Runbook:      docs/OPERATIONS.md#report-missing

    Subject: [backup] the run was cancelled
    Stack backup: the run was cancelled.
    Execution: exec-0fcddf3728817690d
    Transferred 2 of 3 files and directories, 12 bytes.
    DataSync says: Cancelled: The task execution was cancelled.
    The newest good copy is from 1969-12-31 00:00 UTC.

    Likely cause: somebody cancelled the run. What was copied stays.
    Fix:          nothing, if it was meant; the next run goes on from there.
    Run next:     efs-s3 sync --wait
    Runbook:      docs/OPERATIONS.md#cancelled

    Subject: [backup] the run failed: a fault of the service
    Stack backup: the run failed: a fault of the service.
    Execution: exec-0fcddf3728817690d
    Transferred 2 of 3 files and directories, 12 bytes.
    DataSync says: InternalError: try later
    The newest good copy is from 1969-12-31 00:00 UTC.

    Likely cause: a passing fault of AWS.
    Fix:          the next run usually succeeds.
    Run next:     efs-s3 sync --wait
    Runbook:      docs/OPERATIONS.md#service

    Subject: [backup] the run failed
    Stack backup: the run failed.
    Execution: exec-0fcddf3728817690d
    Transferred 2 of 3 files and directories, 12 bytes.
    DataSync says: OpNotSupp: Operation not supported
    The newest good copy is from 1969-12-31 00:00 UTC.

    Likely cause: not known to this pipeline; DataSync's words above and the log have what there is.
    Fix:          read what was logged (`efs-s3 logs --since '2 hours ago'`); then try again.
    Run next:     efs-s3 run exec-0fcddf3728817690d
    Runbook:      docs/OPERATIONS.md#unknown

    Subject: [backup] the run succeeded, but found no files
    Stack backup: the run succeeded, but found no files.
    Execution: exec-0fcddf3728817690d
    Transferred 2 of 3 files and directories, 12 bytes.
    The source has 0 files and directories; the last good run found 1000.
    The newest good copy is from 1969-12-31 00:00 UTC.

    Likely cause: the source is empty or not mounted: the file system, the access point or the subdirectory is another one.
    Fix:          look at the source now; `efs-s3 pause` stops the schedule meanwhile.
    Run next:     efs-s3 run exec-0fcddf3728817690d
    Runbook:      docs/OPERATIONS.md#nothing-listed

    Subject: [backup] the run succeeded, but found far fewer files
    Stack backup: the run succeeded, but found far fewer files.
    Execution: exec-0fcddf3728817690d
    Transferred 2 of 3 files and directories, 12 bytes.
    The source has 400 files and directories; the last good run found 1000.
    The newest good copy is from 1969-12-31 00:00 UTC.

    Likely cause: many files were deleted, moved, or are hidden behind an access point or a subdirectory.
    Fix:          ask who deletes files there; `efs-s3 pause` stops the schedule meanwhile.
    Run next:     efs-s3 run exec-0fcddf3728817690d
    Runbook:      docs/OPERATIONS.md#shrunk

    Subject: [backup] the run succeeded, but deleted many objects
    Stack backup: the run succeeded, but deleted many objects.
    Execution: exec-0fcddf3728817690d
    Transferred 2 of 3 files and directories, 12 bytes.
    Deleted 200, skipped 0, unchanged ones included.
    The source has 800 files and directories; the last good run found 1000.
    The newest good copy is from 1969-12-31 00:00 UTC.

    Paths concerned (1 of 200):
      /old/a: deleted

    Likely cause: many files were deleted at the source, and the task removes their objects.
    Fix:          if it was not meant: `efs-s3 pause` stops the schedule, `efs-s3 restore --at <time before>` brings the files back.
    Run next:     efs-s3 run exec-0fcddf3728817690d
    Runbook:      docs/OPERATIONS.md#deletions

    Subject: [backup] the run succeeded, but skipped more files than before
    Stack backup: the run succeeded, but skipped more files than before.
    Execution: exec-0fcddf3728817690d
    Transferred 2 of 3 files and directories, 12 bytes.
    Deleted 0, skipped 1004, unchanged ones included.
    4 were skipped with an error; in the last good run it was 0.
    The newest good copy is from 1969-12-31 00:00 UTC.

    Likely cause: files that DataSync can't copy were added: special files, names or permissions.
    Fix:          the files are named above, as far as the report has them; rename or exclude them.
    Run next:     efs-s3 run exec-0fcddf3728817690d
    Runbook:      docs/OPERATIONS.md#skipped-rising
    "#);
}

#[test]
fn recovery_and_a_late_failure_have_their_texts() {
    let good = run(RunOutcome::Succeeded, None);
    let previous = good.previous.clone().map(|previous| LastRun { bad_in_a_row: 3, ..previous });
    let late = RunRecord {
        overtaken_by: Some(record().execution.task().execution("exec-0ccccccccccccccc0").unwrap()),
        previous: None,
        ..failed(Class::Unknown, "OpNotSupp", "", &[])
    };
    let texts = [text(&RunRecord { previous, ..good }), text(&late)];
    insta::assert_snapshot!(texts.join("\n\n"), @"
    Subject: [backup] the run succeeds again after 3 failures
    Stack backup: the run succeeds again after 3 failures.
    Execution: exec-0fcddf3728817690d
    Transferred 2 of 3 files and directories, 12 bytes.

    Likely cause: what was wrong has been put right, or has passed.
    Run next:     efs-s3 verify exec-0fcddf3728817690d
    Runbook:      docs/OPERATIONS.md#recovered

    Subject: [backup] the run failed
    Stack backup: the run failed.
    Execution: exec-0fcddf3728817690d
    Transferred 2 of 3 files and directories, 12 bytes.
    DataSync says: OpNotSupp: 
    It is told late, its event was lost: exec-0ccccccccccccccc0 has run since.

    Likely cause: not known to this pipeline; DataSync's words above and the log have what there is.
    Fix:          read what was logged (`efs-s3 logs --since '2 hours ago'`); then try again.
    Run next:     efs-s3 run exec-0fcddf3728817690d
    Runbook:      docs/OPERATIONS.md#unknown
    ");
}
