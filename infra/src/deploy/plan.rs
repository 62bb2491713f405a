//! The changes that a deploy would make in both planes, and whether it may make them. Only reads.

use anyhow::{Context, Result};
use bootstrap_stack::{DataSources, Preflight, PreflightFinding, data_plane, preflight};
use domain::config::{ConfigWarning, StackConfig};
use domain::sync_name::SyncName;
use reconciler::graph::{Graph, ResourceId};
use reconciler::observe::observe_for_plan;
use reconciler::plan::{self, FORMAT_VERSION, Plan};
use serde::Serialize;

use crate::access::Access;
use crate::context::StackContext;
use crate::deploy::control_plane;
use crate::deploy::deployed_state::DeployedState;
use crate::deploy::deployed_syncs::DeployedSyncs;
use crate::deploy::expected_control_plane::{
    expected_control_plane, hide_unknown_tasks, makes_task,
};
use crate::deploy::findings;
use crate::deploy::function_digests::{FunctionDigests, digest_functions};
use crate::deploy::pauses::{Pauses, pauses_text};
use crate::deploy::sync_changes::{SyncChange, changes_text, list_changes};
use crate::deploy::verification::{VerificationOfSync, summarize_syncs};
use crate::hint::WithHint;
use crate::runs::split_advice::read_split_advice;

pub(crate) const ACCESS: Access = Access { looks: true, ..Access::NONE };

/// The changes that a deploy would make. The JSON form is versioned by `format_version`.
#[derive(Debug, Serialize)]
pub(crate) struct StackPlan {
    format_version: u32,
    /// Findings that prevent a deploy.
    pub problems: Vec<PreflightFinding>,
    pub warnings: Vec<PreflightFinding>,
    /// Settings of stack.toml that may be unintended.
    pub config_warnings: Vec<ConfigWarning>,
    pub control_plane: Plan,
    pub data_plane: Plan,
    /// The effect on each sync.
    pub syncs: Vec<SyncChange>,
    pub verification: Vec<VerificationOfSync>,
    /// The pauses of schedules that a person paused. A deploy keeps them.
    pub paused: Pauses,
    /// The state as deployed now.
    #[serde(skip)]
    pub deployed: DeployedState,
}

impl StackPlan {
    /// Reads both planes and compares them with the configuration. `replace` lists the resources
    /// that may be replaced although they hold data.
    pub(crate) async fn plan_stack(context: &StackContext, replace: &[String]) -> Result<Self> {
        let deployed = DeployedState::read_state(context).await?;
        let mut found = read_preflight(context).await?;
        found.warnings.extend(read_split_advice(context).await?);
        let data = data_plane(&context.config, context.names(), &found.data_sources);
        let [control_plane, data_plane] =
            plan_both(context, &deployed.to_syncs(), data, replace).await?;
        let config = &context.config;
        Ok(Self {
            format_version: FORMAT_VERSION,
            syncs: list_changes(config, &deployed, &[&control_plane, &data_plane]),
            problems: found.problems,
            warnings: found.warnings,
            config_warnings: config.find_warnings(),
            control_plane,
            data_plane,
            verification: summarize_syncs(config),
            paused: deployed.pauses.clone(),
            deployed,
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.control_plane.is_empty()
            && self.data_plane.is_empty()
            && self.deployed.outputs.is_some()
    }

    /// Returns both planes as one plan, for the counts.
    pub(crate) fn combined_plan(&self) -> Plan {
        let steps =
            [&self.control_plane, &self.data_plane].into_iter().flat_map(|plan| plan.steps.clone());
        Plan { format_version: FORMAT_VERSION, steps: steps.collect() }
    }

    /// Fails, with all reasons, if the plan must not be applied.
    pub(crate) fn require_applicable(&self) -> Result<()> {
        if !self.problems.is_empty() {
            let (count, s) = (self.problems.len(), if self.problems.len() == 1 { "" } else { "s" });
            let refused =
                Err(anyhow::anyhow!("nothing was changed: {count} problem{s} found, see above"));
            return refused
                .with_hint("correct stack.toml as described above, then run `efs-s3 plan`");
        }
        let whole = self.combined_plan();
        let blocked = whole.blocked();
        if blocked.is_empty() {
            return Ok(());
        }
        let refused = Err(anyhow::anyhow!("nothing was changed: {}", blocked.join("; ")));
        refused.with_hint("correct stack.toml or the blocking resource, then run `efs-s3 plan`")
    }

    /// Returns problems, warnings, pauses and the changes of syncs as text.
    pub(crate) fn findings_text(&self) -> String {
        findings::findings_text(&self.problems, &self.warnings, &self.config_warnings)
            + &pauses_text(&self.paused)
            + &changes_text(&self.syncs)
    }
}

#[cfg(test)]
impl StackPlan {
    /// Returns a plan with these planes and without findings.
    pub(crate) fn of_planes(control_plane: Plan, data_plane: Plan) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            problems: Vec::new(),
            warnings: Vec::new(),
            config_warnings: Vec::new(),
            control_plane,
            data_plane,
            syncs: Vec::new(),
            verification: Vec::new(),
            paused: Pauses::new(),
            deployed: DeployedState::default(),
        }
    }
}

