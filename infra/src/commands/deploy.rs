//! `deploy`: the control plane, then through it the data plane, then the rule on the data plane's
//! task.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, bail};
use aws::lock::LockError;
use aws::records_bucket::{RecordsBucket, RecordsError};
use bootstrap_stack::{BootstrapOutcome as Outcome, StepLog};
use chrono::Utc;
use domain::function::FunctionName;
use domain::records::keys;
use domain::records::outputs::Outputs;
use domain::request::{BootstrapAction, BootstrapRequest};
use reconciler::apply::apply;
use reconciler::graph::{Graph, ResourceId};
use reconciler::plan::{Action, Counts, Plan};
use reconciler::render;
use reconciler::wait::{self, VERSIONING_HOLDS};
use serde::Serialize;

use crate::access::Access;
use crate::cli::{DeployArguments, Global};
use crate::control_plane::records_bucket;
use crate::deploy_lock::{DeployLock, refuse_if_held};
use crate::place::Place;
use crate::planning::{Planned, desired_control_plane};
use crate::progress::{LOOK_HERE, Shown, shown_while};
use crate::{bootstrap, output};

/// What a deploy did.
#[derive(Debug, Serialize)]
struct Deployed {
    control_plane: Counts,
    data_plane: Counts,
    outputs: Outputs,
}

pub(crate) const ACCESS: Access =
    Access { records: &["s3:PutObject"], deploys: true, ..Access::NONE };

pub(super) async fn run(global: &Global, arguments: &DeployArguments) -> Result<ExitCode> {
    let begun = Instant::now();
    let place = Place::find(global).await?;
    refuse_if_held(&place.records).await?;
    let planned = Planned::look(&place, &arguments.replace).await?;
    output::progress(planned.findings() + render::summary(&planned.whole()).trim_end());
    planned.require_applicable()?;
    let mut lock = lock(&place).await?;
    let deployed = lock.during(deploy(&place, &planned, &arguments.replace)).await;
    lock.give_back().await;
    let deployed = deployed?;
    let seconds = begun.elapsed().as_secs_f64();
    let file_system = file_system(global, &deployed.outputs);
    output::data(global.output, &deployed, text(&place, &deployed, &file_system, seconds))?;
    Ok(ExitCode::SUCCESS)
}

/// The lock lies in the records bucket, which the first deploy makes before everything else.
async fn lock(place: &Place) -> Result<DeployLock> {
    if let Some(lock) = DeployLock::take(&place.records, "deploy").await? {
        return Ok(lock);
    }
    output::progress("records bucket");
    make(place, &records_bucket(place.names(), false)).await?;
    // Somebody else who deploys for the first time may have made it at the same time: one of us
    // gets the lock.
    Ok(DeployLock::take(&place.records, "deploy").await?.ok_or(LockError::Contended)?)
}

async fn deploy(place: &Place, planned: &Planned, replace: &[String]) -> Result<Deployed> {
    let (before, paused) = (planned.outputs.as_ref(), planned.paused.is_some());
    output::progress("control plane, by efs-s3");
    let made = make(place, &desired_control_plane(place, before, paused)?).await?;
    let role_changed_at = changes_its_role(&made, FunctionName::BootstrapStack).then(Utc::now);
    let mut control_plane = made.counts();
    place.records.write(keys::CONFIG, &place.config).await?;

    output::progress(format!("data plane, by {}", FunctionName::BootstrapStack));
    let request = BootstrapRequest {
        replace: replace.to_vec(),
        configured: true,
        role_changed_at,
        ..BootstrapRequest::new(BootstrapAction::Apply)
    };
    let driven = bootstrap::drive(place, &request).await?;
    let Outcome::Applied { outputs, .. } = driven.outcome else {
        bail!("bootstrap-stack answered another request: {:?}", driven.outcome);
    };

    if before.is_none_or(|before| before.task_arn != outputs.task_arn) {
        output::progress("the rule on the task");
        let rule = make(place, &desired_control_plane(place, Some(&outputs), paused)?).await?;
        control_plane = sum(control_plane, rule.counts());
    }
    if before.is_none() {
        wait_until_seen(&place.records).await?;
    }
    Ok(Deployed { control_plane, data_plane: driven.counts, outputs: *outputs })
}

/// Makes AWS equal to the graph, from here.
async fn make(place: &Place, graph: &Graph) -> Result<Plan> {
    let log = StepLog::new("efs-s3");
    let work = apply(&place.aws, graph, &log, None);
    let applied =
        shown_while(&mut Shown::default(), LOOK_HERE, async || Some(log.progress()), work).await?;
    Ok(applied.plan)
}

/// Whether the plan changed the permissions of the function, which IAM may not grant at once.
fn changes_its_role(plan: &Plan, function: FunctionName) -> bool {
    let role = ResourceId::new(format!("{function}-role"));
    plan.steps.iter().any(|step| step.id == role && !matches!(step.action, Action::Nothing))
}

/// After a bucket's first versioning S3 may not show for up to 15 minutes what was written
/// (`VERSIONING_HOLDS`): the next command, and the functions, read both documents.
async fn wait_until_seen(records: &RecordsBucket) -> Result<()> {
    for key in [keys::CONFIG, keys::OUTPUTS] {
        let mut told = false;
        let seen = wait::until(VERSIONING_HOLDS, async || {
            let seen = records.read_bytes(key).await?.map(drop);
            if seen.is_none() && !told {
                told = true;
                output::progress(
                    "waiting until S3 shows what was written: the bucket's versioning is young …",
                );
            }
            Ok::<_, RecordsError>(seen)
        });
        if seen.await?.is_none() {
            bail!("s3://{}/{key} was written, and S3 does not show it", records.name());
        }
    }
    Ok(())
}

fn sum(left: Counts, right: Counts) -> Counts {
    Counts {
        add: left.add + right.add,
        change: left.change + right.change,
        destroy: left.destroy + right.destroy,
    }
}

/// The file system's id, and locally where its files go.
fn file_system(global: &Global, outputs: &Outputs) -> String {
    let id = &outputs.file_system_id;
    if global.local {
        format!("{id}, its files in {}/", global.local_dir.join("efs").join(id).display())
    } else {
        id.clone()
    }
}

fn text(place: &Place, deployed: &Deployed, file_system: &str, seconds: f64) -> String {
    let all = sum(deployed.control_plane, deployed.data_plane);
    let done = match all.add + all.change + all.destroy {
        0 => "No changes: everything is as it should be.".to_owned(),
        _ => format!(
            "Deployed: {} added, {} changed, {} destroyed, in {seconds:.1} s.",
            all.add, all.change, all.destroy
        ),
    };
    let outputs = &deployed.outputs;
    let flag = if place.local { " --local" } else { "" };
    format!(
        "{done}\n  task         {}\n  file \
            system  {}\n  destination  s3://{}/{}\n  records      s3://{}/\n  schedule     {}{}\nEverything else: efs-s3{flag} outputs\nNext: efs-s3{flag} sync --wait\n",
        outputs.task_arn,
        file_system,
        outputs.destination_bucket,
        outputs.destination_prefix,
        place.records.name(),
        place.config.schedule.expression,
        if place.config.schedule.enabled { "" } else { " (disabled)" },
    )
}
