//! `wait`: follows an execution or a restore that has started, to its verdict.

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use domain::arn::ExecutionArn;
use domain::records::keys;
use domain::records::outputs::Outputs;
use domain::records::restore_run::RestoreRun;

use crate::cli::Global;
use crate::context::StackContext;
use crate::hint::WithHint;
use crate::runs::current::is_restore_task;
use crate::runs::find_execution::find_execution;
use crate::runs::follow::{Follower, followed_text};
use crate::runs::follow_restore::{follow_restore, interrupted_execution};
use crate::runs::restores::{KnownRestore, restore_text};
use crate::ui::interrupt::run_until_interrupt;
use crate::ui::output;

pub(super) async fn run(global: &Global, named: &str) -> Result<ExitCode> {
    let context = StackContext::load_context(global).await?;
    let outputs = context.require_outputs().await?;
    let execution = find_execution(&context, &outputs, named).await?;
    output::print_progress(format!("following {}", execution.id()));
    let work = follow_execution(global, &context, &outputs, &execution);
    run_until_interrupt(work, || interrupted_execution(&execution)).await
}

async fn follow_execution(
    global: &Global,
    context: &StackContext,
    outputs: &Outputs,
    execution: &ExecutionArn,
) -> Result<ExitCode> {
    let restore: Option<RestoreRun> =
        context.records.read(&keys::restore_run(execution.id())).await?;
    let is_good = match restore {
        Some(record) => {
            let record = follow_restore(context, record).await?;
            let is_complete = record.end.as_ref().is_some_and(|end| end.complete);
            let shown = KnownRestore { record, live: None };
            output::print_data(global.output, &shown.record, restore_text(&shown))?;
            is_complete
        }
        None if is_restore_task(outputs, &execution.task()) => {
            return follow_unrecorded(context, execution).await;
        }
        None => {
            let ended = Follower::new(context).follow_to_verdict(execution).await?;
            output::print_data(global.output, &ended, followed_text(&ended))?;
            ended.is_good()
        }
    };
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Follows a restore whose command was interrupted between its start and its record.
async fn follow_unrecorded(context: &StackContext, execution: &ExecutionArn) -> Result<ExitCode> {
    let ended = Follower::new(context).follow_to_end(execution).await?;
    let (id, status) = (execution.id(), ended.status);
    Err(anyhow!("{id} has ended with {status}, and the restore is not on record"))
        .with_hint("run the same `efs-s3 restore` again: it compares what is there")
}
