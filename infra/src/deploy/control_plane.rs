//! The control plane as a graph: records bucket, alerts topic, functions, rules and monitoring.
//! Pure.

mod functions;
mod patterns;
mod rules;
pub(crate) mod syncs;
mod triggers;

use domain::config::StackConfig;
use domain::names::{FULL_VERIFICATION_RULE, Names};
use domain::records::keys;
use functions::add_functions;
use reconciler::graph::{Graph, ResourceId};
use reconciler::resources::s3::bucket::Bucket;
use reconciler::resources::sns::subscription::Subscription;
use reconciler::resources::sns::topic::Topic;
use reconciler::resources::sqs::queue::Queue;
use rules::add_rules;
use syncs::plan_syncs;
use triggers::{stack_triggers, sync_triggers};

use crate::deploy::alarms;
use crate::deploy::dashboard;
use crate::deploy::deployed_syncs::DeployedSyncs;
use crate::deploy::function_digests::FunctionDigests;

/// The age at which an event becomes a dead letter. By then the next event has arrived, or a person
/// has started an execution.
const EVENT_AGE_SECONDS: i32 = 60 * 60;
/// The rule of each sync that starts executions.
pub(crate) const SCHEDULE: &str = "schedule";

/// The rules of each sync that start executions. A pause disables them.
pub(crate) const STARTS: [&str; 2] = [SCHEDULE, FULL_VERIFICATION_RULE];

/// Returns the control plane with its alarms. The local cloud has no alarms: MiniStack loses most
/// of the description of an alarm that is put with the Query protocol.
pub(crate) fn watched_control_plane(
    config: &StackConfig,
    names: &Names,
    code: &FunctionDigests,
    deployed: &DeployedSyncs,
) -> Graph {
    let mut graph = control_plane(config, names, code, deployed);
    let syncs = plan_syncs(config, deployed);
    let of_syncs = syncs.iter().flat_map(|sync| alarms::sync_alarms(sync, names));
    for desired in of_syncs.chain(alarms::stack_alarms(names)) {
        let alarm =
            graph.add_after(&desired.id, desired.alarm, &[&ResourceId::new("alerts-topic")]);
        if !desired.wanted {
            graph.prune(&alarm);
        }
    }
    graph
}

/// Returns the control plane without alarms. Before the first run of `bootstrap-stack` there is no
/// task and no rule on it. While the schedule of a sync is paused its rule is disabled, and
/// monitoring stays enabled.
pub(crate) fn control_plane(
    config: &StackConfig,
    names: &Names,
    code: &FunctionDigests,
    deployed: &DeployedSyncs,
) -> Graph {
    let mut graph = records_bucket(names, config.proof.object_lock_days.is_some());
    add_alerts(&mut graph, config, names);
    let dead_letters = add_dead_letters(&mut graph, names);
    add_functions(&mut graph, config, names, code, deployed, &dead_letters);
    let syncs = plan_syncs(config, deployed);
    let mut triggers = stack_triggers(config, names, deployed.has_task());
    triggers.extend(syncs.iter().flat_map(sync_triggers));
    add_rules(&mut graph, names, triggers, &dead_letters);
    graph.add("dashboard", dashboard::desired_dashboard(names, &syncs));
    graph.bound_roles(config.stack.permissions_boundary_arn.as_deref());
    graph
}

fn add_alerts(graph: &mut Graph, config: &StackConfig, names: &Names) {
    let arn = names.alerts_topic_arn();
    let topic = Topic::private(&names.alerts_topic(), &arn, &names.account, &names.alarms_arn());
    let topic = graph.add("alerts-topic", topic.encrypted(config.alerts.kms_key_arn.clone()));
    for (protocol, endpoint) in config.alerts.list_subscriptions() {
        let (protocol, endpoint) = (protocol.to_owned(), endpoint.to_owned());
        let subscription = Subscription { topic_arn: topic.attribute("arn"), protocol, endpoint };
        graph.add(&subscription_id(&subscription), subscription);
    }
}

/// Derives the id from the endpoint, so that the other subscriptions stay when one is removed.
fn subscription_id(subscription: &Subscription) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let endpoint: String = subscription.endpoint.chars().map(plain).collect();
    format!("{}-subscription-{endpoint}", subscription.protocol)
}

/// Adds one queue for all events that could not be delivered or processed.
fn add_dead_letters(graph: &mut Graph, names: &Names) -> ResourceId {
    let (name, arn) = (names.dead_letter_queue(), names.dead_letter_queue_arn());
    graph.add(
        "dead-letters",
        Queue::dead_letters(&name, &arn, "events.amazonaws.com", &names.rule_arn("*")),
    )
}

/// Returns the records bucket alone. It holds the lock of the first deploy, so it is created before
/// everything else.
pub(crate) fn records_bucket(names: &Names, object_lock: bool) -> Graph {
    let mut graph = Graph::default();
    let records = Bucket::private(&names.records_bucket(), names.partition());
    let records =
        records.with_eventbridge().with_scratch(keys::SCRATCH_PREFIX).with_object_lock(object_lock);
    let records = records.with_short_history(&keys::SHORT_HISTORY_PREFIXES);
    graph.add_data("records-bucket", records);
    graph
}

#[cfg(test)]
mod tests;
