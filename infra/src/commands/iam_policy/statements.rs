//! The least IAM policy for people and CI jobs: the actions of the calls that the command line
//! makes, limited to the names and tags of the stack.

use std::collections::{BTreeMap, BTreeSet};

use domain::config::StackConfig;
use domain::names::{Names, STACK_TAG};
use reconciler::actions;
use serde_json::{Value, json};

use super::duties::{self, Duty};
use super::resources;
use crate::access::Access;
use crate::deploy::control_plane::watched_control_plane;
use crate::deploy::function_digests::FunctionDigests;

/// The services that roles are passed to.
const FUNCTIONS: &str = "lambda.amazonaws.com";
const DATASYNC: &str = "datasync.amazonaws.com";

/// Actions that are only allowed on roles with the permissions boundary, if the configuration has
/// one.
const BOUNDED: &[&str] = &[
    "iam:CreateRole",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:UpdateAssumeRolePolicy",
];

/// The resources and the condition of a statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct StatementScope {
    resources: Vec<String>,
    /// The condition as text, so that statements can be sorted.
    condition: String,
}

/// Returns the statements that these duties need, sorted by service.
pub(crate) fn statements_for_duties(
    duties: &[Duty],
    config: &StackConfig,
    names: &Names,
) -> Vec<Value> {
    let mut groups: BTreeMap<(String, StatementScope), BTreeSet<&'static str>> = BTreeMap::new();
    let mut add = |action: &'static str, resources: Vec<String>, condition: Value| {
        let service = action.split(':').next().unwrap_or_default().to_owned();
        let limits = StatementScope { resources, condition: condition.to_string() };
        groups.entry((service, limits)).or_default().insert(action);
    };
    let records = names.records_bucket();
    let destination = config.destination_bucket(names);
    let mut passed = BTreeSet::new();
    for access in duties::access_of_duties(duties) {
        for action in access.records {
            add(action, vec![resources::bucket_resource(action, &records, names)], Value::Null);
        }
        for action in access.destination {
            add(action, vec![resources::bucket_resource(action, &destination, names)], Value::Null);
        }
        for action in access.stack {
            match *action {
                "iam:PassRole" => {
                    passed.insert((names.role_arn("datasync-restore"), DATASYNC));
                }
                "datasync:StartTaskExecution" => add(
                    action,
                    resources::resources_of_action(action, config, names),
                    stack_tag_condition(names),
                ),
                _ => {
                    add(action, resources::resources_of_action(action, config, names), Value::Null)
                }
            }
        }
        if access.looks {
            for action in actions::of_looking() {
                add(action, observed_resources(action, config, names), Value::Null);
            }
        }
        if access.deploys {
            passed.insert((names.role_arn("*"), FUNCTIONS));
            for action in control_plane_actions(config, names) {
                add(
                    action,
                    resources::resources_of_action(action, config, names),
                    boundary_condition(action, config),
                );
            }
        }
    }
    let decrypts = |access: &&Access| access.destination.contains(&"s3:GetObject");
    if let Some(key) = config.destination.kms_key_arn.as_ref()
        && duties::access_of_duties(duties).any(|access| decrypts(&access))
    {
        let service = format!("s3.{}.{}", names.region, names.dns_suffix());
        add(
            "kms:Decrypt",
            vec![key.clone()],
            json!({ "StringEquals": { "kms:ViaService": service } }),
        );
    }
    for (role, service) in passed {
        add(
            "iam:PassRole",
            vec![role],
            json!({ "StringEquals": { "iam:PassedToService": service } }),
        );
    }
    groups.into_iter().map(|((_, limits), actions)| allow_statement(limits, actions)).collect()
}

fn allow_statement(limits: StatementScope, actions: BTreeSet<&str>) -> Value {
    let mut statement =
        json!({ "Effect": "Allow", "Action": actions, "Resource": limits.resources });
    if limits.condition != "null" {
        statement["Condition"] = serde_json::from_str(&limits.condition).unwrap_or_default();
    }
    statement
}

/// Returns the resources of an action that both planes are read with.
fn observed_resources(action: &str, config: &StackConfig, names: &Names) -> Vec<String> {
    if !action.starts_with("s3:") {
        return resources::resources_of_action(action, config, names);
    }
    let mut buckets = BTreeSet::from([names.records_bucket(), names.destination_bucket()]);
    buckets.insert(config.destination_bucket(names));
    buckets.iter().map(|bucket| resources::bucket_resource(action, bucket, names)).collect()
}

/// Returns the actions that create, change and delete the resource kinds of the control plane.
fn control_plane_actions(config: &StackConfig, names: &Names) -> BTreeSet<&'static str> {
    // Adding or removing a subscription must not need another policy.
    let mut config = config.clone();
    config.alerts.email.push("oncall@example.com".to_owned());
    let graph = watched_control_plane(&config, names, &FunctionDigests::new(), None, false);
    let needed = graph.nodes().flat_map(|node| {
        let actions = node.resource.actions();
        [actions.make, actions.change, actions.implied].into_iter().flatten().copied()
    });
    let mut needed: BTreeSet<_> = needed.collect();
    // Functions have no managed policies; a policy that somebody attached is detached.
    for elsewhere in ["iam:AttachRolePolicy", "iam:PassRole"] {
        needed.remove(elsewhere);
    }
    if config.stack.permissions_boundary_arn.is_some() {
        needed.remove("iam:DeleteRolePermissionsBoundary");
    } else {
        needed.remove("iam:PutRolePermissionsBoundary");
    }
    needed
}

fn boundary_condition(action: &str, config: &StackConfig) -> Value {
    match &config.stack.permissions_boundary_arn {
        Some(arn) if BOUNDED.contains(&action) => {
            json!({ "StringEquals": { "iam:PermissionsBoundary": arn } })
        }
        _ => Value::Null,
    }
}

/// Limits an action to resources with the stack's tag.
fn stack_tag_condition(names: &Names) -> Value {
    json!({ "StringEquals": { format!("aws:ResourceTag/{STACK_TAG}"): names.stack } })
}

#[cfg(test)]
mod tests;
