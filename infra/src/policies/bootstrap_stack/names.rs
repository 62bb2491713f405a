//! On what has a name of ours: roles, the instance profile, log groups.

use domain::config::StackConfig;
use domain::names::Names;
use serde_json::{Value, json};

use super::actions;
use crate::policies::allow;

/// The only managed policies that any role of ours gets.
const MANAGED_POLICIES: [&str; 1] = ["AmazonSSMManagedInstanceCore"];
/// Who may be given a role of ours, beside EC2.
const USERS_OF_ROLES: [&str; 2] = ["datasync.amazonaws.com", "vpc-flow-logs.amazonaws.com"];
/// EFS makes its role at its first use in an account, DataSync at the first task in Enhanced mode.
const SERVICE_LINKED: [&str; 2] = ["datasync.amazonaws.com", "elasticfilesystem.amazonaws.com"];

pub(super) fn statements(config: &StackConfig, names: &Names) -> Vec<Value> {
    let roles = ["datasync-*", "flow-log", "instance"].map(|suffix| names.role_arn(suffix));
    let (partition, account) = (names.partition(), &names.account);
    let profile =
        format!("arn:{partition}:iam::{account}:instance-profile/{}", names.role_name("instance"));
    let managed = MANAGED_POLICIES.map(|name| format!("arn:{partition}:iam::aws:policy/{name}"));
    // EC2 is the only one of them with a name of its own in China.
    let ec2 = format!("ec2.{}", names.dns_suffix());
    let users: Vec<&str> = USERS_OF_ROLES.into_iter().chain([ec2.as_str()]).collect();
    // The groups, and with `:*` behind them their streams.
    let groups = names.log_group_arn(&format!("/efs-s3/{}/*", names.stack));
    let boundary = config.stack.permissions_boundary_arn.as_deref();
    let mut attach = json!({
        "Sid": "AttachManagedPolicies", "Effect": "Allow", "Action": "iam:AttachRolePolicy",
        "Resource": names.role_arn("instance"), "Condition": { "ArnEquals": { "iam:PolicyARN": managed } },
    });
    if let Some(boundary) = boundary {
        attach["Condition"]["StringEquals"] = json!({ "iam:PermissionsBoundary": boundary });
    }
    let mut statements = roles_and_profile(boundary, &roles, profile);
    statements.extend([
        attach,
        json!({
            "Sid": "PassRoles", "Effect": "Allow", "Action": "iam:PassRole", "Resource": roles,
            "Condition": { "StringEquals": { "iam:PassedToService": users } },
        }),
        json!({
            "Sid": "ServiceLinkedRoles", "Effect": "Allow", "Action": "iam:CreateServiceLinkedRole", "Resource": "*",
            "Condition": { "StringEquals": { "iam:AWSServiceName": SERVICE_LINKED } },
        }),
        allow("LogGroups", &actions::log_groups(), &[groups]),
        allow("TaskLogPolicy", actions::LOG_RESOURCE_POLICIES, &["*".to_owned()]),
    ]);
    statements
}

/// With a boundary, roles are made and given rights with it alone, and it is never taken off:
/// whatever policy a role gets, it does no more than the boundary lets it (IAM User Guide,
/// "Permissions boundaries for IAM entities"). Without one, a boundary of an earlier configuration
/// is taken off.
fn roles_and_profile(boundary: Option<&str>, roles: &[String], profile: String) -> Vec<Value> {
    let named: Vec<String> = roles.iter().cloned().chain([profile]).collect();
    let mut free = actions::iam();
    let Some(boundary) = boundary else {
        free.retain(|action| *action != "iam:PutRolePermissionsBoundary");
        return vec![allow("RolesAndProfile", &free, &named)];
    };
    free.retain(|action| {
        !actions::BOUNDED.contains(action) && *action != "iam:DeleteRolePermissionsBoundary"
    });
    let bounded: Vec<_> =
        actions::iam().into_iter().filter(|action| actions::BOUNDED.contains(action)).collect();
    let mut within = allow("RolesWithinBoundary", &bounded, roles);
    within["Condition"] = json!({ "StringEquals": { "iam:PermissionsBoundary": boundary } });
    vec![allow("RolesAndProfile", &free, &named), within]
}
