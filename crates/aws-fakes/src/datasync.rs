//! DataSync tasks with their executions. Nothing runs: tests set the status of the executions.

mod execution;
mod start_fault;
mod state;

use std::collections::BTreeMap;
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
use aws_sdk_datasync::operation::list_tasks::{ListTasksError, ListTasksOutput};
use aws_sdk_datasync::operation::start_task_execution::{
    StartTaskExecutionError, StartTaskExecutionOutput,
};
use aws_sdk_datasync::types::TagListEntry;
use aws_smithy_mocks::{MockResponse, Rule, RuleMode, mock, mock_client};
use domain::arn::TaskArn;

use crate::error::error_with_code;
use crate::{Interleaving, Outage, outage};

pub use execution::FakeExecution;
use execution::{describe_execution, list_entry};
pub use state::{StartFault, TaskState};

/// A task among all those of the account; a clone is the same task.
#[derive(Clone, Debug)]
pub struct FakeDataSync {
    tasks: Arc<Vec<Mutex<TaskState>>>,
    /// The position of this task.
    own: usize,
    outage: Outage,
    interleaving: Interleaving,
}

impl FakeDataSync {
    /// Tasks without executions that share `outage` and `interleaving` with other doubles; the
    /// first is this one.
    ///
    /// # Panics
    /// When `tasks` is empty or has what is not the ARN of a task.
    #[must_use]
    pub fn sharing(tasks: &[&str], outage: &Outage, interleaving: &Interleaving) -> Self {
        assert!(!tasks.is_empty(), "a test names a task");
        let parsed = tasks.iter().map(|task| TaskArn::parse(task).expect("a test names a task"));
        let states =
            parsed.enumerate().map(|(number, task)| Mutex::new(TaskState::new(task, number)));
        Self {
            tasks: Arc::new(states.collect()),
            own: 0,
            outage: outage.clone(),
            interleaving: interleaving.clone(),
        }
    }

    /// Another task of the same account, counted from 0.
    #[must_use]
    pub fn task(&self, number: usize) -> Self {
        Self { own: number, ..self.clone() }
    }

    /// The number of tasks.
    #[must_use]
    pub fn task_count(&self) -> usize {
        self.tasks.len()
    }

    /// Locks the state for reading and changing.
    pub fn state(&self) -> MutexGuard<'_, TaskState> {
        self.tasks[self.own].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state of the task that an ARN names, or of which it names an execution; of this one if
    /// there is none.
    fn state_of(&self, arn: Option<&str>) -> MutexGuard<'_, TaskState> {
        let named = |task: &&Mutex<TaskState>| {
            let state = task.lock().unwrap_or_else(PoisonError::into_inner);
            arn.is_some_and(|arn| arn.starts_with(state.task.as_str()))
        };
        match self.tasks.iter().find(named) {
            Some(task) => task.lock().unwrap_or_else(PoisonError::into_inner),
            None => self.state(),
        }
    }

    /// A client of all tasks; a request that names none of them is about this one.
    #[must_use]
    pub fn client(&self) -> Client {
        let rules = [
            self.list_tasks(),
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

    fn list_tasks(&self) -> Rule {
        let fake = self.clone();
        mock!(Client::list_tasks).then_compute_response(move |_| {
            let entries = fake.outage.around(|| {
                let all = (0..fake.task_count()).map(|number| fake.task(number));
                all.map(|task| task.state().list_entry()).collect::<Vec<_>>()
            });
            match entries {
                Some(entries) => MockResponse::Output(
                    ListTasksOutput::builder().set_tasks(Some(entries)).build(),
                ),
                None => MockResponse::Error(ListTasksError::generic(error_with_code(outage::CODE))),
            }
        })
    }

    fn describe_task(&self) -> Rule {
        let fake = self.clone();
        mock!(Client::describe_task).then_compute_response(move |request| {
            match fake.outage.around(|| fake.state_of(request.task_arn()).describe_task()) {
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
            match fake.outage.around(|| fake.state_of(request.task_arn()).start_or_fail(request)) {
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
        mock!(Client::list_task_executions).then_compute_response(move |request| {
            let entries = fake.outage.around(|| {
                let state = fake.state_of(request.task_arn());
                state.executions.iter().map(list_entry).collect::<Vec<_>>()
            });
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
                let arn = request.resource_arn();
                fake.state_of(arn).find_execution(arn).map(|found| found.tags.clone())
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
                let arn = request.task_execution_arn();
                fake.state_of(arn).find_execution(arn).map(|found| describe_execution(found))
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
            let arn = request.task_execution_arn();
            match fake.outage.around(|| fake.state_of(arn).cancel_execution(arn)) {
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
