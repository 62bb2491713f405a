//! For tests: one DataSync task with its executions, behind a real client. Nothing runs: a test
//! says what becomes of them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_datasync::Client;
use aws_sdk_datasync::error::{BuildError, ErrorMetadata};
use aws_sdk_datasync::operation::cancel_task_execution::{
    CancelTaskExecutionError, CancelTaskExecutionOutput,
};
use aws_sdk_datasync::operation::describe_task::{DescribeTaskError, DescribeTaskOutput};
use aws_sdk_datasync::operation::describe_task_execution::{
    DescribeTaskExecutionError, DescribeTaskExecutionOutput,
};
use aws_sdk_datasync::operation::list_tags_for_resource::{
    ListTagsForResourceError, ListTagsForResourceOutput,
};
use aws_sdk_datasync::operation::list_task_executions::{
    ListTaskExecutionsError, ListTaskExecutionsOutput,
};
use aws_sdk_datasync::operation::start_task_execution::{
    StartTaskExecutionError, StartTaskExecutionInput, StartTaskExecutionOutput,
};
use aws_sdk_datasync::types::{
    FilterRule, Options, PhaseStatus, ReportResult, TagListEntry, TaskExecutionListEntry,
    TaskExecutionResultDetail, TaskExecutionStatus, TaskScheduleDetails, TaskStatus, VerifyMode,
};
use aws_smithy_mocks::{MockResponse, Rule, RuleMode, mock, mock_client};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::DateTime;
use aws_smithy_types::body::SdkBody;
use domain::arn::{ExecutionArn, TaskArn};
use domain::records::run::{Counters, PhaseDurations};

use super::{Interleaving, Outage, outage};

/// The task; a clone is the same.
#[derive(Clone, Debug)]
pub struct FakeDataSync {
    state: Arc<Mutex<State>>,
    outage: Outage,
    interleaving: Interleaving,
}

/// What a test sees and says.
#[derive(Debug)]
pub struct State {
    pub task: TaskArn,
    /// In place of what follows from the executions: `UNAVAILABLE`.
    pub task_status: Option<String>,
    pub task_error: Option<String>,
    /// Why DataSync disabled the task's own schedule.
    pub schedule_disabled: Option<String>,
    /// The answer of `DescribeTask` about the task's options and filters.
    pub options: Options,
    pub includes: Option<String>,
    pub excludes: Option<String>,
    /// The oldest first.
    pub executions: Vec<FakeExecution>,
    /// Seconds since the epoch, for what is started.
    pub now: i64,
    /// How often an execution was cancelled.
    pub cancels: usize,
    /// What becomes of the next starts; then they go well.
    pub start_faults: VecDeque<StartFault>,
}

/// How a start goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartFault {
    /// DataSync says no, because somebody else was faster: theirs is under way now.
    Beaten,
    /// DataSync fails; nothing was started.
    Internal,
    /// It is started, and the answer is 503.
    LostReply,
}

#[derive(Clone, Debug)]
pub struct FakeExecution {
    pub arn: ExecutionArn,
    pub status: String,
    pub tags: BTreeMap<String, String>,
    pub includes: Option<String>,
    pub excludes: Option<String>,
    /// `OverrideOptions`, as they were sent.
    pub override_options: Option<Options>,
    pub verify_mode: String,
    /// Seconds since the epoch.
    pub started: i64,
    pub launched: Option<i64>,
    pub ended: Option<i64>,
    pub error: Option<(String, String)>,
    pub report: Option<String>,
    pub counters: Counters,
    pub durations: PhaseDurations,
}

impl FakeExecution {
    /// The `number`th of a task, under way since `started`.
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

    #[must_use]
    pub fn is_terminal(&self) -> bool {
        domain::execution::is_terminal(&self.status)
    }

    /// Ends it well, with so many files at the source.
    pub fn succeed(&mut self, files: i64, at: i64) {
        self.status = "SUCCESS".to_owned();
        self.report = Some("SUCCESS".to_owned());
        self.counters = Counters { files_verified: files, files_transferred: 1, ..self.counters };
        self.ended = Some(at);
    }

    pub fn fail(&mut self, code: &str, detail: &str, at: i64) {
        self.status = "ERROR".to_owned();
        self.report = Some("SUCCESS".to_owned());
        self.error = Some((code.to_owned(), detail.to_owned()));
        self.ended = Some(at);
    }
}

impl FakeDataSync {
    /// # Panics
    /// Never: the ARN is one.
    #[must_use]
    pub fn new(task: &str) -> Self {
        Self::sharing(task, &Outage::default(), &Interleaving::default())
    }

