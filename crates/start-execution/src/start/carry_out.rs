//! The decision on the task, carried out.

use domain::arn::ExecutionArn;
use domain::records::start::StartRecord;

use super::{Start, may_wait};
use crate::decide::{TaskDecision, decide_failed_start};
use crate::error::StartError;
use crate::outcome::StartOutcome;
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
                Ok(StartOutcome::AlreadyStarted { slot: record.slot, execution })
            }
            TaskDecision::Start => self.start_now(record).await,
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
                Ok(StartOutcome::Started { slot: record.slot, execution })
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
        Ok(StartOutcome::AlreadyStarted { slot: record.slot, execution })
    }

    async fn skip(
        &self,
        record: StartRecord,
        running: Option<ExecutionArn>,
    ) -> Result<StartOutcome, StartError> {
        let records = &self.invocation.app.records;
        if may_wait(&record.slot) {
            let record = start_record::wait(records, record, running).await?;
            return Ok(StartOutcome::Waiting { slot: record.slot, running: record.running });
        }
        let record = start_record::skip(records, record, running).await?;
        self.alert_of_skipped_retry().await?;
        Ok(StartOutcome::Skipped { slot: record.slot, running: record.running })
    }
}
