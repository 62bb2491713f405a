//! `cancel`: cancels the current execution, or the named one.

use std::process::ExitCode;

use anyhow::{Context, Result};
use aws::{SdkFailure, executions};
use domain::arn::ExecutionArn;
use domain::execution::is_terminal;
use domain::request::named_execution;
use serde::Serialize;

use crate::access::Access;
use crate::cli::Global;
use crate::context::StackContext;
use crate::runs::current::current_execution;
use crate::ui::output;

#[derive(Debug, Serialize)]
struct CancelResult {
    /// The execution; absent when none was running.
    execution: Option<String>,
    /// The status in DataSync before the cancellation.
    status: String,
    cancelled: bool,
}

pub(crate) const ACCESS: Access = Access {
    stack: &["datasync:CancelTaskExecution", "datasync:DescribeTaskExecution"],
    ..Access::NONE
};

pub(super) async fn run(global: &Global, named: Option<&str>) -> Result<ExitCode> {
    let context = StackContext::load_context(global).await?;
    let task = context.require_outputs().await?.task_arn;
    let execution = match named {
        Some(name) => Some(named_execution(&task, name)?),
        None => current_execution(&context, task.as_str()).await?,
    };
    let Some(execution) = execution else {
        let none = CancelResult { execution: None, status: String::new(), cancelled: false };
        output::print_data(global.output, &none, "No execution is running.\n")?;
        return Ok(ExitCode::SUCCESS);
    };
    let cancelled = cancel_execution(&context, &execution).await?;
    output::print_data(global.output, &cancelled, cancel_text(&cancelled, execution.id()))?;
    Ok(ExitCode::SUCCESS)
}

/// Cancels an execution. An ended one is left as it is; cancelling twice is the same as once.
async fn cancel_execution(
    context: &StackContext,
    execution: &ExecutionArn,
) -> Result<CancelResult> {
    let id = execution.id();
    let now = executions::describe(&context.aws.datasync, execution).await;
    let status = now.with_context(|| format!("describing {id}"))?.status;
    let ended = is_terminal(&status);
    if !ended {
        let cancel =
            context.aws.datasync.cancel_task_execution().task_execution_arn(execution.as_str());
        cancel
            .send()
            .await
            .map_err(SdkFailure::from)
            .with_context(|| format!("cancelling {id}"))?;
    }
    Ok(CancelResult { execution: Some(id.to_owned()), status, cancelled: !ended })
}

fn cancel_text(cancelled: &CancelResult, id: &str) -> String {
    let status = &cancelled.status;
    if cancelled.cancelled {
        format!(
            "{id} was {status} and is being cancelled; files already copied stay in the bucket. \
                `efs-s3 status` shows the end.\n"
        )
    } else {
        format!("{id} has already ended: {status}.\n")
    }
}
