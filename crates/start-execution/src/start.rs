//! The start of an execution for one slot: claim the slot, read the state of the task, start an
//! execution, complete the record.
//!
//! The claim is a conditional write and comes before the start; the record of what was started
//! comes after. A crash between the two leaves a claim without an execution: the invocation that
//! resumes the slot first looks for an execution with the slot's tag.

mod carry_out;

use chrono::{DateTime, Utc};
use domain::records::class::Class;
use domain::records::keys;
use domain::records::outputs::Outputs;
use domain::records::start::{HeldStart, StartRecord, full_verification_time};
use domain::request::{StartRequest, WhenBusy};

use crate::decide::{SlotDecision, SlotFacts, TaskFacts, decide_slot, decide_task};
use crate::error::StartError;
use crate::invocation::StartInvocation;
use crate::outcome::StartOutcome;
use crate::task;
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
    let (slot, sync) = (request.slot.clone(), invocation.sync.clone());
    Ok(StartOutcome::Held { slot, sync, until })
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
        let (slot, sync) = (self.request.slot.clone(), self.invocation.sync.clone());
        let new =
            StartRecord { sync: sync.clone(), ..StartRecord::new_claim(&slot, request_id, now) };
        let (claimed, is_new) = start_record::claim(&app.records, new).await?;
        match decide_slot(&SlotFacts { record: &claimed, request_id, now }) {
            SlotDecision::AlreadyStarted(execution) => {
                Ok(StartOutcome::AlreadyStarted { slot, sync, execution })
            }
            SlotDecision::AlreadySkipped(running) => {
                self.alert_of_skipped_retry().await?;
                Ok(StartOutcome::Skipped { slot, sync, running })
            }
            SlotDecision::InProgress => Ok(StartOutcome::InProgress { slot, sync }),
            SlotDecision::Proceed => self.start_claimed(claimed, is_new).await,
        }
    }

    /// Starts the execution of a slot that this invocation continues with.
    async fn start_claimed(
        &self,
        claimed: StartRecord,
        is_new: bool,
    ) -> Result<StartOutcome, StartError> {
        let StartInvocation { app, request_id, now, .. } = *self.invocation;
        let slot = self.request.slot.clone();
        let record = if is_new {
            claimed
        } else {
            start_record::renew_claim(&app.records, claimed, request_id, now).await?
        };
        let task_arn = &self.outputs.task_arn;
        let facts = task::read_facts(&app.datasync, task_arn, &slot, !is_new).await?;
        self.update_conditions(&facts).await?;
        let behind_queued = !self.request.overrides.is_empty() && !self.may_wait();
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

    /// Whether the slot waits if no execution can be started behind the running one: only full
    /// verifications do.
    fn may_wait(&self) -> bool {
        full_verification_time(self.invocation.sync.without_sync(&self.request.slot)).is_some()
    }

    async fn alert_of_skipped_retry(&self) -> Result<(), StartError> {
        skipped_retry::alert_once(self.invocation, self.outputs, self.request).await
    }
}
