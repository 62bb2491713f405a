//! A second opinion on the whole stack: what MiniStack takes and shows, moto has to take and show
//! too.
//!
//! What the two have in common is not thereby AWS's behaviour, but a misunderstanding would have to
//! be shared by two projects. `docs/LOCAL.md` lists where moto differs from AWS.

mod drift;

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use domain::config;
use e2e::cloud::Cloud;
use e2e::data_plane::{desired_graph, normalized_state, read_inventory};
use e2e::deployment::Deployment;
use e2e::fault_proxy::Call;
use e2e::judging_proxy::JudgingProxy;
use e2e::moto::Moto;
use reconciler::Aws;
use reconciler::graph::Graph;
use reconciler::observe::observe;
use serde_json::Value;

/// The services at moto, as signatures name them. S3 stays at MiniStack with Lambda, which runs the
/// functions, and with DataSync's copies.
const SERVICES: &[&str] =
    &["ec2", "elasticfilesystem", "events", "iam", "logs", "monitoring", "sns", "sqs"];

pub(crate) async fn the_whole_stack_runs_on_a_second_emulator(
    cloud: &Cloud,
    account: &str,
) -> Result<()> {
    let moto = Moto::start(account).await?;
    let proxy = cloud.judging_proxy()?;
    proxy.send_to_second_emulator(account, SERVICES, &moto.url);
    let deployment = Deployment::prepare(cloud, account, "second", false).await?;
    // moto has no `PutBackupPolicy`.
    deployment.set_key("backup", "false")?;
    let aws = deployment.reconciler_clients();
    let empty = read_inventory(&aws).await?;

    let mut counted = Counted::default();
    deployment.command_line.succeed(&["deploy"]).await?;
    counted.count_calls(proxy, account);
    deployment.command_line.succeed(&["deploy"]).await.context("the second deploy")?;
    let mutations = counted.count_calls(proxy, account);
    ensure!(mutations.is_empty(), "a second deploy changes something: {mutations:?}");

    let graph = data_plane_graph(&deployment, &aws).await?;
    let before = normalized_state(&graph, &observe(&aws, &graph).await?);
    let (of_control_plane, altered) = drift::plant_drift(&aws, &graph).await?;
    let noticed = planned_changes(&deployment).await?;
    let missed: Vec<_> = of_control_plane.iter().filter(|id| !noticed.contains(**id)).collect();
    ensure!(
        missed.is_empty(),
        "the plan does not notice that these were altered: {missed:?}; it has {noticed:?}"
    );
    deployment.command_line.succeed(&["deploy"]).await.context("putting back what was altered")?;
    counted.count_calls(proxy, account);
    ensure!(
        planned_changes(&deployment).await?.is_empty(),
        "the plan after putting back is not empty"
    );
    let now = normalized_state(&graph, &observe(&aws, &graph).await?);
    let differs: Vec<_> = before.iter().filter(|(id, state)| now.get(*id) != Some(state)).collect();
    ensure!(differs.is_empty(), "what was altered came back different: {differs:?}");

    let name = deployment.names.stack.clone();
    deployment
        .command_line
        .succeed(&["destroy", "--yes", &name, "--delete-data", "--yes-delete-data", &name])
        .await?;
    counted.count_calls(proxy, account);
    let left = read_inventory(&aws).await?;
    ensure!(left == empty, "destroy leaves {left:?} of {empty:?}");
    let used = counted.services.len();
    ensure!(used == SERVICES.len(), "only {:?} were asked of moto", counted.services);
    measurements::proven("services of a stack at a second emulator", used, "services");
    measurements::proven("calls that a second emulator answered", counted.answered, "calls");
    measurements::proven(
        "mutating requests of a second deploy, at a second emulator",
        mutations.len(),
        "requests",
    );
    measurements::proven(
        "alterations that were put back at a second emulator",
        altered,
        "alterations",
    );
    Ok(())
}

/// The calls so far.
#[derive(Default)]
struct Counted {
    services: BTreeSet<String>,
    answered: usize,
}

impl Counted {
    /// Counts those since the last time. Returns the ones that change something.
    fn count_calls(&mut self, proxy: &JudgingProxy, account: &str) -> Vec<Call> {
        let calls = proxy.take_calls(account);
        let of_moto = calls.iter().filter(|(_, is_its)| *is_its);
        of_moto.for_each(|(call, _)| {
            self.services.insert(call.service.clone());
            self.answered += 1;
        });
        calls.into_iter().map(|(call, _)| call).filter(|call| call.mutates).collect()
    }
}

async fn data_plane_graph(deployment: &Deployment, aws: &Aws) -> Result<Graph> {
    let text = std::fs::read_to_string(deployment.config_path())?;
    desired_graph(aws, &config::parse(&text)?).await
}

/// The resources that the plan would change, of both planes.
async fn planned_changes(deployment: &Deployment) -> Result<BTreeSet<String>> {
    let plan: Value = deployment.command_line.succeed_with_json(&["plan"]).await?;
    let planes = [&plan["control_plane"], &plan["data_plane"]];
    let steps =
        planes.into_iter().flat_map(|plane| plane["steps"].as_array().cloned().unwrap_or_default());
    let changes = steps.filter(|step| step["action"]["action"] != "nothing");
    changes.map(|step| Ok(step["id"].as_str().context("a step has no id")?.to_owned())).collect()
}
