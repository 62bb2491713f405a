use domain::execution::{ReportResult, ServiceMessage};
use domain::records::proof::Finding;

use super::*;
use crate::testing::fixtures::successful_execution;
use crate::testing::verification::stack_outputs;

fn report_result(status: &str) -> Option<ReportResult> {
    let error =
        ServiceMessage { code: None, detail: Some("Failed to upload Task Report(s)".into()) };
    Some(ReportResult { status: status.into(), error })
}

fn summary_of(transferred: u64) -> VerifySummary {
    let mut summary = VerifySummary::default();
    (summary.counts.transferred, summary.files) = (transferred, transferred);
    summary
}

fn execution_with(files: i64) -> Execution {
    let mut execution = successful_execution();
    execution.counters.files_transferred = files;
    execution
}

fn decide_all(mut summary: VerifySummary, execution: &Execution) -> (Verdict, Vec<Defect>) {
    complete_summary(&mut summary, execution);
    let proof = build_proof(summary, execution, &stack_outputs(), DateTime::UNIX_EPOCH);
    (proof.verdict, proof.findings.into_iter().map(|finding| finding.defect).collect())
}

#[test]
fn a_report_must_be_there_and_a_counter_that_differs_is_a_warning() {
    let miscounted = (Verdict::VerifiedWithWarnings, vec![]);
    let missing = (Verdict::Incomplete, vec![Defect::ReportMissing]);
    let verified = (Verdict::Verified, vec![]);
    for (execution, rows, expected) in [
        (execution_with(3), 3, verified.clone()),
        (execution_with(4), 3, miscounted.clone()),
        (execution_with(2), 3, miscounted.clone()),
        (execution_with(0), 0, verified),
        (execution_with(3), 0, missing.clone()),
        (execution_with(2_000_000), 3, miscounted),
        (Execution { report: report_result("ERROR"), ..execution_with(3) }, 3, missing.clone()),
        (Execution { report: None, ..execution_with(0) }, 0, missing),
    ] {
        assert_eq!(decide_all(summary_of(rows), &execution), expected, "{execution:?} {rows}");
    }
}

#[test]
fn the_warning_says_both_counts() {
    let mut summary = summary_of(3);
    complete_summary(&mut summary, &execution_with(4));
    let warning = &summary.warnings[0];
    assert_eq!(
        (warning.path.as_str(), warning.notice, summary.counts.warnings),
        ("/", Notice::CounterDiffers, 1)
    );
    assert_eq!(warning.detail, "DataSync counts 4 transferred items, the Transferred report has 3");
}

#[test]
fn a_failed_execution_is_never_verified() {
    let failed = Execution { status: "ERROR".into(), ..execution_with(3) };
    let expected = (Verdict::Incomplete, vec![Defect::ExecutionFailed]);
    assert_eq!(decide_all(summary_of(3), &failed), expected);
    let nothing = Execution { status: "ERROR".into(), ..execution_with(0) };
    assert_eq!(decide_all(summary_of(0), &nothing), expected);
}

#[test]
fn a_mismatch_is_a_finding_that_leaves_nothing_open() {
    let finding =
        |defect| Finding { path: "/a".into(), version_id: None, defect, detail: String::new() };
    for (defect, verdict) in
        [(Defect::VersionMissing, Verdict::Mismatch), (Defect::CountDiffers, Verdict::Incomplete)]
    {
        let mut summary = summary_of(3);
        summary.add_finding(finding(defect));
        assert_eq!(decide_all(summary, &execution_with(3)), (verdict, vec![defect]));
    }
}

#[test]
fn directories_may_be_counted_or_not() {
    for (counted, expected) in [(2, false), (3, true), (5, true), (6, false)] {
        let summary = VerifySummary { files: 3, ..summary_of(5) };
        assert_eq!(
            decide_all(summary, &execution_with(counted)).0 == Verdict::Verified,
            expected,
            "{counted}"
        );
    }
}

#[test]
fn a_verified_file_that_was_not_transferred_shows_a_missing_part() {
    for (mode, expected) in [
        ("ONLY_FILES_TRANSFERRED", (Verdict::Incomplete, vec![Defect::CountDiffers])),
        ("POINT_IN_TIME_CONSISTENT", (Verdict::Verified, vec![])),
    ] {
        let execution = Execution { verify_mode: Some(mode.into()), ..execution_with(3) };
        let summary = VerifySummary { files_not_transferred: 1, ..summary_of(3) };
        assert_eq!(decide_all(summary, &execution), expected, "{mode}");
    }
}