/// Returns the desired control plane, with the rules on the tasks that exist.
pub(crate) fn desired_control_plane(
    context: &StackContext,
    deployed: &DeployedSyncs,
) -> Result<Graph> {
    let Some(code) = read_code(context)? else { return Ok(Graph::default()) };
    Ok(control_plane_of(context, &context.config, &code, deployed))
}

/// Returns the digests of the built functions; `None` where no functions are deployed.
fn read_code(context: &StackContext) -> Result<Option<FunctionDigests>> {
    let Some(cargo_lambda) = &context.aws.cargo_lambda else { return Ok(None) };
    let code = digest_functions(cargo_lambda, context.config.functions.architecture);
    code.with_hint("build the functions: `make build`, or for AWS `make functions`").map(Some)
}

/// Returns the desired control plane of a configuration. The local cloud has no alarms.
pub(crate) fn control_plane_of(
    context: &StackContext,
    config: &StackConfig,
    code: &FunctionDigests,
    deployed: &DeployedSyncs,
) -> Graph {
    let graph = if context.local {
        control_plane::control_plane
    } else {
        control_plane::watched_control_plane
    };
    graph(config, context.names(), code, deployed)
}

/// Returns the desired data plane of a configuration, with its data sources.
pub(crate) async fn desired_data_plane(
    context: &StackContext,
    config: &StackConfig,
) -> Result<Graph> {
    let data_sources = DataSources::read(&context.aws, config).await;
    let data_sources = data_sources.context("reading the data sources of the stack")?;
    Ok(data_plane(config, context.names(), &data_sources))
}

async fn read_preflight(context: &StackContext) -> Result<Preflight> {
    let found = preflight(&context.aws, &context.config).await;
    found.context("reading the data sources of the stack")
}

async fn plan_both(
    context: &StackContext,
    before: &DeployedSyncs,
    mut data: Graph,
    replace: &[String],
) -> Result<[Plan; 2]> {
    let code = read_code(context)?;
    let graph_of = |syncs: &DeployedSyncs| match &code {
        Some(code) => control_plane_of(context, &context.config, code, syncs),
        None => Graph::default(),
    };
    let (config, names) = (&context.config, context.names());
    let mut control = expected_control_plane(config, names, before, &|_| false, &graph_of);
    allow_replacements(&mut [&mut control, &mut data], replace)?;
    let (seen_control, seen_data) = tokio::try_join!(
        observe_for_plan(&context.aws, &control),
        observe_for_plan(&context.aws, &data)
    )?;
    let data_plane = plan::plan(&data, &seen_data);
    let made = |sync: &SyncName| makes_task(&data_plane, sync);
    let mut control = expected_control_plane(config, names, before, &made, &graph_of);
    allow_replacements(&mut [&mut control, &mut data], replace)?;
    Ok([hide_unknown_tasks(plan::plan(&control, &seen_control)), data_plane])
}

fn allow_replacements(graphs: &mut [&mut Graph], ids: &[String]) -> Result<()> {
    for id in ids.iter().map(ResourceId::new) {
        let known = graphs.iter_mut().map(|graph| graph.allow_replacement(&id));
        if known.filter(|known| *known).count() == 0 {
            let nodes = graphs.iter().flat_map(|graph| graph.nodes());
            let data: Vec<_> =
                nodes.filter(|node| node.holds_data).map(|node| node.id.to_string()).collect();
            let unknown = Err(anyhow::anyhow!("the stack has no resource `{id}`"));
            return unknown.with_hint(format!(
                "give one of the resources that hold data: {}",
                data.join(", ")
            ));
        }
    }
    Ok(())
}
