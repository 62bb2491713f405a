//! `destroy`: deletes the data plane through `bootstrap-stack`, then the control plane. Data is
//! kept unless its deletion is confirmed separately.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use aws::SdkFailure;
use bootstrap_stack::{BootstrapOutcome as Outcome, StepLog};
use chrono::TimeDelta;
use domain::config::StackConfig;
use domain::function::FunctionName;
use domain::records::keys;
use domain::request::{BootstrapAction, BootstrapRequest};
use reconciler::apply::{self, Applied};
use reconciler::graph::Graph;
use reconciler::observe::observe;
use reconciler::plan::{self, Plan};
use serde::Serialize;

use crate::access::Access;
use crate::cli::{DestroyArguments, Global};
use crate::context::StackContext;
use crate::deploy::data_plane;
use crate::deploy::lock::{DeployLock, refuse_if_held};
use crate::deploy::plan::{desired_control_plane, desired_data_plane};
use crate::ui::confirm::confirm_name;
use crate::ui::output;
use crate::ui::progress::{LOOK_HERE, StepDisplay, show_while};

/// The time limit for deleting the control plane, which takes seconds, and for emptying a large
/// records bucket, which takes minutes.
const CONTROL_PLANE_TIMEOUT: TimeDelta = TimeDelta::minutes(30);

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
/// first, because deleting the data plane removes the outputs, and the rule on the task must be
/// deleted too.
async fn desired_planes(context: &StackContext) -> Result<DesiredPlanes> {
    let deployed: Option<StackConfig> = context.records.read(keys::CONFIG).await?;
    let outputs = context.read_outputs().await?;
    let data = desired_data_plane(context, deployed.as_ref().unwrap_or(&context.config)).await?;
    let deployed = deployed.is_some() && bootstrap_stack_exists(context).await?;
    Ok(DesiredPlanes {
        control: desired_control_plane(context, outputs.as_ref(), false)?,
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
    ));
    Ok(())
}

async fn destroy_with_lock(
    context: &StackContext,
    mut lock: DeployLock,
    planes: &DesiredPlanes,
    delete_data: bool,
) -> Result<DestroySummary> {
    let mut destroyed = DestroySummary::default();
    let work = destroy_planes(context, &mut lock, planes, delete_data, &mut destroyed).await;
    lock.release_lock().await;
    work.map(|()| destroyed)
}

/// Deletes the data plane, then the control plane.
async fn destroy_planes(
    context: &StackContext,
    lock: &mut DeployLock,
    planes: &DesiredPlanes,
    delete_data: bool,
    destroyed: &mut DestroySummary,
) -> Result<()> {
    lock.run_with_renewal(destroy_data_plane(context, planes, delete_data, destroyed)).await?;
    // The records bucket may be deleted now, so nothing must be written to it.
    let rest = destroy_control_plane(context, &planes.control, delete_data, destroyed);
    lock.run_without_renewal(CONTROL_PLANE_TIMEOUT, rest).await
}

async fn destroy_without_lock(
    context: &StackContext,
    planes: &DesiredPlanes,
    delete_data: bool,
) -> Result<DestroySummary> {
    let mut destroyed = DestroySummary::default();
    destroy_data_plane(context, planes, delete_data, &mut destroyed).await?;
    destroy_control_plane(context, &planes.control, delete_data, &mut destroyed).await?;
    Ok(destroyed)
}

/// Deletes the data plane with the function that created it, or from this process if the function
/// no longer exists.
async fn destroy_data_plane(
    context: &StackContext,
    planes: &DesiredPlanes,
    delete_data: bool,
    destroyed: &mut DestroySummary,
) -> Result<()> {
    output::print_progress("data plane");
    if !planes.deployed {
        destroyed.add_applied(&destroy_graph(context, &planes.data, delete_data).await?);
        return Ok(());
    }
    destroy_by_function(context, delete_data, destroyed).await
}

async fn destroy_by_function(
    context: &StackContext,
    delete_data: bool,
    destroyed: &mut DestroySummary,
) -> Result<()> {
    let request =
        BootstrapRequest { delete_data, ..BootstrapRequest::new(BootstrapAction::Destroy) };
    let result = data_plane::run_bootstrap_stack(context, &request).await?;
    let Outcome::Destroyed { kept, .. } = result.outcome else {
        bail!("bootstrap-stack returned an unexpected outcome: {:?}", result.outcome);
    };
    destroyed.deleted.extend(result.deleted);
    destroyed.kept.extend(kept);
    Ok(())
}

async fn destroy_control_plane(
    context: &StackContext,
    graph: &Graph,
    delete_data: bool,
    destroyed: &mut DestroySummary,
) -> Result<()> {
    output::print_progress("control plane");
    destroyed.add_applied(&destroy_graph(context, graph, delete_data).await?);
    if !delete_data {
        // A new deploy of this stack must not inherit the pause.
        context.records.remove(keys::PAUSE).await?;
    }
    Ok(())
}

/// Deletes the resources of the graph from this process.
async fn destroy_graph(
    context: &StackContext,
    graph: &Graph,
    delete_data: bool,
) -> Result<Applied> {
    let log = StepLog::new("efs-s3");
    let work = apply::destroy(&context.aws, graph, delete_data, &log, None);
    Ok(show_while(&mut StepDisplay::default(), LOOK_HERE, async || Some(log.progress()), work)
        .await?)
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

impl DestroySummary {
    fn add_applied(&mut self, applied: &Applied) {
        self.deleted.extend(applied.plan.deleted());
        self.kept.extend(applied.plan.kept());
    }
}

fn announcement(deleted: &[String], kept: &[String]) -> String {
    let mut text = format!("{} will be deleted:\n", count_text(deleted.len()));
    text.extend(deleted.iter().flat_map(|deleted| ["  - ", deleted, "\n"]));
    text.push_str(&kept_text("Kept, because it holds data:", kept));
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
