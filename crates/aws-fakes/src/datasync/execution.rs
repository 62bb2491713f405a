//! One execution, and the responses about it.

use std::collections::BTreeMap;

use aws_sdk_datasync::operation::describe_task_execution::DescribeTaskExecutionOutput;
use aws_sdk_datasync::operation::describe_task_execution::builders::DescribeTaskExecutionOutputBuilder;
use aws_sdk_datasync::types::{
    FilterRule, Options, PhaseStatus, ReportResult, TaskExecutionListEntry,
    TaskExecutionResultDetail, TaskExecutionStatus, VerifyMode,
};
use aws_smithy_types::DateTime;
use domain::arn::{ExecutionArn, TaskArn};
use domain::records::run::{Counters, PhaseDurations};

/// One execution of the task. Nothing runs: tests set its status.
#[derive(Clone, Debug)]
pub struct FakeExecution {
    pub arn: ExecutionArn,
    pub status: String,
    pub tags: BTreeMap<String, String>,
    pub includes: Option<String>,
    pub excludes: Option<String>,
    /// `OverrideOptions` of the request that started it.
    pub override_options: Option<Options>,
    pub verify_mode: String,
    /// In seconds since 1970, as the times below.
    pub started: i64,
    pub launched: Option<i64>,
    pub ended: Option<i64>,
    pub error: Option<(String, String)>,
    pub report: Option<String>,
    pub counters: Counters,
    pub durations: PhaseDurations,
}

impl FakeExecution {
    /// Execution `number` of a task, running since `started`.
    #[must_use]
    pub fn under_way(task: &TaskArn, number: usize, started: i64) -> Self {
        let arn = ExecutionArn::parse(&format!("{task}/execution/exec-{number:017x}"));
        Self {
            arn: arn.expect("17 hexadecimal digits are an id"),
            status: "LAUNCHING".to_owned(),
            tags: BTreeMap::new(),
            includes: None,
            excludes: None,
            override_options: None,
            verify_mode: "POINT_IN_TIME_CONSISTENT".to_owned(),
            started,
            launched: None,
            ended: None,
            error: None,
            report: Some("PENDING".to_owned()),
            counters: Counters::default(),
            durations: PhaseDurations::default(),
        }
    }

    /// Whether it has ended.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        domain::execution::is_terminal(&self.status)
    }

    /// Ends it with success, with so many files at the source.
    pub fn succeed(&mut self, files: i64, at: i64) {
        self.status = "SUCCESS".to_owned();
        self.report = Some("SUCCESS".to_owned());
        self.counters = Counters { files_verified: files, files_transferred: 1, ..self.counters };
        self.ended = Some(at);
    }

    /// Ends it with an error.
    pub fn fail(&mut self, code: &str, detail: &str, at: i64) {
        self.status = "ERROR".to_owned();
        self.report = Some("SUCCESS".to_owned());
        self.error = Some((code.to_owned(), detail.to_owned()));
        self.ended = Some(at);
    }
}

/// The entry of an execution in `ListTaskExecutions`.
pub(super) fn list_entry(execution: &FakeExecution) -> TaskExecutionListEntry {
    let status = TaskExecutionStatus::from(execution.status.as_str());
    TaskExecutionListEntry::builder()
        .task_execution_arn(execution.arn.as_str())
        .status(status)
        .build()
}

pub(super) fn filter_rules(value: Option<&String>) -> Option<Vec<FilterRule>> {
    value.map(|value| vec![FilterRule::builder().value(value).build()])
}

/// The response of `DescribeTaskExecution`.
fn result_detail(execution: &FakeExecution) -> TaskExecutionResultDetail {
    let durations = execution.durations;
    let mut result = TaskExecutionResultDetail::builder()
        .prepare_duration(durations.prepare_ms)
        .transfer_duration(durations.transfer_ms)
        .verify_duration(durations.verify_ms)
        .total_duration(durations.total_ms);
    if let Some((code, detail)) = &execution.error {
        result = result.error_code(code).error_detail(detail);
    }
    result.build()
}

fn with_counters(
    output: DescribeTaskExecutionOutputBuilder,
    counters: Counters,
) -> DescribeTaskExecutionOutputBuilder {
    output
        .estimated_files_to_transfer(counters.files_to_transfer)
        .estimated_bytes_to_transfer(counters.bytes_to_transfer)
        .files_transferred(counters.files_transferred)
        .bytes_transferred(counters.bytes_transferred)
        .bytes_written(counters.bytes_written)
        .files_verified(counters.files_verified)
        .files_deleted(counters.files_deleted)
        .files_skipped(counters.files_skipped)
}

pub(super) fn describe_execution(execution: &FakeExecution) -> DescribeTaskExecutionOutput {
    let report = |status: &String| {
        ReportResult::builder().status(PhaseStatus::from(status.as_str())).build()
    };
    with_counters(DescribeTaskExecutionOutput::builder(), execution.counters)
        .status(TaskExecutionStatus::from(execution.status.as_str()))
        .options(
            Options::builder()
                .verify_mode(VerifyMode::from(execution.verify_mode.as_str()))
                .build(),
        )
        .set_includes(filter_rules(execution.includes.as_ref()))
        .set_excludes(filter_rules(execution.excludes.as_ref()))
        .start_time(DateTime::from_secs(execution.started))
        .set_launch_time(execution.launched.map(DateTime::from_secs))
        .set_end_time(execution.ended.map(DateTime::from_secs))
        .result(result_detail(execution))
        .set_report_result(execution.report.as_ref().map(report))
        .build()
}
