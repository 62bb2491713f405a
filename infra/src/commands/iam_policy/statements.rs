//! The least IAM policy for people and CI jobs: the actions of the calls that the command line
//! makes, limited to the names and tags of the stack.

use std::collections::{BTreeMap, BTreeSet};

use domain::config::{ResolvedSync, StackConfig};
use domain::names::{Names, STACK_TAG};
use domain::sync_role::BucketRoles;
use reconciler::actions;
use reconciler::graph::Graph;
use serde_json::{Value, json};

use super::duties::{self, Duty};
use super::resources;
use crate::access::Access;
use crate::deploy::control_plane::watched_control_plane;
use crate::deploy::deployed_syncs::DeployedSyncs;
use crate::deploy::function_digests::FunctionDigests;
use crate::deploy::policies::destinations;

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
    let mut grants = Grants { config, names, groups: BTreeMap::new(), passed: BTreeSet::new() };
    for access in duties::access_of_duties(duties) {
        grants.add_access(access);
    }
    grants.add_decryption(duties);
    grants.add_passed_roles();
    let groups = grants.groups.into_iter();
    groups.map(|((_, scope), actions)| allow_statement(scope, actions)).collect()
}

/// The actions by service and scope.
struct Grants<'a> {
    config: &'a StackConfig,
    names: &'a Names,
    groups: BTreeMap<(String, StatementScope), BTreeSet<&'static str>>,
    /// Roles that are passed, each with the service.
    passed: BTreeSet<(String, &'static str)>,
}

impl Grants<'_> {
    fn add_action(&mut self, action: &'static str, resources: Vec<String>, condition: Value) {
        let service = action.split(':').next().unwrap_or_default().to_owned();
        let scope = StatementScope { resources, condition: condition.to_string() };
        self.groups.entry((service, scope)).or_default().insert(action);
    }

    fn add_access(&mut self, access: &Access) {
        let (config, names) = (self.config, self.names);
        self.add_bucket_actions(access.records, &names.records_bucket());
        for action in access.destination {
            self.add_action(action, destination_resources(action, config, names), Value::Null);
        }
        for action in access.stack {
            self.add_stack_action(action);
        }
        if access.looks {
            for action in actions::of_looking() {
                self.add_action(action, observed_resources(action, config, names), Value::Null);
            }
        }
        if access.deploys {
            self.passed.insert((names.role_arn("*"), FUNCTIONS));
            for action in control_plane_actions(config, names) {
                let resources = resources::resources_of_action(action, config, names);
                self.add_action(action, resources, boundary_condition(action, config));
            }
        }
    }

    /// Adds the use of the keys where an object of a destination is read.
    fn add_decryption(&mut self, duties: &[Duty]) {
        let decrypts = |access: &Access| access.destination.contains(&"s3:GetObject");
        if !duties::access_of_duties(duties).any(decrypts) {
            return;
        }
        for ResolvedSync { config, .. } in self.config.resolve_syncs() {
            let region = config.destination.bucket_region(&self.names.region);
            let service = format!("s3.{region}.{}", self.names.dns_suffix());
            let condition = json!({ "StringEquals": { "kms:ViaService": service } });
            if let Some(key) = config.destination.kms_key_arn {
                self.add_action("kms:Decrypt", vec![key], condition);
            }
        }
    }

    fn add_passed_roles(&mut self) {
        for (role, service) in std::mem::take(&mut self.passed) {
            let condition = json!({ "StringEquals": { "iam:PassedToService": service } });
            self.add_action("iam:PassRole", vec![role], condition);
        }
    }

    fn add_bucket_actions(&mut self, actions: &[&'static str], bucket: &str) {
        for action in actions {
            let bucket = self.names.bucket_arn(bucket);
            let resource = resources::bucket_resource(action, bucket);
            self.add_action(action, vec![resource], Value::Null);
        }
    }

    fn add_stack_action(&mut self, action: &'static str) {
        if action == "iam:PassRole" {
            let roles = restore_roles(self.config, self.names).into_iter();
            self.passed.extend(roles.map(|role| (role, DATASYNC)));
            return;
        }
        let condition = match action {
            "datasync:StartTaskExecution" => stack_tag_condition(self.names),
            _ => Value::Null,
        };
        let resources = resources::resources_of_action(action, self.config, self.names);
        self.add_action(action, resources, condition);
    }
}

fn allow_statement(limits: StatementScope, actions: BTreeSet<&str>) -> Value {
    let mut statement =
        json!({ "Effect": "Allow", "Action": actions, "Resource": limits.resources });
    if limits.condition != "null" {
        statement["Condition"] = serde_json::from_str(&limits.condition).unwrap_or_default();
    }
    statement
}

/// Returns the destination buckets of all syncs, or their objects.
fn destination_resources(action: &str, config: &StackConfig, names: &Names) -> Vec<String> {
    let buckets = destinations::bucket_arns(config, names).into_iter();
    buckets.map(|bucket| resources::bucket_resource(action, bucket)).collect()
}

/// Returns the roles of restores: that of the sections, and the pattern of all others.
fn restore_roles(config: &StackConfig, names: &Names) -> BTreeSet<String> {
    let [_, _, of_others] = BucketRoles::arn_patterns(names);
    let role = |sync: ResolvedSync| {
        let roles = BucketRoles::of_sync(config, &sync.config, names);
        if roles == BucketRoles::default() { roles.restore_arn(names) } else { of_others.clone() }
    };
    config.resolve_syncs().into_iter().map(role).collect()
}

/// Returns the resources of an action that both planes are read with. A location and the stack's
/// own bucket may be in any region: the plan without a sync reads what is left of it in the region
/// that only its former entry names.
fn observed_resources(action: &str, config: &StackConfig, names: &Names) -> Vec<String> {
    if !action.starts_with("s3:") {
        let here = names.regional_arn("datasync", "location/*");
        let resources = resources::resources_of_action(action, config, names).into_iter();
        let anywhere = |one| if one == here { destinations::location_pattern(names) } else { one };
        return resources.map(anywhere).collect();
    }
    let mut buckets = destinations::named_bucket_arns(config, names, false);
    buckets.extend(destinations::named_bucket_arns(config, names, true));
    buckets.insert(names.bucket_arn(&names.records_bucket()));
    buckets.insert(destinations::own_bucket_pattern(names));
    buckets.into_iter().map(|bucket| resources::bucket_resource(action, bucket)).collect()
}

/// Returns the actions that create, change and delete the resource kinds of the control plane.
fn control_plane_actions(config: &StackConfig, names: &Names) -> BTreeSet<&'static str> {
    // Adding or removing a subscription must not need another policy.
    let mut config = config.clone();
    config.alerts.email.push("oncall@example.com".to_owned());
    let graph =
        watched_control_plane(&config, names, &FunctionDigests::new(), &DeployedSyncs::default());
    let mut needed = changing_actions(&graph);
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

fn changing_actions(graph: &Graph) -> BTreeSet<&'static str> {
    let actions = graph.nodes().flat_map(|node| {
        let actions = node.resource.actions();
        [actions.make, actions.change, actions.implied].into_iter().flatten().copied()
    });
    actions.collect()
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
