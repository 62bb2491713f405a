//! `deploy`: applies the control plane, through it the data plane, and then the rule on the task of
//! the data plane.

mod text;

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
use reconciler::plan::{Action, Counts, FORMAT_VERSION, Plan};
use reconciler::render;
use reconciler::wait::{self, VERSIONING_HOLDS};
use serde::Serialize;

use text::{deploy_text, done_text, file_system};

use crate::access::Access;
use crate::account_heading::print_heading;
use crate::cli::{DeployArguments, Global};
use crate::context::StackContext;
use crate::deploy::control_plane::records_bucket;
use crate::deploy::data_plane;
use crate::deploy::deployed_syncs::DeployedSyncs;
use crate::deploy::lock::{DeployLock, refuse_if_held};
use crate::deploy::plan::{StackPlan, desired_control_plane};
use crate::deploy::plan_file::PlanFile;
use crate::deploy::plan_text::{Detail, plan_text};
use crate::ui::confirm;
use crate::ui::output;
use crate::ui::progress::{LOOK_HERE, StepDisplay, show_while};

/// The result of a deploy.
#[derive(Debug, Serialize)]
struct DeploySummary {
    control_plane: Counts,
    data_plane: Counts,
    outputs: Outputs,
}

pub(crate) const ACCESS: Access =
    Access { records: &["s3:DeleteObject", "s3:PutObject"], deploys: true, ..Access::NONE };

pub(super) async fn run(global: &Global, arguments: &DeployArguments) -> Result<ExitCode> {
    let saved = arguments.plan.as_deref().map(PlanFile::read_file).transpose()?;
    let replace = saved.as_ref().map_or(&arguments.replace, |saved| &saved.replace);
    let context = StackContext::load_context(global).await?;
    print_heading(&context).await;
    refuse_if_held(&context.records).await?;
    let planned = StackPlan::plan_stack(&context, replace).await?;
    confirm_plan(&context, &planned, saved.as_ref(), arguments.yes)?;
    let begun = Instant::now();
    let (mut lock, made) = acquire_lock(&context).await?;
    let work = deploy_both_planes(&context, &planned, replace, made);
    let deployed = lock.run_with_renewal(work).await;
    lock.release_lock().await;
    let deployed = deployed?;
    let seconds = begun.elapsed().as_secs_f64();
    let file_system = file_system(global, &deployed.outputs);
    let text = done_text(&deployed, seconds) + &deploy_text(&context, &deployed, &file_system);
    output::print_data(global.output, &deployed, text)?;
    Ok(ExitCode::SUCCESS)
}

/// Shows the plan, and fails unless it may be applied: it is possible, it is that of the file, and
/// a person at a terminal agrees.
fn confirm_plan(
    context: &StackContext,
    planned: &StackPlan,
    saved: Option<&PlanFile>,
    yes: bool,
) -> Result<()> {
    if confirm::can_ask() {
        output::show_plan(&plan_text(planned, Detail::Resources));
    } else {
        let summary = render::summary(&planned.combined_plan());
        output::print_progress(planned.findings_text() + summary.trim_end());
    }
    planned.require_applicable()?;
    if let Some(saved) = saved {
        let (config, names) = (&context.config, context.names());
        let now = PlanFile::from_plan(planned, config, names, &saved.replace, Utc::now())?;
        saved.require_unchanged(&now)?;
    }
    // A plan in a file has been reviewed.
    let yes = yes || saved.is_some();
    if confirm::needs_question(yes, planned.is_empty(), confirm::can_ask()) {
        confirm::confirm_changes()?;
    }
    Ok(())
}

/// Acquires the lock. It is kept in the records bucket, which the first deploy creates before
/// everything else; returns the plan of that, too.
async fn acquire_lock(context: &StackContext) -> Result<(DeployLock, Plan)> {
    let nothing = Plan { format_version: FORMAT_VERSION, steps: Vec::new() };
    if let Some(lock) = DeployLock::acquire_lock(&context.records, "deploy").await? {
        return Ok((lock, nothing));
    }
    output::print_progress("records bucket");
    let made = apply_graph(context, &records_bucket(context.names(), false)).await?;
    // Another first deploy may have created the bucket at the same time: one of both gets the lock.
    let lock = DeployLock::acquire_lock(&context.records, "deploy").await?;
    Ok((lock.ok_or(LockError::Contended)?, made))
}