    /// One that shares the fate of others.
    ///
    /// # Panics
    /// When `task` is no ARN of a task.
    #[must_use]
    pub fn sharing(task: &str, outage: &Outage, interleaving: &Interleaving) -> Self {
        let state = State {
            task: TaskArn::parse(task).expect("a test names a task"),
            task_status: None,
            task_error: None,
            schedule_disabled: None,
            options: Options::builder().build(),
            includes: None,
            excludes: None,
            executions: Vec::new(),
            now: 0,
            cancels: 0,
            start_faults: VecDeque::new(),
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            outage: outage.clone(),
            interleaving: interleaving.clone(),
        }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[must_use]
    pub fn client(&self) -> Client {
        let rules = [
            self.describe_task(),
            self.start(),
            self.list(),
            self.tags(),
            self.describe(),
            self.cancel(),
        ];
        mock_client!(aws_sdk_datasync, RuleMode::MatchAny, &rules, |config| config
            .http_client(self.interleaving.http_client()))
    }

    fn describe_task(&self) -> Rule {
        let fake = self.clone();
        mock!(Client::describe_task).then_compute_response(move |_| {
            match fake.outage.around(|| fake.state().described()) {
                Some(output) => MockResponse::Output(output),
                None => MockResponse::Error(DescribeTaskError::generic(coded(outage::CODE))),
            }
        })
    }

    fn start(&self) -> Rule {
        let fake = self.clone();
        mock!(Client::start_task_execution).then_compute_response(move |asked| {
            match fake.outage.around(|| fake.state().start_or_fail(asked)) {
                Some(Ok(arn)) => MockResponse::Output(
                    StartTaskExecutionOutput::builder().task_execution_arn(arn.as_str()).build(),
                ),
                Some(Err(StartFault::LostReply)) => {
                    let unavailable = StatusCode::try_from(503).expect("503 is a status");
                    MockResponse::Http(HttpResponse::new(unavailable, SdkBody::empty()))
                }
                Some(Err(fault)) => {
                    let beaten = fault == StartFault::Beaten;
                    let code = if beaten { "InvalidRequestException" } else { "InternalException" };
                    MockResponse::Error(StartTaskExecutionError::generic(coded(code)))
                }
                None => MockResponse::Error(StartTaskExecutionError::generic(coded(outage::CODE))),
            }
        })
    }

    fn list(&self) -> Rule {
        let fake = self.clone();
        mock!(Client::list_task_executions).then_compute_response(move |_| {
            let entries = fake
                .outage
                .around(|| fake.state().executions.iter().map(entry).collect::<Vec<_>>());
            match entries {
                Some(entries) => MockResponse::Output(
                    ListTaskExecutionsOutput::builder().set_task_executions(Some(entries)).build(),
                ),
                None => MockResponse::Error(ListTaskExecutionsError::generic(coded(outage::CODE))),
            }
        })
    }

    fn tags(&self) -> Rule {
        let fake = self.clone();
        mock!(Client::list_tags_for_resource).then_compute_response(move |asked| {
            let tags = fake
                .outage
                .around(|| fake.state().find(asked.resource_arn()).map(|found| found.tags.clone()));
            match tags {
                Some(tags) => MockResponse::Output(
                    ListTagsForResourceOutput::builder()
                        .set_tags(tagged(tags.unwrap_or_default()).ok())
                        .build(),
                ),
                None => MockResponse::Error(ListTagsForResourceError::generic(coded(outage::CODE))),
            }
        })
    }

    fn describe(&self) -> Rule {
        let fake = self.clone();
        mock!(Client::describe_task_execution).then_compute_response(move |asked| {
            match fake
                .outage
                .around(|| fake.state().find(asked.task_execution_arn()).map(|found| output(found)))
            {
                Some(Some(output)) => MockResponse::Output(output),
                Some(None) => MockResponse::Error(DescribeTaskExecutionError::generic(coded(
                    "InvalidRequestException",
                ))),
                None => {
                    MockResponse::Error(DescribeTaskExecutionError::generic(coded(outage::CODE)))
                }
            }
        })
    }

    fn cancel(&self) -> Rule {
        let fake = self.clone();
        mock!(Client::cancel_task_execution).then_compute_response(move |asked| {
            match fake.outage.around(|| fake.state().cancel(asked.task_execution_arn())) {
                Some(true) => MockResponse::Output(CancelTaskExecutionOutput::builder().build()),
                Some(false) => MockResponse::Error(CancelTaskExecutionError::generic(coded(
                    "InvalidRequestException",
                ))),
                None => MockResponse::Error(CancelTaskExecutionError::generic(coded(outage::CODE))),
            }
        })
    }
}

impl State {
    /// Those that bear this tag.
    #[must_use]
    pub fn bearing(&self, key: &str, value: &str) -> Vec<&FakeExecution> {
        self.executions
            .iter()
            .filter(|found| found.tags.get(key).is_some_and(|found| found == value))
            .collect()
    }

    fn find(&mut self, arn: Option<&str>) -> Option<&mut FakeExecution> {
        self.executions.iter_mut().find(|found| Some(found.arn.as_str()) == arn)
    }

