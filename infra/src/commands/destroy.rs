//! `destroy`: the data plane through `bootstrap-stack`, then the control plane. Data stays unless
//! asked for twice.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use aws::SdkFailure;
use bootstrap_stack::{Outcome, StepLog};
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

use super::outputs;
use crate::access::Access;
use crate::cli::{DestroyArguments, Global};
use crate::confirm::confirm;
use crate::deploy_lock::{DeployLock, refuse_if_held};
use crate::place::Place;
use crate::planning::{desired_control_plane, desired_data_plane};
use crate::progress::{LOOK_HERE, Shown, shown_while};
use crate::{bootstrap, output};

/// Deleting the control plane takes seconds, and emptying a large records bucket minutes.
const BOUND_OF_CONTROL_PLANE: TimeDelta = TimeDelta::minutes(30);

/// What became of the stack.
#[derive(Debug, Default, Serialize)]
struct Destroyed {
    deleted: Vec<String>,
    /// It holds data, and stays.
    kept: Vec<String>,
}

/// Both planes as they are to be taken away.
struct Planes {
    control: Graph,
    data: Graph,
    /// Whether `bootstrap-stack` knows the data plane.
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
    let place = Place::find(global).await?;
    refuse_if_held(&place.records).await?;
    let planes = planes(&place).await?;
    ask(&place, &planes, arguments).await?;
    let lock = DeployLock::take(&place.records, "destroy").await?;
    let delete_data = arguments.delete_data;
    let destroyed = match lock {
        Some(lock) => alone(&place, lock, &planes, delete_data).await?,
        // Without a records bucket there is nobody to keep out.
        None => destroy(&place, &planes, delete_data).await?,
    };
    output::data(global.output, &destroyed, text(&destroyed))?;
    Ok(ExitCode::SUCCESS)
}

/// What is deployed, where that is known; else what stack.toml would deploy. Read now: destroying
/// the data plane removes the outputs, and the rule on the task must go all the same.
async fn planes(place: &Place) -> Result<Planes> {
    let deployed: Option<StackConfig> = place.records.read(keys::CONFIG).await?;
    let outputs = outputs(place).await?;
    let data = desired_data_plane(place, deployed.as_ref().unwrap_or(&place.config)).await?;
    let deployed = deployed.is_some() && bootstrap_stack_exists(place).await?;
    Ok(Planes { control: desired_control_plane(place, outputs.as_ref(), false)?, data, deployed })
}

/// Shows what goes and what stays, and asks.
async fn ask(place: &Place, planes: &Planes, arguments: &DestroyArguments) -> Result<()> {
    let delete_data = arguments.delete_data;
    let plan_of = async |graph: &Graph| -> Result<Plan> {
        Ok(plan::destroy(graph, &observe(&place.aws, graph).await?, delete_data))
    };
    let (data, control) = tokio::try_join!(plan_of(&planes.data), plan_of(&planes.control))?;
    output::progress(announcement(
        &[data.deleted(), control.deleted()].concat(),
        &[data.kept(), control.kept()].concat(),
    ));
    let name = &place.names().stack;
    confirm(arguments.yes.as_deref(), name, "This removes the stack; its data stays.", "--yes")?;
    if delete_data {
        let question = "This also deletes the file system, the destination bucket and the \
            records, every version.";
        confirm(arguments.yes_delete_data.as_deref(), name, question, "--yes-delete-data")?;
    }
    Ok(())
}

async fn alone(
    place: &Place,
    mut lock: DeployLock,
    planes: &Planes,
    delete_data: bool,
) -> Result<Destroyed> {
    let mut destroyed = Destroyed::default();
    let work = lock.during(destroy_data_plane(place, planes, delete_data, &mut destroyed)).await;
    let work = match work {
        // The records bucket may go now, and must not be written to while it does.
        Ok(()) => {
            let rest = destroy_control_plane(place, &planes.control, delete_data, &mut destroyed);
            lock.during_the_last(BOUND_OF_CONTROL_PLANE, rest).await
        }
        Err(error) => Err(error),
    };
    lock.give_back().await;
    work.map(|()| destroyed)
}

async fn destroy(place: &Place, planes: &Planes, delete_data: bool) -> Result<Destroyed> {
    let mut destroyed = Destroyed::default();
    destroy_data_plane(place, planes, delete_data, &mut destroyed).await?;
    destroy_control_plane(place, &planes.control, delete_data, &mut destroyed).await?;
    Ok(destroyed)
}

/// By the function that made it; by ourselves where that is gone already.
async fn destroy_data_plane(
    place: &Place,
    planes: &Planes,
    delete_data: bool,
    destroyed: &mut Destroyed,
) -> Result<()> {
    output::progress("data plane");
    if !planes.deployed {
        destroyed.add(&take_away(place, &planes.data, delete_data).await?);
        return Ok(());
    }
    let request =
        BootstrapRequest { delete_data, ..BootstrapRequest::new(BootstrapAction::Destroy) };
    let driven = bootstrap::drive(place, &request).await?;
    let Outcome::Destroyed { kept, .. } = driven.outcome else {
        bail!("bootstrap-stack answered another request: {:?}", driven.outcome);
    };
    destroyed.deleted.extend(driven.deleted);
    destroyed.kept.extend(kept);
    Ok(())
}

async fn destroy_control_plane(
    place: &Place,
    graph: &Graph,
    delete_data: bool,
    destroyed: &mut Destroyed,
) -> Result<()> {
    output::progress("control plane");
    destroyed.add(&take_away(place, graph, delete_data).await?);
    if !delete_data {
        // A stack that is deployed anew is not paused by what somebody said of the one before.
        place.records.remove(keys::PAUSE).await?;
    }
    Ok(())
}

/// Takes away what the graph describes, from here.
async fn take_away(place: &Place, graph: &Graph, delete_data: bool) -> Result<Applied> {
    let log = StepLog::new("efs-s3");
    let work = apply::destroy(&place.aws, graph, delete_data, &log, None);
    Ok(shown_while(&mut Shown::default(), LOOK_HERE, async || Some(log.progress()), work).await?)
}

async fn bootstrap_stack_exists(place: &Place) -> Result<bool> {
    let name = place.names().function_name(FunctionName::BootstrapStack);
    match place.aws.lambda.get_function_configuration().function_name(&name).send().await {
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

impl Destroyed {
    fn add(&mut self, applied: &Applied) {
        self.deleted.extend(applied.plan.deleted());
        self.kept.extend(applied.plan.kept());
    }
}

fn announcement(deleted: &[String], kept: &[String]) -> String {
    let mut text = format!("{} will be deleted:\n", resources(deleted.len()));
    text.extend(deleted.iter().flat_map(|deleted| ["  - ", deleted, "\n"]));
    text.push_str(&kept_text("Kept, because it holds data:", kept));
    text.trim_end().to_owned()
}

fn text(destroyed: &Destroyed) -> String {
    let count = format!("Destroyed {}.\n", resources(destroyed.deleted.len()));
    count + &kept_text("Kept, because it holds data:", &destroyed.kept)
}

fn resources(count: usize) -> String {
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
mod tests {
    use super::*;

    #[test]
    fn what_goes_and_what_stays_is_said_before_the_question() {
        insta::assert_snapshot!(announcement(&["SNS topic alerts-topic".into()], &["S3 bucket backup-data".into()]), @r"
        1 resource will be deleted:
          - SNS topic alerts-topic
        Kept, because it holds data:
          S3 bucket backup-data
        ");
    }
}
