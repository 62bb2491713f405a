//! The decision on the task, carried out.

use aws::failure::chain;
use domain::arn::ExecutionArn;
use domain::records::start::StartRecord;

use super::Start;
use crate::decide::{TaskDecision, decide_failed_start};
use crate::error::StartError;
use crate::outcome::StartOutcome;
use crate::parallel::{self, Turn};
use crate::start_call::{StartCall, call_start};
use crate::start_record;
use crate::task::{self, TaskError};

impl Start<'_> {
    pub(super) async fn carry_out(
        &self,
        record: StartRecord,
        decision: TaskDecision,
    ) -> Result<StartOutcome, StartError> {
        let records = &self.invocation.app.records;
        match decision {
            TaskDecision::Found(execution) => self.complete(record, execution).await,
            TaskDecision::Adopt(execution) => {
                let record = start_record::adopt(records, record, &execution).await?;
                Ok(already_started(record, execution))
            }
            TaskDecision::Start => self.start_in_turn(record).await,
            TaskDecision::Skip { running } => self.skip(record, running).await,
            TaskDecision::Unavailable { reason } => self.give_up(record, reason).await,
        }
    }

    async fn give_up(
        &self,
        record: StartRecord,
        reason: String,
    ) -> Result<StartOutcome, StartError> {
        start_record::give_up(&self.invocation.app.records, record, &reason).await?;
        self.alert_of_skipped_retry().await?;
        Err(StartError::Unavailable { reason })
    }

    /// Starts if the stack may run one more execution.
    async fn start_in_turn(&self, record: StartRecord) -> Result<StartOutcome, StartError> {
        let turn = parallel::take_place(self.invocation, self.request).await?;
        if turn == Turn::Now {
            return self.start_with_place(record).await;
        }
        if turn == Turn::Waits || self.may_wait() {
            return self.wait(record, None, true).await;
        }
        self.pass(record, None).await
    }

    /// Starts with the place that is taken, where there is a limit.
    async fn start_with_place(&self, record: StartRecord) -> Result<StartOutcome, StartError> {
        let started = self.start_now(record).await;
        if self.invocation.parallel.limit.is_none() {
            return started;
        }
        let slot = &self.request.slot;
        match &started {
            Ok(_) => parallel::remove_start(self.invocation, slot).await?,
            Err(error) => {
                let given_back = parallel::give_back_place(self.invocation, slot).await;
                tracing::warn!(slot, error = %chain(error), ?given_back, "a start failed");
            }
        }
        started
    }

    async fn start_now(&self, record: StartRecord) -> Result<StartOutcome, StartError> {
        let app = self.invocation.app;
        let call = StartCall {
            outputs: self.outputs,
            stack: &app.environment.stack_name,
            request: self.request,
            records_bucket: app.records.name(),
        };
        match call_start(&app.datasync, call).await {
            Ok(execution) => {
                let record = start_record::complete(&app.records, record, &execution).await?;
                Ok(StartOutcome::Started { slot: record.slot, sync: record.sync, execution })
            }
            Err(error) => self.recover_failed_start(record, error).await,
        }
    }

    /// Handles a failed start: its response may be lost and the execution running, or another
    /// client started one first.
    async fn recover_failed_start(
        &self,
        record: StartRecord,
        error: TaskError,
    ) -> Result<StartOutcome, StartError> {
        let client = &self.invocation.app.datasync;
        // If the state can't be read either, the error of the start is the one to return.
        let facts = task::read_facts(client, &self.outputs.task_arn, &record.slot, true).await;
        let Ok(facts) = facts else { return Err(error.into()) };
        match decide_failed_start(&facts, error.is_rejection()) {
            Some(TaskDecision::Found(execution)) => self.complete(record, execution).await,
            Some(TaskDecision::Skip { running }) => self.skip(record, running).await,
            _ => Err(error.into()),
        }
    }

    async fn complete(
        &self,
        record: StartRecord,
        execution: ExecutionArn,
    ) -> Result<StartOutcome, StartError> {
        let records = &self.invocation.app.records;
        let record = start_record::complete(records, record, &execution).await?;
        Ok(already_started(record, execution))
    }

    async fn skip(
        &self,
        record: StartRecord,
        running: Option<ExecutionArn>,
    ) -> Result<StartOutcome, StartError> {
        if self.may_wait() {
            return self.wait(record, running, false).await;
        }
        self.pass(record, running).await
    }

    async fn wait(
        &self,
        record: StartRecord,
        running: Option<ExecutionArn>,
        limited: bool,
    ) -> Result<StartOutcome, StartError> {
        let record =
            start_record::wait(&self.invocation.app.records, record, running.clone()).await?;
        Ok(StartOutcome::Waiting { slot: record.slot, sync: record.sync, running, limited })
    }

    /// Ends the slot without an execution.
    async fn pass(
        &self,
        record: StartRecord,
        running: Option<ExecutionArn>,
    ) -> Result<StartOutcome, StartError> {
        let record = start_record::skip(&self.invocation.app.records, record, running).await?;
        self.alert_of_skipped_retry().await?;
        let StartRecord { slot, sync, running, .. } = record;
        Ok(StartOutcome::Skipped { slot, sync, running })
    }
}

fn already_started(record: StartRecord, execution: ExecutionArn) -> StartOutcome {
    StartOutcome::AlreadyStarted { slot: record.slot, sync: record.sync, execution }
}
