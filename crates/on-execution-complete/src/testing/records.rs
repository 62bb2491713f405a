//! An execution that succeeded, and its record.

use chrono::{DateTime, TimeDelta};
use domain::arn::ExecutionArn;
use domain::execution::{Execution, ReportResult, ServiceMessage};
use domain::records::run::{
    Counters, FileProblems, Filters, PhaseDurations, RunOutcome, RunRecord,
};

pub(crate) const EXECUTION: &str = "arn:aws:datasync:eu-central-1:111122223333:task/\
     task-0806c70094b09457b/execution/exec-0fcddf3728817690d";

fn some_counters() -> Counters {
    Counters {
        files_to_transfer: 3,
        files_transferred: 2,
        bytes_transferred: 12,
        ..Counters::default()
    }
}

fn some_durations() -> PhaseDurations {
    PhaseDurations { transfer_ms: 240_000, total_ms: 300_000, ..PhaseDurations::default() }
}

/// An execution that succeeded.
pub(crate) fn execution() -> Execution {
    Execution {
        arn: ExecutionArn::parse(EXECUTION).unwrap(),
        status: "SUCCESS".into(),
        verify_mode: Some("ONLY_FILES_TRANSFERRED".into()),
        filters: Filters::default(),
        started_at: Some(DateTime::UNIX_EPOCH),
        launched_at: Some(DateTime::UNIX_EPOCH),
        ended_at: Some(DateTime::UNIX_EPOCH + TimeDelta::minutes(5)),
        counters: some_counters(),
        durations: some_durations(),
        error: ServiceMessage::default(),
        report: Some(ReportResult { status: "SUCCESS".into(), error: ServiceMessage::default() }),
    }
}

/// Its record.
pub(crate) fn record() -> RunRecord {
    let execution = execution();
    RunRecord {
        execution: execution.arn,
        sync: domain::sync_name::SyncName::default(),
        outcome: RunOutcome::Succeeded,
        class: None,
        started_at: execution.started_at,
        ended_at: execution.ended_at,
        recorded_at: DateTime::UNIX_EPOCH + TimeDelta::minutes(6),
        recorded_by: "r1".into(),
        slot: None,
        retry_of: None,
        part: false,
        filters: Filters::default(),
        counters: execution.counters,
        listed: None,
        durations: execution.durations,
        bytes_per_second: None,
        age_seconds: None,
        error_code: None,
        error_detail: None,
        report_status: Some("SUCCESS".into()),
        report_error: None,
        problems: FileProblems::default(),
        retries: Vec::new(),
        previous: None,
        overtaken_by: None,
    }
}