async fn deploy_both_planes(
    context: &StackContext,
    planned: &StackPlan,
    replace: &[String],
    made_before: Plan,
) -> Result<DeploySummary> {
    let before = planned.deployed.to_syncs();
    output::print_progress("control plane, by efs-s3");
    let made = apply_graph(context, &desired_control_plane(context, &before)?).await?;
    let role_changed_at = changes_its_role(&made, FunctionName::BootstrapStack).then(Utc::now);
    let mut made = made_before.followed_by(made);
    context.records.write(keys::CONFIG, &context.config).await?;

    let request = BootstrapRequest {
        replace: replace.to_vec(),
        configured: true,
        role_changed_at,
        ..BootstrapRequest::new(BootstrapAction::Apply)
    };
    let (outputs, data_plane) = deploy_data_plane(context, &request).await?;

    let after = DeployedSyncs::from_outputs(Some(&outputs)).with_pauses(planned.paused.keys());
    if !before.has_same_tasks(&after) {
        output::print_progress("rules on the tasks");
        let rules = apply_graph(context, &desired_control_plane(context, &after)?).await?;
        made = made.followed_by(rules);
    }
    if planned.deployed.outputs.is_none() {
        wait_until_seen(&context.records).await?;
    }
    forget_pauses(context, &before).await?;
    Ok(DeploySummary { control_plane: made.counts(), data_plane, outputs })
}

/// Removes the pauses of removed syncs: a later sync of the same name must not inherit them.
async fn forget_pauses(context: &StackContext, before: &DeployedSyncs) -> Result<()> {
    for sync in before.list_removed(&context.config) {
        if before.is_paused(&sync) {
            context.records.remove(&keys::pause(&sync)).await?;
        }
    }
    Ok(())
}

async fn deploy_data_plane(
    context: &StackContext,
    request: &BootstrapRequest,
) -> Result<(Outputs, Counts)> {
    output::print_progress(format!("data plane, by {}", FunctionName::BootstrapStack));
    let result = data_plane::run_bootstrap_stack(context, request).await?;
    let Outcome::Applied { outputs, .. } = result.outcome else {
        bail!("bootstrap-stack returned an unexpected outcome: {:?}", result.outcome);
    };
    Ok((*outputs, result.counts))
}

/// Applies the graph from this process.
async fn apply_graph(context: &StackContext, graph: &Graph) -> Result<Plan> {
    let log = StepLog::new("efs-s3");
    let work = apply(&context.aws, graph, &log, None);
    let applied =
        show_while(&mut StepDisplay::default(), LOOK_HERE, async || Some(log.progress()), work)
            .await?;
    Ok(applied.plan)
}

/// Whether the plan changed the permissions of the function, which IAM may not grant at once.
fn changes_its_role(plan: &Plan, function: FunctionName) -> bool {
    let role = ResourceId::new(format!("{function}-role"));
    plan.steps.iter().any(|step| step.id == role && !matches!(step.action, Action::Nothing))
}

/// Waits until S3 shows both documents, which the next command and the functions read. After
/// versioning is first enabled on a bucket, S3 may not show new objects for up to 15 minutes
/// (`VERSIONING_HOLDS`).
async fn wait_until_seen(records: &RecordsBucket) -> Result<()> {
    for key in [keys::CONFIG, keys::OUTPUTS] {
        let mut told = false;
        let seen = wait::until(VERSIONING_HOLDS, async || {
            let seen = records.read_bytes(key).await?.map(drop);
            if seen.is_none() && !told {
                told = true;
                output::print_progress(
                    "waiting until S3 shows the written documents: versioning of the bucket was \
                        just enabled …",
                );
            }
            Ok::<_, RecordsError>(seen)
        });
        if seen.await?.is_none() {
            bail!("s3://{}/{key} was written, but S3 does not show it", records.name());
        }
    }
    Ok(())
}

fn add_counts(left: Counts, right: Counts) -> Counts {
    Counts {
        add: left.add + right.add,
        change: left.change + right.change,
        destroy: left.destroy + right.destroy,
    }
}
