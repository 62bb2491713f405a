//! The record of an execution that has ended, and the follow-up.

use aws::executions;
use aws::records_bucket::WriteOnce;
use domain::arn::ExecutionArn;
use domain::execution::Execution;
use domain::records::alert::AlertReceipt;
use domain::records::keys;
use domain::records::run::RunRecord;
use domain::sync_name::SyncName;

use super::CompletionInvocation;
use crate::decide::{CompletionFacts, build_record};
use crate::error::CompletionError;
use crate::execution_tags::ExecutionTags;
use crate::follow_up::follow_up;
use crate::outcome::CompletionOutcome;
use crate::report_issues::read_issues;
use crate::run_metrics::measure_run;

impl CompletionInvocation<'_> {
    pub(super) async fn record_end(
        &self,
        execution: &Execution,
    ) -> Result<CompletionOutcome, CompletionError> {
        let (app, id) = (self.app, execution.arn.id());
        let run = self.decide_record(execution).await?;
        let written = app.records.write_once(&keys::run_record(id), &run).await?;
        if written == WriteOnce::AlreadyThere {
            return self.follow_up_other(&execution.arn).await;
        }
        app.metrics.emit(&measure_run(&app.environment.stack_name, &run));
        let alerted = follow_up(app, &run, self.request_id, self.now).await?;
        Ok(CompletionOutcome::Recorded { execution: run.execution, result: run.outcome, alerted })
    }

    async fn decide_record(&self, execution: &Execution) -> Result<RunRecord, CompletionError> {
        let (app, id) = (self.app, execution.arn.id());
        let tags =
            executions::tags(&app.datasync, &execution.arn).await.map_err(CompletionError::Tags)?;
        let issues = read_issues(&app.records, execution).await?;
        let last = app.records.read(&keys::last_run(&SyncName::default())).await?;
        let facts = CompletionFacts {
            execution,
            issues: &issues,
            tags: &ExecutionTags::from_map(&tags),
            last: last.as_ref(),
            was_stuck: app.records.read::<AlertReceipt>(&keys::stuck_alert(id)).await?.is_some(),
            request_id: self.request_id,
            now: self.now,
        };
        Ok(build_record(&facts, self.limits))
    }

    /// Another invocation has recorded it meanwhile.
    async fn follow_up_other(
        &self,
        execution: &ExecutionArn,
    ) -> Result<CompletionOutcome, CompletionError> {
        let found = self.read_record(execution).await?;
        let found =
            found.ok_or_else(|| CompletionError::Contended { execution: execution.clone() })?;
        self.follow_up_again(found).await
    }

    pub(super) async fn follow_up_again(
        &self,
        run: RunRecord,
    ) -> Result<CompletionOutcome, CompletionError> {
        let alerted = follow_up(self.app, &run, self.request_id, self.now).await?;
        Ok(CompletionOutcome::AlreadyRecorded {
            execution: run.execution,
            result: run.outcome,
            alerted,
        })
    }
}
