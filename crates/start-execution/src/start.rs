//! The start of an execution for one slot: claim the slot, read the state of the task, start an
//! execution, complete the record.
//!
//! The claim is a conditional write and comes before the start; the record of what was started
//! comes after. A crash between the two leaves a claim without an execution: the invocation that
//! resumes the slot first looks for an execution with the slot's tag.

use chrono::{DateTime, Utc};
use domain::arn::ExecutionArn;
use domain::records::class::Class;
use domain::records::keys;
use domain::records::outputs::Outputs;
use domain::records::start::{HeldStart, StartRecord, full_verification_time};
use domain::request::{StartRequest, WhenBusy};

use crate::decide::{
    SlotDecision, SlotFacts, TaskDecision, TaskFacts, decide_failed_start, decide_slot, decide_task,
};
use crate::error::StartError;
use crate::invocation::StartInvocation;
use crate::outcome::StartOutcome;
use crate::start_call::{StartCall, call_start};
use crate::task::{self, TaskError};
use crate::{conditions, skipped_retry, start_record};

/// Starts an execution for the slot of the request, unless the slot has its end already.
pub(crate) async fn start_execution(
    invocation: &StartInvocation<'_>,
    outputs: &Outputs,
    request: &StartRequest,
) -> Result<StartOutcome, StartError> {
    check_overrides(invocation, request)?;
    let app = invocation.app;
    if let Some(until) = outputs.versioning_unsettled_until(app.versioning_settles, invocation.now)
    {
        return hold(invocation, request, until).await;
    }
    Start { invocation, outputs, request }.claim_and_start().await
}

/// Checks the overrides against the rules of the configuration, before anything is claimed.
fn check_overrides(
    invocation: &StartInvocation<'_>,
    request: &StartRequest,
) -> Result<(), StartError> {
    if request.overrides.is_empty() {
        return Ok(());
    }
    let config = invocation.config.ok_or(StartError::NotDeployed)?;
    let problems = request.overrides.find_problems(config);
    if problems.is_empty() {
        Ok(())
    } else {
        Err(StartError::Overrides { problems: problems.join("; ") })
    }
}

/// Keeps the start for later. A repeat finds it kept.
async fn hold(
    invocation: &StartInvocation<'_>,
    request: &StartRequest,
    until: DateTime<Utc>,
) -> Result<StartOutcome, StartError> {
    let held = HeldStart { until, request: request.clone() };
    invocation.app.records.write_once(&keys::held_start(&request.slot), &held).await?;
    Ok(StartOutcome::Held { slot: request.slot.clone(), until })
}

/// One start: the request, and what it is for.
struct Start<'a> {
    invocation: &'a StartInvocation<'a>,
    outputs: &'a Outputs,
    request: &'a StartRequest,
}

impl Start<'_> {
    async fn claim_and_start(&self) -> Result<StartOutcome, StartError> {
        let StartInvocation { app, request_id, now, .. } = *self.invocation;
        let slot = self.request.slot.clone();
        let (claimed, is_new) = start_record::claim(&app.records, &slot, request_id, now).await?;
        match decide_slot(&SlotFacts { record: &claimed, request_id, now }) {
            SlotDecision::AlreadyStarted(execution) => {
                return Ok(StartOutcome::AlreadyStarted { slot, execution });
            }
            SlotDecision::AlreadySkipped(running) => {
                self.alert_of_skipped_retry().await?;
                return Ok(StartOutcome::Skipped { slot, running });
            }
            SlotDecision::InProgress => return Ok(StartOutcome::InProgress { slot }),
            SlotDecision::Proceed => {}
        }
        let record = if is_new {
            claimed
        } else {
            start_record::renew_claim(&app.records, claimed, request_id, now).await?
        };
        let task_arn = &self.outputs.task_arn;
        let facts = task::read_facts(&app.datasync, task_arn, &slot, !is_new).await?;
        self.update_conditions(&facts).await?;
        let behind_queued = !self.request.overrides.is_empty() && !may_wait(&slot);
        let decision = decide_task(&facts, self.when_busy(), behind_queued);
        self.carry_out(record, decision).await
    }

    async fn update_conditions(&self, facts: &TaskFacts) -> Result<(), StartError> {
        let (unavailable, disabled) = (facts.unavailable_reason(), &facts.schedule_disabled);
        for (class, reason) in [
            (Class::TaskUnavailable, unavailable.as_deref()),
            (Class::ScheduleDisabled, disabled.as_deref()),
        ] {
            conditions::update(self.invocation, class, &self.outputs.task_arn, reason).await?;
        }
        Ok(())
    }

    /// The policy of the request; the configured one for the schedule and for retries.
    fn when_busy(&self) -> WhenBusy {
        self.request
            .when_busy
            .or(self.invocation.config.map(|config| config.schedule.when_busy))
            .unwrap_or_default()
    }

    async fn carry_out(
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
            TaskDecision::Unavailable { reason } => {
                start_record::give_up(records, record, &reason).await?;
                self.alert_of_skipped_retry().await?;
                Err(StartError::Unavailable { reason })
            }
        }
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

    async fn alert_of_skipped_retry(&self) -> Result<(), StartError> {
        skipped_retry::alert_once(self.invocation, self.outputs, self.request).await
    }
}

/// Whether the slot waits if no execution can be started for it: only full verifications do.
fn may_wait(slot: &str) -> bool {
    full_verification_time(slot).is_some()
}
