//! `drift`: compares both planes with the deployed configuration, field by field, and lists what
//! could not be read. Only reads.

use std::fmt::Write;
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use bootstrap_stack::drift::{Differing, Drift, Unread, drift};
use domain::config::StackConfig;
use domain::point_in_time::format_time;
use domain::records::interrupted_apply::InterruptedApply;
use domain::records::keys;
use reconciler::graph::{Graph, ResourceId};
use reconciler::observe::observe_what_can_be_read;
use reconciler::plan::{Action, FORMAT_VERSION, Plan, Step};
use reconciler::render;
use serde::Serialize;

use crate::cli::Global;
use crate::context::StackContext;
use crate::deploy::deployed_state::DeployedState;
use crate::deploy::function_digests::FunctionDigests;
use crate::deploy::plan::{control_plane_of, desired_data_plane};
use crate::hint::WithHint;
use crate::ui::output;

/// The field of a function that a build on this machine sets. Older deployed code is not drift.
const CODE: &str = "code_sha256";

#[derive(Debug, Serialize)]
struct DriftReport {
    format_version: u32,
    control_plane: Drift,
    data_plane: Drift,
    /// An interrupted deploy or destroy, which may be the cause of differences.
    unfinished: Option<InterruptedApply>,
    /// Whether stack.toml differs from the deployed configuration; that is not drift.
    configuration_differs: bool,
}

pub(super) async fn run(global: &Global) -> Result<ExitCode> {
    let context = StackContext::load_context(global).await?;
    let report = read_report(&context).await?;
    output::print_data(global.output, &report, drift_text(&report)?)?;
    Ok(report.exit_code())
}

async fn read_report(context: &StackContext) -> Result<DriftReport> {
    let state = DeployedState::read_state(context).await?;
    let nothing =
        || anyhow!("the stack `{}` is not deployed, so there is no drift", context.names().stack);
    let deployed = state.config.clone().ok_or_else(nothing).with_hint("run `efs-s3 deploy`")?;
    let control = control_plane_of(context, &deployed, &FunctionDigests::new(), &state.to_syncs());
    let (control_plane, data_plane) =
        tokio::join!(observe_drift(context, &control), data_plane(context, &deployed));
    Ok(DriftReport {
        format_version: FORMAT_VERSION,
        control_plane: without_code(control_plane),
        data_plane,
        unfinished: context.records.read(keys::INTERRUPTED_APPLY).await?,
        configuration_differs: deployed != context.config,
    })
}

async fn observe_drift(context: &StackContext, graph: &Graph) -> Drift {
    drift(graph, &observe_what_can_be_read(&context.aws, graph).await)
}

/// Compares the data plane. Without the data sources there is no graph to compare with.
async fn data_plane(context: &StackContext, config: &StackConfig) -> Drift {
    match desired_data_plane(context, config).await {
        Ok(graph) => observe_drift(context, &graph).await,
        Err(error) => {
            let reason = aws::failure::chain(error.as_ref());
            let unread =
                Unread { id: ResourceId::new("all"), kind: "data plane".to_owned(), reason };
            Drift { differing: Vec::new(), unread: vec![unread] }
        }
    }
}

fn without_code(mut drift: Drift) -> Drift {
    drift.differing.retain_mut(|differing| match &mut differing.action {
        Action::Update { changes } => {
            changes.retain(|change| change.field != CODE);
            !changes.is_empty()
        }
        _ => true,
    });
    drift
}

impl DriftReport {
    /// Returns the documented exit code: 0 for no drift, 2 for drift, 1 when something could not be
    /// read and nothing else differs.
    fn exit_code(&self) -> ExitCode {
        let (differing, unread) = self.drift_counts();
        match (differing, unread) {
            (0, 0) => ExitCode::SUCCESS,
            (0, _) => ExitCode::FAILURE,
            _ => ExitCode::from(2),
        }
    }

    fn drift_counts(&self) -> (usize, usize) {
        let planes = [&self.control_plane, &self.data_plane];
        (
            planes.iter().map(|drift| drift.differing.len()).sum(),
            planes.iter().map(|drift| drift.unread.len()).sum(),
        )
    }
}

fn drift_text(report: &DriftReport) -> Result<String> {
    let mut text = String::new();
    write_plane(&mut text, "Control plane (made by efs-s3):", &report.control_plane)?;
    write_plane(&mut text, "Data plane (made by bootstrap-stack):", &report.data_plane)?;
    if let Some(unfinished) = &report.unfinished {
        let begun = format_time(unfinished.begun_at);
        writeln!(text, "A change that began at {begun} was interrupted or is still running.")?;
    }
    if report.configuration_differs {
        writeln!(
            text,
            "stack.toml differs from the deployed configuration: `efs-s3 plan` shows the changes."
        )?;
    }
    text.push_str(&conclusion_text(report.drift_counts()));
    Ok(text)
}

fn write_plane(text: &mut String, title: &str, drift: &Drift) -> Result<()> {
    writeln!(text, "{title}")?;
    if drift.is_none() {
        writeln!(text, "    as deployed")?;
    }
    text.push_str(&render::steps(&as_plan(&drift.differing)));
    for Unread { id, kind, reason } in &drift.unread {
        writeln!(text, "  ? {kind} {id} could not be read: {reason}")?;
    }
    writeln!(text)?;
    Ok(())
}

/// Returns the conclusion for these numbers of different and unread resources.
fn conclusion_text(counts: (usize, usize)) -> String {
    match counts {
        (0, 0) => "No drift.\n".to_owned(),
        (0, unread) => format!(
            "No drift in the resources that could be read; {unread} could not be read.\n\
             Next: fix the causes above.\n"
        ),
        (differing, 0) => format!("Drift: {differing} to repair.\nNext: efs-s3 deploy\n"),
        (differing, unread) => format!(
            "Drift: {differing} to repair, {unread} could not be read.\nNext: efs-s3 deploy\n"
        ),
    }
}

/// Returns the differences as a plan: the changes that a deploy would make.
fn as_plan(differing: &[Differing]) -> Plan {
    let step = |Differing { id, kind, action }: &Differing| Step {
        id: id.clone(),
        kind: kind.clone(),
        action: match action {
            // Its fields are not shown: all of it is missing.
            Action::Create { .. } => Action::Create { state: serde_json::Value::Null },
            action => action.clone(),
        },
    };
    Plan { format_version: FORMAT_VERSION, steps: differing.iter().map(step).collect() }
}

#[cfg(test)]
mod tests;
