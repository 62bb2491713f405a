//! What DataSync's words about an execution come to, as our record. Pure.

use chrono::{DateTime, Utc};
use pipeline::execution::Execution;
use pipeline::records::run::{RunOutcome, RunRecord};

use crate::classify::{self, Cause};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// DataSync says that it still runs, and DataSync knows better than an event.
    Wait {
        state: String,
    },
    Record(Box<RunRecord>),
}

pub(crate) fn decide(execution: &Execution, now: DateTime<Utc>) -> Decision {
    if execution.is_terminal() {
        Decision::Record(Box::new(record(execution, now)))
    } else {
        Decision::Wait { state: execution.status.clone() }
    }
}

fn record(execution: &Execution, now: DateTime<Utc>) -> RunRecord {
    RunRecord {
        execution: execution.arn.clone(),
        outcome: outcome(execution),
        started_at: execution.started_at,
        ended_at: execution.ended_at,
        recorded_at: now,
        counters: execution.counters,
        durations: execution.durations,
        error_code: execution.error.code.clone(),
        error_detail: execution.error.detail.clone(),
        report_status: execution.report.as_ref().map(|report| report.status.clone()),
        report_error: execution.report.as_ref().and_then(|report| report.error.joined()),
    }
}

fn outcome(execution: &Execution) -> RunOutcome {
    if execution.succeeded() {
        RunOutcome::Succeeded
    } else if classify::of_run(&execution.error.joined().unwrap_or_default()) == Cause::Cancelled {
        RunOutcome::Cancelled
    } else {
        RunOutcome::Failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::execution;
    use pipeline::execution::{ReportResult, ServiceWords};

    fn failed_with(code: &str, detail: &str) -> Execution {
        let error = ServiceWords { code: Some(code.into()), detail: Some(detail.into()) };
        Execution { status: "ERROR".into(), error, ..execution() }
    }

    fn recorded(execution: &Execution) -> RunRecord {
        match decide(execution, DateTime::UNIX_EPOCH) {
            Decision::Record(record) => *record,
            Decision::Wait { state } => panic!("{state}"),
        }
    }

    #[test]
    fn an_execution_is_recorded_only_when_datasync_says_it_is_over() {
        for state in ["QUEUED", "LAUNCHING", "PREPARING", "TRANSFERRING", "VERIFYING", "CANCELLING", "", "NEW"] {
            let running = Execution { status: state.into(), ..execution() };
            assert_eq!(decide(&running, DateTime::UNIX_EPOCH), Decision::Wait { state: state.into() });
        }
    }

    #[test]
    fn the_outcome_tells_a_cancelled_run_from_a_failed_one() {
        for (execution, expected) in [
            (execution(), RunOutcome::Succeeded),
            (failed_with("Cancelled", "Task execution was cancelled."), RunOutcome::Cancelled),
            (failed_with("OpNotSupp", "Operation not supported"), RunOutcome::Failed),
            (Execution { status: "ERROR".into(), ..execution() }, RunOutcome::Failed),
        ] {
            assert_eq!(recorded(&execution).outcome, expected, "{execution:?}");
        }
    }

    #[test]
    fn the_record_keeps_what_datasync_said() {
        let error = ServiceWords { code: Some("AccessDenied".into()), detail: Some("no PutObject".into()) };
        let report = Some(ReportResult { status: "ERROR".into(), error });
        let failed = Execution { report, ..failed_with("OpNotSupp", "Operation not supported") };
        let record = recorded(&failed);
        assert_eq!(record.error_code.as_deref(), Some("OpNotSupp"));
        assert_eq!(record.error_detail.as_deref(), Some("Operation not supported"));
        assert_eq!(record.report_status.as_deref(), Some("ERROR"));
        assert_eq!(record.report_error.as_deref(), Some("AccessDenied: no PutObject"));
        assert_eq!((record.counters, record.durations), (failed.counters, failed.durations));
    }
}
