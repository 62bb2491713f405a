//! `cancel`: cancels the current executions of syncs, or the named execution.

use std::process::ExitCode;

use anyhow::{Context, Result};
use aws::{SdkFailure, executions};
use domain::arn::ExecutionArn;
use domain::execution::is_terminal;
use serde::Serialize;

use crate::access::Access;
use crate::cli::{Global, SyncSelection};
use crate::context::StackContext;
use crate::runs::current::{current_execution, running_execution};
use crate::runs::find_execution::find_execution;
use crate::sync_selection::Unselected;
use crate::sync_view::{SyncView, read_views};
use crate::ui::output;

#[derive(Debug, Default, Serialize)]
struct CancelResult {
    /// The execution; absent when none was running.
    execution: Option<String>,
    /// The status in DataSync before the cancellation.
    status: String,
    cancelled: bool,
    /// The sync in the text, with a colon; empty in a stack with one sync.
    #[serde(skip)]
    prefix: String,
    /// The running restore of the sync, which only its id cancels.
    #[serde(skip_serializing_if = "Option::is_none")]
    restore: Option<String>,
}

pub(crate) const ACCESS: Access = Access {
    stack: &["datasync:CancelTaskExecution", "datasync:DescribeTaskExecution"],
    ..Access::NONE
};

pub(super) async fn run(
    global: &Global,
    named: Option<&str>,
    selection: &SyncSelection,
) -> Result<ExitCode> {
    let context = StackContext::load_context(global).await?;
    let results = match named {
        Some(named) => {
            let outputs = context.require_outputs().await?;
            let execution = find_execution(&context, &outputs, named).await?;
            vec![cancel_execution(&context, &execution, String::new()).await?]
        }
        None => cancel_current(&context, selection).await?,
    };
    let text: String = results.iter().map(cancel_text).collect();
    output::print_one_or_list(global.output, selection.is_list(), &results, text)?;
    Ok(ExitCode::SUCCESS)
}

/// Cancels the current execution of each selected sync.
async fn cancel_current(
    context: &StackContext,
    selection: &SyncSelection,
) -> Result<Vec<CancelResult>> {
    let mut results = Vec::new();
    for view in read_views(context, selection, Unselected::Refused).await? {
        let several = !view.argument.is_empty();
        let prefix = if several { format!("{}: ", view.name()) } else { String::new() };
        let restore = read_running_restore(context, &view).await?;
        let task = view.outputs.task_arn.as_str();
        let result = match current_execution(context, task).await? {
            Some(execution) => cancel_execution(context, &execution, prefix).await?,
            None => CancelResult { prefix, ..CancelResult::default() },
        };
        results.push(CancelResult { restore, ..result });
    }
    Ok(results)
}

/// Returns the id of the running restore of a sync.
async fn read_running_restore(context: &StackContext, view: &SyncView) -> Result<Option<String>> {
    let Some(restore) = &view.outputs.restore else { return Ok(None) };
    let running = running_execution(context, restore.task_arn.as_str()).await?;
    Ok(running.map(|execution| execution.arn.id().to_owned()))
}

/// Cancels an execution. An ended one is left as it is; cancelling twice is the same as once.
async fn cancel_execution(
    context: &StackContext,
    execution: &ExecutionArn,
    prefix: String,
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
    Ok(CancelResult {
        execution: Some(id.to_owned()),
        status,
        cancelled: !ended,
        prefix,
        restore: None,
    })
}

fn cancel_text(result: &CancelResult) -> String {
    let CancelResult { status, cancelled, prefix, .. } = result;
    let restore = result.restore.as_ref().map_or_else(String::new, |id| {
        format!("{prefix}The restore {id} continues: `efs-s3 cancel {id}` cancels it.\n")
    });
    let text = match &result.execution {
        None => format!("{prefix}No execution is running.\n"),
        Some(id) if *cancelled => format!(
            "{prefix}{id} was {status} and is being cancelled; files already copied stay. `efs-s3 \
                wait {id}` shows the end.\n"
        ),
        Some(id) => format!("{prefix}{id} has already ended: {status}.\n"),
    };
    text + &restore
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sync_has_its_line() {
        let result =
            |execution: Option<&str>, status: &str, cancelled, prefix: &str| CancelResult {
                execution: execution.map(str::to_owned),
                status: status.into(),
                cancelled,
                prefix: prefix.into(),
                restore: (prefix == "projects: ").then(|| "exec-3".to_owned()),
            };
        let texts = [
            result(None, "", false, ""),
            result(Some("exec-1"), "TRANSFERRING", true, "home: "),
            result(Some("exec-2"), "SUCCESS", false, "archive: "),
            result(None, "", false, "projects: "),
        ];
        insta::assert_snapshot!(texts.iter().map(cancel_text).collect::<String>(), @"
        No execution is running.
        home: exec-1 was TRANSFERRING and is being cancelled; files already copied stay. `efs-s3 wait exec-1` shows the end.
        archive: exec-2 has already ended: SUCCESS.
        projects: No execution is running.
        projects: The restore exec-3 continues: `efs-s3 cancel exec-3` cancels it.
        ");
    }
}
