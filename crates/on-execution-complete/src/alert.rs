//! The alert that a run record calls for. Pure, and from the record alone: a repeat after a crash finds the same alert.

use pipeline::execution::ServiceWords;
use pipeline::records::alert::Alert;
use pipeline::records::run::{RunOutcome, RunRecord};

use crate::classify::{self, Cause};

/// `None` when the run ended well.
pub(crate) fn for_run(stack: &str, run: &RunRecord) -> Option<Alert> {
    let report_failed = run.report_status.as_deref() == Some("ERROR");
    let (what, cause) = match run.outcome {
        RunOutcome::Succeeded if report_failed => ("the run succeeded, but its report failed", Cause::ReportFailed),
        RunOutcome::Succeeded => return None,
        RunOutcome::Failed => ("the run failed", classify::of_run(&said(run).unwrap_or_default())),
        RunOutcome::Cancelled => ("the run was cancelled", Cause::Cancelled),
    };
    Some(Alert {
        stack: stack.to_owned(),
        what: what.to_owned(),
        execution: Some(run.execution.id().to_owned()),
        facts: facts(run),
        path_count: 0,
        paths: Vec::new(),
        likely_cause: cause.words().to_owned(),
        next_command: cause.next_command().to_owned(),
    })
}

fn facts(run: &RunRecord) -> Vec<String> {
    let counters = run.counters;
    let mut facts = vec![format!(
        "Transferred {} of {} files and directories, {} bytes.",
        counters.files_transferred, counters.files_to_transfer, counters.bytes_transferred
    )];
    facts.extend(said(run).map(|said| format!("DataSync says: {said}")));
    facts.extend(run.report_error.as_ref().map(|said| format!("DataSync says of the report: {said}")));
    facts
}

fn said(run: &RunRecord) -> Option<String> {
    ServiceWords { code: run.error_code.clone(), detail: run.error_detail.clone() }.joined()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::record;

    #[test]
    fn only_a_run_that_did_not_end_well_alerts() {
        for (outcome, report, expected) in [
            (RunOutcome::Succeeded, None, None),
            (RunOutcome::Succeeded, Some("SUCCESS"), None),
            (RunOutcome::Succeeded, Some("PENDING"), None),
            (RunOutcome::Succeeded, Some("ERROR"), Some("the run succeeded, but its report failed")),
            (RunOutcome::Failed, Some("SUCCESS"), Some("the run failed")),
            (RunOutcome::Failed, Some("ERROR"), Some("the run failed")),
            (RunOutcome::Cancelled, None, Some("the run was cancelled")),
        ] {
            let run = RunRecord { outcome, report_status: report.map(str::to_owned), ..record() };
            assert_eq!(for_run("backup", &run).map(|alert| alert.what).as_deref(), expected, "{outcome:?} {report:?}");
        }
    }

    #[test]
    fn the_alert_has_datasyncs_words_the_cause_and_the_next_command() {
        let run = RunRecord {
            outcome: RunOutcome::Failed,
            error_code: Some("OpNotSupp".into()),
            error_detail: Some("mount.nfs4: Connection timed out".into()),
            report_error: Some("Execution error occurred prior to generating any Task Reports".into()),
            ..record()
        };
        insta::assert_snapshot!(for_run("backup", &run).unwrap().body(), @"
        Stack backup: the run failed.
        Execution: exec-0fcddf3728817690d
        Transferred 2 of 3 files and directories, 12 bytes.
        DataSync says: OpNotSupp: mount.nfs4: Connection timed out
        DataSync says of the report: Execution error occurred prior to generating any Task Reports

        Likely cause: DataSync can't reach the file system: check the mount target, TCP 2049 between the security groups, and the task's network interfaces.
        Run next:     efs-s3 status
        ");
    }
}
