//! The record of an execution that has ended, and the follow-up.

use aws::executions;
use aws::records_bucket::WriteOnce;
use domain::arn::ExecutionArn;
use domain::execution::Execution;
use domain::records::alert::AlertReceipt;
use domain::records::keys;
use domain::records::run::RunRecord;

use super::Completion;
use crate::decide::{CompletionFacts, build_record};
use crate::error::CompletionError;
use crate::execution_tags::ExecutionTags;
use crate::follow_up::follow_up;
use crate::invocation::CompletionInvocation;
use crate::outcome::CompletionOutcome;
use crate::report_issues::read_issues;
use crate::run_metrics::measure_run;

impl Completion<'_> {
    pub(super) async fn record_end(
        &self,
        execution: &Execution,
    ) -> Result<CompletionOutcome, CompletionError> {
        let (app, id) = (self.invocation.app, execution.arn.id());
        let run = self.decide_record(execution).await?;
        let written = app.records.write_once(&keys::run_record(id), &run).await?;
        if written == WriteOnce::AlreadyThere {
            return self.follow_up_other(&execution.arn).await;
        }
        app.metrics.emit(&measure_run(&app.environment.stack_name, &run));
        let alerted = follow_up(self.invocation, &run).await?;
        let RunRecord { execution, sync, outcome: result, .. } = run;
        Ok(CompletionOutcome::Recorded { execution, sync, result, alerted })
    }

    async fn decide_record(&self, execution: &Execution) -> Result<RunRecord, CompletionError> {
        let CompletionInvocation { app, request_id, now, .. } = *self.invocation;
        let id = execution.arn.id();
        let tags =
            executions::tags(&app.datasync, &execution.arn).await.map_err(CompletionError::Tags)?;
        let issues = read_issues(&app.records, execution).await?;
        let last = app.records.read(&keys::last_run(self.sync)).await?;
        let facts = CompletionFacts {
            execution,
            sync: self.sync,
            issues: &issues,
            tags: &ExecutionTags::from_map(&tags),
            last: last.as_ref(),
            was_stuck: app.records.read::<AlertReceipt>(&keys::stuck_alert(id)).await?.is_some(),
            request_id,
            now,
        };
        Ok(build_record(&facts, self.limits))
    }

    /// Another invocation has recorded it meanwhile.
    async fn follow_up_other(
        &self,
        execution: &ExecutionArn,
    ) -> Result<CompletionOutcome, CompletionError> {
        let key = keys::run_record(execution.id());
        let found: Option<RunRecord> = self.invocation.app.records.read(&key).await?;
        let found =
            found.ok_or_else(|| CompletionError::Contended { execution: execution.clone() })?;
        follow_up_again(self.invocation, found).await
    }
}

pub(super) async fn follow_up_again(
    invocation: &CompletionInvocation<'_>,
    run: RunRecord,
) -> Result<CompletionOutcome, CompletionError> {
    let alerted = follow_up(invocation, &run).await?;
    let RunRecord { execution, sync, outcome: result, .. } = run;
    Ok(CompletionOutcome::AlreadyRecorded { execution, sync, result, alerted })
}
