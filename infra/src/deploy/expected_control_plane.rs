//! The control plane at the end of a deploy, as far as it is known before. Pure.
//!
//! A deploy applies the control plane, the data plane, and then the rules on the tasks, whose ARNs
//! DataSync chooses. A plan shows all of it at once.

use domain::arn::TaskArn;
use domain::config::StackConfig;
use domain::names::Names;
use domain::sync_name::SyncName;
use reconciler::graph::{Graph, ResourceId};
use reconciler::plan::{Action, Plan};

use super::deployed_syncs::DeployedSyncs;

/// The id of a task that does not exist yet. DataSync's ids are random, so none is all zeros.
const UNKNOWN_TASK: &str = "task-00000000000000000";

/// Returns the control plane that a deploy ends with. `graph_of` builds it for deployed syncs;
/// `made` decides which syncs get a new task.
pub(crate) fn expected_control_plane(
    config: &StackConfig,
    names: &Names,
    before: &DeployedSyncs,
    made: &impl Fn(&SyncName) -> bool,
    graph_of: &impl Fn(&DeployedSyncs) -> Graph,
) -> Graph {
    let unknown = TaskArn::parse(&names.regional_arn("datasync", &format!("task/{UNKNOWN_TASK}")));
    let task =
        |sync: &SyncName| before.task(sync).filter(|_| !made(sync)).or(unknown.as_ref().ok());
    let after = before.with_tasks(config, task);
    let first = graph_of(before);
    if before.has_same_tasks(&after) {
        return first;
    }
    let mut expected = graph_of(&after);
    let removed: Vec<_> = first.nodes().filter(|node| !expected.contains(&node.id)).collect();
    for node in removed {
        expected.add_node(node.clone());
    }
    expected
}

/// Whether the plan of the data plane creates or replaces the task of the sync.
pub(crate) fn makes_task(data_plane: &Plan, sync: &SyncName) -> bool {
    let task = ResourceId::new(sync.qualify("task"));
    let step = data_plane.steps.iter().find(|step| step.id == task);
    step.is_some_and(|step| matches!(step.action, Action::Create { .. } | Action::Replace { .. }))
}

/// Hides what follows from a task that does not exist yet.
pub(crate) fn hide_unknown_tasks(control_plane: Plan) -> Plan {
    control_plane.hide_values(&|text| text.contains(UNKNOWN_TASK))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use reconciler::observe::Observed;
    use reconciler::plan;

    use super::*;
    use crate::deploy::control_plane::{control_plane, records_bucket};
    use crate::deploy::deployed_syncs::tests::{config_of_syncs, deployed};
    use crate::deploy::function_digests::FunctionDigests;

    fn names() -> Names {
        Names::new("backup", "111122223333", "eu-central-1")
    }

    fn wanted_ids(graph: &Graph) -> BTreeSet<ResourceId> {
        graph.nodes().filter(|node| !node.pruned).map(|node| node.id.clone()).collect()
    }

    fn expected_of(config: &StackConfig, before: &DeployedSyncs, made: bool) -> Graph {
        let graph_of =
            |syncs: &DeployedSyncs| control_plane(config, &names(), &FunctionDigests::new(), syncs);
        expected_control_plane(config, &names(), before, &|_| made, &graph_of)
    }

    /// The applies of a first deploy: the bucket of the lock, the control plane, the rules.
    #[test]
    fn a_first_deploy_makes_what_was_planned() {
        let config = config_of_syncs(&["home", "documents"]);
        let graph_of = |syncs: &DeployedSyncs| {
            control_plane(&config, &names(), &FunctionDigests::new(), syncs)
        };
        let applied = [
            records_bucket(&names(), false),
            graph_of(&DeployedSyncs::default()),
            graph_of(&deployed(&["home", "documents"])),
        ];
        let nothing = Observed::default();
        let done = applied.iter().map(|graph| plan::plan(graph, &nothing));
        let done = done.reduce(Plan::followed_by).unwrap();
        let expected = expected_of(&config, &DeployedSyncs::default(), false);
        let planned = plan::plan(&expected, &nothing);
        assert_eq!(planned.counts(), done.counts());
        assert_eq!(wanted_ids(&expected), applied.iter().flat_map(wanted_ids).collect());
        assert!(planned.counts().add > wanted_ids(&applied[1]).len());
    }

    #[test]
    fn the_arn_of_a_new_task_is_not_known() {
        let config = config_of_syncs(&["home"]);
        let before = deployed(&["home"]);
        let text = |made| {
            let graph = expected_of(&config, &before, made);
            let plan = hide_unknown_tasks(plan::plan(&graph, &Observed::default()));
            serde_json::to_string(&plan).unwrap()
        };
        let task = before.task(&SyncName::parse("home").unwrap()).unwrap().to_string();
        assert!(text(false).contains(&task));
        assert!(!text(true).contains(&task) && !text(true).contains(UNKNOWN_TASK));
        assert!(text(true).contains(plan::UNKNOWN));
    }

    #[test]
    fn a_removed_sync_is_pruned() {
        let config = config_of_syncs(&["home"]);
        let expected = expected_of(&config, &deployed(&["home", "old"]), false);
        let rule = expected.get(&ResourceId::new("schedule-rule.old")).unwrap();
        assert!(rule.pruned);
    }
}
