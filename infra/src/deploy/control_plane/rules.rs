//! The EventBridge rules in the graph, with the permissions to invoke their functions.
//!
//! The resource policy of a function holds 20 KB (Lambda Developer Guide, "Lambda quotas"), which
//! is some 50 statements. All syncs but `default` therefore share one statement a kind of rule,
//! with a pattern of ARNs: Lambda compares the source ARN with `StringLike` (Lambda API Reference,
//! `AddPermission`, `SourceArn`).

use std::collections::BTreeMap;

use domain::function::FunctionName;
use domain::names::Names;
use reconciler::graph::{Graph, ResourceId};
use reconciler::resources::events::rule::Rule;
use reconciler::resources::lambda::permission::Permission;

use super::EVENT_AGE_SECONDS;
use super::triggers::Trigger;

/// The maximum of EventBridge. Its pauses grow, so that the age decides.
const DELIVERY_RETRIES: i32 = 185;

/// Adds the rules and the permissions to invoke their functions.
pub(super) fn add_rules(
    graph: &mut Graph,
    names: &Names,
    triggers: Vec<Trigger>,
    dead_letters: &ResourceId,
) {
    add_permissions(graph, names, &triggers);
    for trigger in triggers {
        // Before the rule, because an event that may not be delivered is lost at once.
        let permission = ResourceId::new(permission_id(&trigger));
        let (id, wanted) = (trigger.sync.qualify(&format!("{}-rule", trigger.id)), trigger.wanted);
        let rule = desired_rule(names, trigger, dead_letters);
        let rule = graph.add_after(&id, rule, &[&permission]);
        if !wanted {
            graph.prune(&rule);
        }
    }
}

/// Adds each permission once. It is pruned if no rule that the configuration contains needs it.
fn add_permissions(graph: &mut Graph, names: &Names, triggers: &[Trigger]) {
    let mut permissions: BTreeMap<String, (Permission, bool)> = BTreeMap::new();
    for trigger in triggers {
        let new = || (invoke_permission(names, trigger), false);
        permissions.entry(permission_id(trigger)).or_insert_with(new).1 |= trigger.wanted;
    }
    for (id, (permission, wanted)) in permissions {
        let permission = graph.add(&id, permission);
        if !wanted {
            graph.prune(&permission);
        }
    }
}

fn permission_id(trigger: &Trigger) -> String {
    format!("{}-permission", statement_id(trigger))
}

/// Returns the name of the statement. Neither the name of a stack nor that of a sync has a dot, so
/// the pattern of all other syncs matches no rule of another kind.
fn statement_id(trigger: &Trigger) -> String {
    if trigger.sync.is_default() { trigger.id.to_owned() } else { format!("syncs-{}", trigger.id) }
}

fn invoke_permission(names: &Names, trigger: &Trigger) -> Permission {
    let rules = match trigger.sync.is_default() {
        true => trigger.id.to_owned(),
        false => format!("{}.*", trigger.id),
    };
    Permission {
        function: function_id(trigger.function).attribute("name"),
        statement_id: statement_id(trigger),
        principal: "events.amazonaws.com".to_owned(),
        source_arn: names.rule_arn(&rules),
    }
}

fn function_id(function: FunctionName) -> ResourceId {
    ResourceId::new(function.name())
}

fn desired_rule(names: &Names, trigger: Trigger, dead_letters: &ResourceId) -> Rule {
    Rule {
        name: names.within_stack(&trigger.sync.qualify(trigger.id)),
        description: trigger.description.to_owned(),
        schedule: trigger.schedule,
        pattern: trigger.pattern,
        enabled: trigger.enabled,
        target_arn: function_id(trigger.function).attribute("arn"),
        input: trigger.input,
        dead_letter_arn: dead_letters.attribute("arn"),
        retries: DELIVERY_RETRIES,
        event_age_seconds: EVENT_AGE_SECONDS,
    }
}
