//! `destroy`: deletes the data plane through `bootstrap-stack`, then the control plane. Data is
//! kept unless its deletion is confirmed separately.

mod execution;

use std::process::ExitCode;

use anyhow::{Context, Result};
use aws::SdkFailure;
use domain::execution::Execution;
use domain::function::FunctionName;
use reconciler::graph::Graph;
use reconciler::observe::observe;
use reconciler::plan::{self, Plan};
use serde::Serialize;

use execution::{destroy_with_lock, destroy_without_lock};

use crate::access::Access;
use crate::account_heading::print_heading;
use crate::cli::{DestroyArguments, Global};
use crate::context::StackContext;
use crate::deploy::deployed_state::DeployedState;
use crate::deploy::lock::{DeployLock, refuse_if_held};
use crate::deploy::plan::{desired_control_plane, desired_data_plane};
use crate::runs::current::{is_restore_task, running_executions};
use crate::ui::confirm::confirm_name;
use crate::ui::output;

/// The result of a destroy.
#[derive(Debug, Default, Serialize)]
struct DestroySummary {
    deleted: Vec<String>,
    /// Resources that hold data.
    kept: Vec<String>,
}

/// Both planes whose resources are deleted.
struct DesiredPlanes {
    control: Graph,
    data: Graph,
    /// Whether `bootstrap-stack` exists and has a configuration.
    deployed: bool,
}

pub(crate) const ACCESS: Access = Access {
    records: &["s3:DeleteObject"],
    stack: &["lambda:GetFunctionConfiguration"],
    looks: true,
    deploys: true,
    ..Access::NONE
};

pub(super) async fn run(global: &Global, arguments: &DestroyArguments) -> Result<ExitCode> {
    let context = StackContext::load_context(global).await?;
    print_heading(&context).await;
    refuse_if_held(&context.records).await?;
    let planes = desired_planes(&context).await?;
    confirm_destroy(&context, &planes, arguments).await?;
    let lock = DeployLock::acquire_lock(&context.records, "destroy").await?;
    let delete_data = arguments.delete_data;
    let destroyed = match lock {
        Some(lock) => destroy_with_lock(&context, lock, &planes, delete_data).await?,
        // Without a records bucket there is no lock to hold.
        None => destroy_without_lock(&context, &planes, delete_data).await?,
    };
    output::print_data(global.output, &destroyed, destroy_text(&destroyed))?;
    Ok(ExitCode::SUCCESS)
}

/// Returns the deployed configuration, if it is known, otherwise that of stack.toml. It is read
/// first, because deleting the data plane removes the outputs, and the rules on the tasks must be
/// deleted too.
async fn desired_planes(context: &StackContext) -> Result<DesiredPlanes> {
    let state = DeployedState::read_state(context).await?;
    let data =
        desired_data_plane(context, state.config.as_ref().unwrap_or(&context.config)).await?;
    let deployed = state.config.is_some() && bootstrap_stack_exists(context).await?;
    Ok(DesiredPlanes {
        control: desired_control_plane(context, &state.to_syncs())?,
        data,
        deployed,
    })
}

/// Shows the resources that are deleted and kept, and asks for confirmation.
async fn confirm_destroy(
    context: &StackContext,
    planes: &DesiredPlanes,
    arguments: &DestroyArguments,
) -> Result<()> {
    announce_destroy(context, planes, arguments.delete_data).await?;
    let name = &context.names().stack;
    confirm_name(
        arguments.yes.as_deref(),
        name,
        "This deletes the stack; its data is kept.",
        "--yes",
    )?;
    if arguments.delete_data {
        let question = "This also deletes the file system, the destination bucket and the \
            records, with every version.";
        confirm_name(arguments.yes_delete_data.as_deref(), name, question, "--yes-delete-data")?;
    }
    Ok(())
}

/// Shows the resources that are deleted and kept.
async fn announce_destroy(
    context: &StackContext,
    planes: &DesiredPlanes,
    delete_data: bool,
) -> Result<()> {
    let plan_of = async |graph: &Graph| -> Result<Plan> {
        Ok(plan::destroy(graph, &observe(&context.aws, graph).await?, delete_data))
    };
    let (data, control) = tokio::try_join!(plan_of(&planes.data), plan_of(&planes.control))?;
    output::print_progress(announcement(
        &[data.deleted(), control.deleted()].concat(),
        &[data.kept(), control.kept()].concat(),
        &read_running(context).await?,
    ));
    Ok(())
}

/// Returns a line for each execution that a destroy cancels. Records without a bucket name none.
async fn read_running(context: &StackContext) -> Result<Vec<String>> {
    let Some(outputs) = context.read_outputs().await? else { return Ok(Vec::new()) };
    let running = running_executions(context, &outputs).await?;
    let line = |execution: Execution| {
        let restores = is_restore_task(&outputs, &execution.arn.task());
        let kind = if restores { "restore" } else { "execution" };
        let counters = execution.counters;
        format!(
            "{kind} {}, {}, {} of {} files",
            execution.arn.id(),
            execution.status,
            counters.files_transferred,
            counters.files_to_transfer
        )
    };
    Ok(running.into_iter().map(line).collect())
}

async fn bootstrap_stack_exists(context: &StackContext) -> Result<bool> {
    let name = context.names().function_name(FunctionName::BootstrapStack);
    match context.aws.lambda.get_function_configuration().function_name(&name).send().await {
        Ok(_) => Ok(true),
        Err(error) => {
            let failure = SdkFailure::from(error);
            let absent = failure.is(&["ResourceNotFoundException"]);
            if absent {
                Ok(false)
            } else {
                Err(failure).with_context(|| format!("reading the function `{name}`"))
            }
        }
    }
}

fn announcement(deleted: &[String], kept: &[String], running: &[String]) -> String {
    let mut text = format!("{} will be deleted:\n", count_text(deleted.len()));
    text.extend(deleted.iter().flat_map(|deleted| ["  - ", deleted, "\n"]));
    text.push_str(&kept_text("Kept, because it holds data:", kept));
    text.push_str(&kept_text("Running now; a destroy cancels it:", running));
    text.trim_end().to_owned()
}

fn destroy_text(destroyed: &DestroySummary) -> String {
    let count = format!("Destroyed {}.\n", count_text(destroyed.deleted.len()));
    count + &kept_text("Kept, because it holds data:", &destroyed.kept)
}

fn count_text(count: usize) -> String {
    if count == 1 { "1 resource".to_owned() } else { format!("{count} resources") }
}

fn kept_text(title: &str, kept: &[String]) -> String {
    if kept.is_empty() {
        return String::new();
    }
    let lines: String = kept.iter().flat_map(|kept| ["  ", kept, "\n"]).collect();
    format!("{title}\n{lines}")
}

#[cfg(test)]
mod tests;
