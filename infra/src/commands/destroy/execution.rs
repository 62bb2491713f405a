//! Deletes the data plane, then the control plane.

use anyhow::{Result, bail};
use bootstrap_stack::{BootstrapOutcome as Outcome, StepLog};
use chrono::TimeDelta;
use domain::records::keys;
use domain::request::{BootstrapAction, BootstrapRequest};
use reconciler::apply::{self, Applied};
use reconciler::graph::Graph;

use super::{DesiredPlanes, DestroySummary};
use crate::context::StackContext;
use crate::deploy::data_plane;
use crate::deploy::lock::DeployLock;
use crate::ui::output;
use crate::ui::progress::{LOOK_HERE, StepDisplay, show_while};

/// The time limit for deleting the control plane, which takes seconds, and for emptying a large
/// records bucket, which takes minutes.
const CONTROL_PLANE_TIMEOUT: TimeDelta = TimeDelta::minutes(30);

pub(super) async fn destroy_with_lock(
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

pub(super) async fn destroy_without_lock(
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
        // A new deploy of this stack must not inherit a pause.
        for key in context.records.list(keys::PAUSES_PREFIX).await? {
            context.records.remove(&key).await?;
        }
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

impl DestroySummary {
    fn add_applied(&mut self, applied: &Applied) {
        self.deleted.extend(applied.plan.deleted());
        self.kept.extend(applied.plan.kept());
    }
}
