//! The state of the task, and the effects of the calls on it.

use std::collections::VecDeque;

use aws_sdk_datasync::operation::describe_task::DescribeTaskOutput;
use aws_sdk_datasync::operation::start_task_execution::StartTaskExecutionInput;
use aws_sdk_datasync::types::{
    FilterRule, Options, TaskListEntry, TaskScheduleDetails, TaskStatus,
};
use domain::arn::{ExecutionArn, TaskArn};

use super::execution::{FakeExecution, filter_rules};

/// The state of the task. Tests read it and change it.
#[derive(Debug)]
pub struct TaskState {
    /// The position of the task among all: the ids of its executions follow from it.
    number: usize,
    pub task: TaskArn,
    /// Overrides the status that follows from the executions, for example with `UNAVAILABLE`.
    pub task_status: Option<String>,
    pub task_error: Option<String>,
    /// The reason for which DataSync disabled the task's own schedule.
    pub schedule_disabled: Option<String>,
    /// The options of the task, as `DescribeTask` returns them.
    pub options: Options,
    pub includes: Option<String>,
    pub excludes: Option<String>,
    /// The oldest first.
    pub executions: Vec<FakeExecution>,
    /// The start time of new executions, in seconds since 1970.
    pub now: i64,
    /// The number of cancelled executions.
    pub cancels: usize,
    /// The faults of the next starts; later starts succeed.
    pub start_faults: VecDeque<StartFault>,
}

/// The fault of one start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartFault {
    /// DataSync rejects it, because another client started an execution first.
    Beaten,
    /// DataSync fails and starts nothing.
    Internal,
    /// DataSync starts an execution, and the response is 503.
    LostReply,
}

/// The number of executions that a task may have.
const EXECUTIONS: usize = 100_000;

impl TaskState {
    pub(super) fn new(task: TaskArn, number: usize) -> Self {
        Self {
            number,
            task,
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
        }
    }

    /// Adds execution `number` of this task, running since `started`; no other task has its id.
    pub fn add_execution(&mut self, number: usize, started: i64) -> FakeExecution {
        let number = self.number * EXECUTIONS + number;
        let execution = FakeExecution::under_way(&self.task, number, started);
        self.executions.push(execution.clone());
        execution
    }

    /// The entry of the task in `ListTasks`.
    pub(super) fn list_entry(&self) -> TaskListEntry {
        TaskListEntry::builder()
            .task_arn(self.task.as_str())
            .status(TaskStatus::from(self.status_text()))
            .build()
    }

    /// The executions with this tag.
    #[must_use]
    pub fn executions_with_tag(&self, key: &str, value: &str) -> Vec<&FakeExecution> {
        self.executions
            .iter()
            .filter(|found| found.tags.get(key).is_some_and(|found| found == value))
            .collect()
    }

    /// The execution with this ARN.
    pub(super) fn find_execution(&mut self, arn: Option<&str>) -> Option<&mut FakeExecution> {
        self.executions.iter_mut().find(|found| Some(found.arn.as_str()) == arn)
    }

    /// The response of `DescribeTask`.
    fn status_text(&self) -> &str {
        let unfinished = self.executions.iter().any(|execution| !execution.is_terminal());
        match &self.task_status {
            Some(status) => status.as_str(),
            None if unfinished => "RUNNING",
            None => "AVAILABLE",
        }
    }

    pub(super) fn describe_task(&self) -> DescribeTaskOutput {
        let disabled = self.schedule_disabled.as_ref().map(|why| {
            TaskScheduleDetails::builder()
                .disabled_by("SERVICE".into())
                .disabled_reason(why)
                .build()
        });
        DescribeTaskOutput::builder()
            .status(TaskStatus::from(self.status_text()))
            .set_current_task_execution_arn(self.executions.last().map(|last| last.arn.to_string()))
            .set_error_code(self.task_error.clone())
            .set_schedule_details(disabled)
            .options(self.options.clone())
            .set_includes(filter_rules(self.includes.as_ref()))
            .set_excludes(filter_rules(self.excludes.as_ref()))
            .build()
    }

    /// Starts an execution, unless the next fault prevents it.
    pub(super) fn start_or_fail(
        &mut self,
        request: &StartTaskExecutionInput,
    ) -> Result<ExecutionArn, StartFault> {
        match self.start_faults.pop_front() {
            None => Ok(self.start_execution(request)),
            Some(StartFault::Internal) => Err(StartFault::Internal),
            Some(StartFault::LostReply) => {
                self.start_execution(request);
                Err(StartFault::LostReply)
            }
            Some(StartFault::Beaten) => {
                self.add_execution(self.executions.len() + 1, self.now);
                Err(StartFault::Beaten)
            }
        }
    }

    /// Starts an execution: LAUNCHING, or QUEUED behind one that has not ended.
    fn start_execution(&mut self, request: &StartTaskExecutionInput) -> ExecutionArn {
        let busy = self.executions.iter().any(|execution| !execution.is_terminal());
        let pairs = request
            .tags()
            .iter()
            .map(|tag| (tag.key().to_owned(), tag.value().unwrap_or_default().to_owned()));
        let value =
            |rules: &[FilterRule]| rules.first().and_then(|rule| rule.value()).map(str::to_owned);
        let started = self.add_execution(self.executions.len() + 1, self.now);
        let last = self.executions.last_mut().expect("it was just added");
        last.status = if busy { "QUEUED" } else { "LAUNCHING" }.to_owned();
        last.tags = pairs.collect();
        last.includes = value(request.includes());
        last.excludes = value(request.excludes());
        last.override_options = request.override_options().cloned();
        started.arn
    }

    /// Whether the execution could be cancelled.
    pub(super) fn cancel_execution(&mut self, arn: Option<&str>) -> bool {
        let Some(found) = self.find_execution(arn) else { return false };
        if found.is_terminal() || found.status == "CANCELLING" {
            return false;
        }
        found.status = "CANCELLING".to_owned();
        self.cancels += 1;
        true
    }
}
