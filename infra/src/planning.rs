//! What deploy would do in both planes, and whether it may. Only reads.

use anyhow::{Context, Result};
use bootstrap_stack::{Finding, Surroundings, data_plane, preflight};
use domain::arn::TaskArn;
use domain::config::{ConfigWarning, StackConfig};
use domain::records::keys;
use domain::records::outputs::Outputs;
use domain::records::pause::Pause;
use reconciler::graph::{Graph, ResourceId};
use reconciler::observe::observe;
use reconciler::plan::{self, FORMAT_VERSION, Plan};
use reconciler::render;
use serde::Serialize;

use crate::access::Access;
use crate::advice::Advise;
use crate::commands::pause;
use crate::place::Place;
use crate::verification::Verification;
use crate::{code, control_plane, findings};

pub(crate) const ACCESS: Access = Access { looks: true, ..Access::NONE };

/// What deploy would do. The JSON form is versioned by `format_version`.
#[derive(Debug, Serialize)]
pub(crate) struct Planned {
    format_version: u32,
    /// What stops it.
    pub problems: Vec<Finding>,
    pub warnings: Vec<Finding>,
    /// What stack.toml says and may not mean.
    pub config_warnings: Vec<ConfigWarning>,
    pub control_plane: Plan,
    pub data_plane: Plan,
    pub verification: Verification,
    /// The schedule, if it is paused by hand: deploy leaves it so.
    pub paused: Option<Pause>,
    /// What the data plane offers now, if it is deployed.
    #[serde(skip)]
    pub outputs: Option<Outputs>,
}

impl Planned {
    /// Looks at everything. `replace` has the resources that may be replaced although they hold
    /// data.
    pub(crate) async fn look(place: &Place, replace: &[String]) -> Result<Self> {
        let outputs = super::commands::outputs(place).await?;
        let found = preflight(&place.aws, &place.config)
            .await
            .context("looking at what is around the stack")?;
        let paused: Option<Pause> = place.records.read(keys::PAUSE).await?;
        let mut control = desired_control_plane(place, outputs.as_ref(), paused.is_some())?;
        let mut data = data_plane(&place.config, place.names(), &found.surroundings);
        allow_replacements(&mut [&mut control, &mut data], replace)?;
        let (control, data) = tokio::try_join!(plan_of(place, &control), plan_of(place, &data))?;
        Ok(Self {
            format_version: FORMAT_VERSION,
            problems: found.problems,
            warnings: found.warnings,
            config_warnings: place.config.find_warnings(),
            control_plane: control,
            data_plane: data,
            verification: Verification::of(&place.config),
            paused,
            outputs,
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.control_plane.is_empty() && self.data_plane.is_empty() && self.outputs.is_some()
    }

    /// Both planes as one plan, for the counts.
    pub(crate) fn whole(&self) -> Plan {
        let steps =
            [&self.control_plane, &self.data_plane].into_iter().flat_map(|plan| plan.steps.clone());
        Plan { format_version: FORMAT_VERSION, steps: steps.collect() }
    }

    /// Fails, with every reason, where it may not be applied.
    pub(crate) fn require_applicable(&self) -> Result<()> {
        if !self.problems.is_empty() {
            let (count, s) = (self.problems.len(), if self.problems.len() == 1 { "" } else { "s" });
            let refused = Err(anyhow::anyhow!(
                "nothing was changed, because of the {count} problem{s} above"
            ));
            return refused
                .advise("correct stack.toml as said above, then look with `efs-s3 plan`");
        }
        let whole = self.whole();
        let blocked = whole.blocked();
        if blocked.is_empty() {
            return Ok(());
        }
        let refused = Err(anyhow::anyhow!("nothing was changed: {}", blocked.join("; ")));
        refused.advise("correct stack.toml or what stands in its way, then look with `efs-s3 plan`")
    }

    /// What is wrong or worth knowing, as text.
    pub(crate) fn findings(&self) -> String {
        let mut text = findings::text(&self.problems, &self.warnings, &self.config_warnings);
        if let Some(pause) = &self.paused {
            text.push_str(&pause::text(pause));
        }
        text
    }

    pub(crate) fn text(&self) -> String {
        let mut text = self.findings();
        if !text.is_empty() {
            text.push('\n');
        }
        let planes = [
            ("Control plane (made by efs-s3):", &self.control_plane),
            ("Data plane (made by bootstrap-stack):", &self.data_plane),
        ];
        for (title, plan) in planes {
            let steps = render::steps(plan);
            text.extend([
                title,
                "\n",
                if steps.is_empty() { "    as it should be\n" } else { &steps },
                "\n",
            ]);
        }
        text.push_str(&self.verification.text());
        text.push_str(&render::summary(&self.whole()));
        text
    }
}

/// The control plane as it should be, with the rule on the task if there is one.
pub(crate) fn desired_control_plane(
    place: &Place,
    outputs: Option<&Outputs>,
    paused: bool,
) -> Result<Graph> {
    let Some(cargo_lambda) = &place.aws.cargo_lambda else { return Ok(Graph::default()) };
    let code = code::digests(cargo_lambda, place.config.functions.architecture)
        .advise("build the functions: `make build`, or for AWS `make functions`")?;
    let task = outputs.map(|outputs| &outputs.task_arn);
    Ok(control_plane_of(place, &place.config, &code, task, paused))
}

/// The control plane of a configuration, as far as this place can have it.
pub(crate) fn control_plane_of(
    place: &Place,
    config: &StackConfig,
    code: &code::Digests,
    task: Option<&TaskArn>,
    paused: bool,
) -> Graph {
    let graph = if place.local {
        control_plane::control_plane
    } else {
        control_plane::watched_control_plane
    };
    graph(config, place.names(), code, task, paused)
}

/// The data plane of a configuration, with what is around it.
pub(crate) async fn desired_data_plane(place: &Place, config: &StackConfig) -> Result<Graph> {
    let surroundings = Surroundings::look(&place.aws, config).await;
    let surroundings = surroundings.context("looking at what is around the stack")?;
    Ok(data_plane(config, place.names(), &surroundings))
}

async fn plan_of(place: &Place, graph: &Graph) -> Result<Plan> {
    Ok(plan::plan(graph, &observe(&place.aws, graph).await?))
}

fn allow_replacements(graphs: &mut [&mut Graph], ids: &[String]) -> Result<()> {
    for id in ids.iter().map(ResourceId::new) {
        let known = graphs
            .iter_mut()
            .map(|graph| graph.allow_replacement(&id))
            .filter(|known| *known)
            .count();
        if known == 0 {
            let nodes = graphs.iter().flat_map(|graph| graph.nodes());
            let data: Vec<_> =
                nodes.filter(|node| node.holds_data).map(|node| node.id.to_string()).collect();
            let unknown = Err(anyhow::anyhow!("the stack has no resource `{id}`"));
            return unknown
                .advise(format!("name one of those that hold data: {}", data.join(", ")));
        }
    }
    Ok(())
}
