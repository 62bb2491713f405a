//! The statements for resources with a chosen name: roles, the instance profile, log groups.

use domain::config::StackConfig;
use domain::names::Names;
use domain::sync_role::BucketRoles;
use serde_json::{Value, json};

use super::actions;
use crate::deploy::policies::allow;
use crate::deploy::policies::limit::Precision;

/// The only managed policies that a role of the stack gets.
const MANAGED_POLICIES: [&str; 1] = ["AmazonSSMManagedInstanceCore"];
/// The services that a role of the stack may be passed to, apart from EC2.
const USERS_OF_ROLES: [&str; 2] = ["datasync.amazonaws.com", "vpc-flow-logs.amazonaws.com"];
/// Service-linked roles: EFS creates its role at the first use in an account, DataSync at the first
/// task in Enhanced mode.
const SERVICE_LINKED: [&str; 2] = ["datasync.amazonaws.com", "elasticfilesystem.amazonaws.com"];

/// Returns the statements. `others` says that there are roles beside those of a stack without
/// `[[sync]]` entries.
pub(super) fn named_statements(
    config: &StackConfig,
    names: &Names,
    others: Option<Precision>,
) -> Vec<Value> {
    let mut roles =
        ["datasync-*", "flow-log", "instance"].map(|suffix| names.role_arn(suffix)).to_vec();
    match others {
        None => {}
        Some(Precision::Exact) => roles.extend(BucketRoles::arn_patterns(names)),
        // No other role has a dot in its name.
        Some(Precision::Patterns) => roles.push(names.role_arn("*.*")),
    }
    let (partition, account) = (names.partition(), &names.account);
    let profile =
        format!("arn:{partition}:iam::{account}:instance-profile/{}", names.role_name("instance"));

    // The log groups, and with `:*` their streams.
    let groups = names.log_group_arn(&format!("/efs-s3/{}/*", names.stack));
    let boundary = config.stack.permissions_boundary_arn.as_deref();
    let mut statements = roles_and_profile(boundary, &roles, profile);
    statements.extend([
        attach_managed(names, boundary),
        pass_roles(names, &roles),
        service_linked_roles(),
        allow("LogGroups", &actions::log_group_actions(), &[groups]),
        allow("TaskLogPolicy", actions::LOG_RESOURCE_POLICIES, &["*".to_owned()]),
    ]);
    statements
}

fn service_linked_roles() -> Value {
    json!({
        "Sid": "ServiceLinkedRoles", "Effect": "Allow",
            "Action": "iam:CreateServiceLinkedRole", "Resource": "*",
        "Condition": { "StringEquals": { "iam:AWSServiceName": SERVICE_LINKED } },
    })
}

fn attach_managed(names: &Names, boundary: Option<&str>) -> Value {
    let partition = names.partition();
    let managed = MANAGED_POLICIES.map(|name| format!("arn:{partition}:iam::aws:policy/{name}"));
    let mut attach = json!({
        "Sid": "AttachManagedPolicies", "Effect": "Allow", "Action": "iam:AttachRolePolicy",
        "Resource": names.role_arn("instance"), "Condition": { "ArnEquals": {
            "iam:PolicyARN": managed } },
    });
    if let Some(boundary) = boundary {
        attach["Condition"]["StringEquals"] = json!({ "iam:PermissionsBoundary": boundary });
    }
    attach
}

fn pass_roles(names: &Names, roles: &[String]) -> Value {
    // Only EC2 has a different name in China.
    let ec2 = format!("ec2.{}", names.dns_suffix());
    let users: Vec<&str> = USERS_OF_ROLES.into_iter().chain([ec2.as_str()]).collect();
    json!({
        "Sid": "PassRoles", "Effect": "Allow", "Action": "iam:PassRole", "Resource": roles,
        "Condition": { "StringEquals": { "iam:PassedToService": users } },
    })
}

/// Returns the statements on roles and the instance profile. With a boundary, roles are created and
/// given permissions only with it, and it is never removed: whatever policy a role gets, the
/// boundary limits it (IAM User Guide, "Permissions boundaries for IAM entities"). Without one, the
/// boundary of an earlier configuration may be removed.
fn roles_and_profile(boundary: Option<&str>, roles: &[String], profile: String) -> Vec<Value> {
    let named: Vec<String> = roles.iter().cloned().chain([profile]).collect();
    let mut free = actions::iam_actions();
    let Some(boundary) = boundary else {
        free.retain(|action| *action != "iam:PutRolePermissionsBoundary");
        return vec![allow("RolesAndProfile", &free, &named)];
    };
    free.retain(|action| {
        !actions::BOUNDED.contains(action) && *action != "iam:DeleteRolePermissionsBoundary"
    });
    let bounded: Vec<_> = actions::iam_actions()
        .into_iter()
        .filter(|action| actions::BOUNDED.contains(action))
        .collect();
    let mut within = allow("RolesWithinBoundary", &bounded, roles);
    within["Condition"] = json!({ "StringEquals": { "iam:PermissionsBoundary": boundary } });
    vec![allow("RolesAndProfile", &free, &named), within]
}