    fn described(&self) -> DescribeTaskOutput {
        let unfinished = self.executions.iter().any(|execution| !execution.is_terminal());
        let status = match &self.task_status {
            Some(status) => status.as_str(),
            None if unfinished => "RUNNING",
            None => "AVAILABLE",
        };
        let disabled = self.schedule_disabled.as_ref().map(|why| {
            TaskScheduleDetails::builder()
                .disabled_by("SERVICE".into())
                .disabled_reason(why)
                .build()
        });
        DescribeTaskOutput::builder()
            .status(TaskStatus::from(status))
            .set_current_task_execution_arn(self.executions.last().map(|last| last.arn.to_string()))
            .set_error_code(self.task_error.clone())
            .set_schedule_details(disabled)
            .options(self.options.clone())
            .set_includes(rules(self.includes.as_ref()))
            .set_excludes(rules(self.excludes.as_ref()))
            .build()
    }

    fn start_or_fail(
        &mut self,
        asked: &StartTaskExecutionInput,
    ) -> Result<ExecutionArn, StartFault> {
        match self.start_faults.pop_front() {
            None => Ok(self.start(asked)),
            Some(StartFault::Internal) => Err(StartFault::Internal),
            Some(StartFault::LostReply) => {
                self.start(asked);
                Err(StartFault::LostReply)
            }
            Some(StartFault::Beaten) => {
                let theirs =
                    FakeExecution::under_way(&self.task, self.executions.len() + 1, self.now);
                self.executions.push(theirs);
                Err(StartFault::Beaten)
            }
        }
    }

    /// LAUNCHING, or QUEUED behind one that has not ended.
    fn start(&mut self, asked: &StartTaskExecutionInput) -> ExecutionArn {
        let busy = self.executions.iter().any(|execution| !execution.is_terminal());
        let pairs = asked
            .tags()
            .iter()
            .map(|tag| (tag.key().to_owned(), tag.value().unwrap_or_default().to_owned()));
        let value =
            |rules: &[FilterRule]| rules.first().and_then(|rule| rule.value()).map(str::to_owned);
        let execution = FakeExecution {
            status: if busy { "QUEUED" } else { "LAUNCHING" }.to_owned(),
            tags: pairs.collect(),
            includes: value(asked.includes()),
            excludes: value(asked.excludes()),
            override_options: asked.override_options().cloned(),
            ..FakeExecution::under_way(&self.task, self.executions.len() + 1, self.now)
        };
        self.executions.push(execution.clone());
        execution.arn
    }

    fn cancel(&mut self, arn: Option<&str>) -> bool {
        let Some(found) = self.find(arn) else { return false };
        if found.is_terminal() || found.status == "CANCELLING" {
            return false;
        }
        found.status = "CANCELLING".to_owned();
        self.cancels += 1;
        true
    }
}

fn entry(execution: &FakeExecution) -> TaskExecutionListEntry {
    let status = TaskExecutionStatus::from(execution.status.as_str());
    TaskExecutionListEntry::builder()
        .task_execution_arn(execution.arn.as_str())
        .status(status)
        .build()
}

fn rules(value: Option<&String>) -> Option<Vec<FilterRule>> {
    value.map(|value| vec![FilterRule::builder().value(value).build()])
}

fn output(execution: &FakeExecution) -> DescribeTaskExecutionOutput {
    let (counters, durations) = (execution.counters, execution.durations);
    let mut result = TaskExecutionResultDetail::builder()
        .prepare_duration(durations.prepare_ms)
        .transfer_duration(durations.transfer_ms)
        .verify_duration(durations.verify_ms)
        .total_duration(durations.total_ms);
    if let Some((code, detail)) = &execution.error {
        result = result.error_code(code).error_detail(detail);
    }
    let report = |status: &String| {
        ReportResult::builder().status(PhaseStatus::from(status.as_str())).build()
    };
    DescribeTaskExecutionOutput::builder()
        .status(TaskExecutionStatus::from(execution.status.as_str()))
        .options(
            Options::builder()
                .verify_mode(VerifyMode::from(execution.verify_mode.as_str()))
                .build(),
        )
        .set_includes(rules(execution.includes.as_ref()))
        .set_excludes(rules(execution.excludes.as_ref()))
        .start_time(DateTime::from_secs(execution.started))
        .set_launch_time(execution.launched.map(DateTime::from_secs))
        .set_end_time(execution.ended.map(DateTime::from_secs))
        .estimated_files_to_transfer(counters.files_to_transfer)
        .estimated_bytes_to_transfer(counters.bytes_to_transfer)
        .files_transferred(counters.files_transferred)
        .bytes_transferred(counters.bytes_transferred)
        .bytes_written(counters.bytes_written)
        .files_verified(counters.files_verified)
        .files_deleted(counters.files_deleted)
        .files_skipped(counters.files_skipped)
        .result(result.build())
        .set_report_result(execution.report.as_ref().map(report))
        .build()
}

fn tagged(tags: BTreeMap<String, String>) -> Result<Vec<TagListEntry>, BuildError> {
    tags.into_iter()
        .map(|(key, value)| TagListEntry::builder().key(key).value(value).build())
        .collect()
}

fn coded(code: &str) -> ErrorMetadata {
    ErrorMetadata::builder().code(code).build()
}
