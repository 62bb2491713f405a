//! One DataSync task with its executions. Nothing runs: tests set the status of the executions.

mod execution;
mod start_fault;
mod state;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_datasync::Client;
use aws_sdk_datasync::error::BuildError;
use aws_sdk_datasync::operation::cancel_task_execution::{
    CancelTaskExecutionError, CancelTaskExecutionOutput,
};
use aws_sdk_datasync::operation::describe_task::DescribeTaskError;
use aws_sdk_datasync::operation::describe_task_execution::DescribeTaskExecutionError;
use aws_sdk_datasync::operation::list_tags_for_resource::{
    ListTagsForResourceError, ListTagsForResourceOutput,
};
use aws_sdk_datasync::operation::list_task_executions::{
    ListTaskExecutionsError, ListTaskExecutionsOutput,
};
use aws_sdk_datasync::operation::start_task_execution::{
    StartTaskExecutionError, StartTaskExecutionOutput,
};
use aws_sdk_datasync::types::{Options, TagListEntry};
use aws_smithy_mocks::{MockResponse, Rule, RuleMode, mock, mock_client};
use domain::arn::TaskArn;

use crate::error::error_with_code;
use crate::{Interleaving, Outage, outage};

pub use execution::FakeExecution;
use execution::{describe_execution, list_entry};
pub use state::{StartFault, TaskState};

/// The task; a clone is the same task.
#[derive(Clone, Debug)]
pub struct FakeDataSync {
    state: Arc<Mutex<TaskState>>,
    outage: Outage,
    interleaving: Interleaving,
}

impl FakeDataSync {
    /// A task without executions that shares `outage` and `interleaving` with other doubles.
    ///
    /// # Panics
    /// When `task` is not the ARN of a task.
    #[must_use]
    pub fn sharing(task: &str, outage: &Outage, interleaving: &Interleaving) -> Self {
        let state = TaskState {
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

    /// Locks the state for reading and changing.
    pub fn state(&self) -> MutexGuard<'_, TaskState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A client of this task, whatever ARN a request names.
    #[must_use]
    pub fn client(&self) -> Client {
        let rules = [
            self.describe_task(),
            self.start_task_execution(),
            self.list_task_executions(),
            self.list_tags(),
            self.describe_task_execution(),
            self.cancel_task_execution(),
        ];
        mock_client!(aws_sdk_datasync, RuleMode::MatchAny, &rules, |config| config
            .http_client(self.interleaving.http_client()))
    }

    fn describe_task(&self) -> Rule {
        let fake = self.clone();
        mock!(Client::describe_task).then_compute_response(move |_| {
            match fake.outage.around(|| fake.state().describe_task()) {
                Some(output) => MockResponse::Output(output),
                None => {
                    MockResponse::Error(DescribeTaskError::generic(error_with_code(outage::CODE)))
                }
            }
        })
    }

    fn start_task_execution(&self) -> Rule {
        let fake = self.clone();
        mock!(Client::start_task_execution).then_compute_response(move |request| {
            match fake.outage.around(|| fake.state().start_or_fail(request)) {
                Some(Ok(arn)) => MockResponse::Output(
                    StartTaskExecutionOutput::builder().task_execution_arn(arn.as_str()).build(),
                ),
                Some(Err(fault)) => start_fault::fault_reply(fault),
                None => MockResponse::Error(StartTaskExecutionError::generic(error_with_code(
                    outage::CODE,
                ))),
            }
        })
    }

    fn list_task_executions(&self) -> Rule {
        let fake = self.clone();
        mock!(Client::list_task_executions).then_compute_response(move |_| {
            let entries = fake
                .outage
                .around(|| fake.state().executions.iter().map(list_entry).collect::<Vec<_>>());
            match entries {
                Some(entries) => MockResponse::Output(
                    ListTaskExecutionsOutput::builder().set_task_executions(Some(entries)).build(),
                ),
                None => MockResponse::Error(ListTaskExecutionsError::generic(error_with_code(
                    outage::CODE,
                ))),
            }
        })
    }

    fn list_tags(&self) -> Rule {
        let fake = self.clone();
        mock!(Client::list_tags_for_resource).then_compute_response(move |request| {
            let tags = fake.outage.around(|| {
                fake.state().find_execution(request.resource_arn()).map(|found| found.tags.clone())
            });
            match tags {
                Some(tags) => MockResponse::Output(
                    ListTagsForResourceOutput::builder()
                        .set_tags(tag_list(tags.unwrap_or_default()).ok())
                        .build(),
                ),
                None => MockResponse::Error(ListTagsForResourceError::generic(error_with_code(
                    outage::CODE,
                ))),
            }
        })
    }

    fn describe_task_execution(&self) -> Rule {
        let fake = self.clone();
        mock!(Client::describe_task_execution).then_compute_response(move |request| {
            match fake.outage.around(|| {
                fake.state()
                    .find_execution(request.task_execution_arn())
                    .map(|found| describe_execution(found))
            }) {
                Some(Some(output)) => MockResponse::Output(output),
                Some(None) => MockResponse::Error(DescribeTaskExecutionError::generic(
                    error_with_code("InvalidRequestException"),
                )),
                None => MockResponse::Error(DescribeTaskExecutionError::generic(error_with_code(
                    outage::CODE,
                ))),
            }
        })
    }

    fn cancel_task_execution(&self) -> Rule {
        let fake = self.clone();
        mock!(Client::cancel_task_execution).then_compute_response(move |request| {
            match fake.outage.around(|| fake.state().cancel_execution(request.task_execution_arn()))
            {
                Some(true) => MockResponse::Output(CancelTaskExecutionOutput::builder().build()),
                Some(false) => MockResponse::Error(CancelTaskExecutionError::generic(
                    error_with_code("InvalidRequestException"),
                )),
                None => MockResponse::Error(CancelTaskExecutionError::generic(error_with_code(
                    outage::CODE,
                ))),
            }
        })
    }
}

fn tag_list(tags: BTreeMap<String, String>) -> Result<Vec<TagListEntry>, BuildError> {
    tags.into_iter()
        .map(|(key, value)| TagListEntry::builder().key(key).value(value).build())
        .collect()
}
