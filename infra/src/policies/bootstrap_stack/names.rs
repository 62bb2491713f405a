//! On what has a name of ours: roles, the instance profile, log groups.

use pipeline::names::Names;
use serde_json::{Value, json};

use super::actions;
use crate::policies::allow;

/// The only managed policies that any role of ours gets.
const MANAGED_POLICIES: [&str; 1] = ["AmazonSSMManagedInstanceCore"];
/// Who may be given a role of ours.
const USERS_OF_ROLES: [&str; 4] =
    ["datasync.amazonaws.com", "ec2.amazonaws.com", "ec2.amazonaws.com.cn", "vpc-flow-logs.amazonaws.com"];
/// EFS makes its role at its first use in an account, DataSync at the first task in Enhanced mode.
const SERVICE_LINKED: [&str; 2] = ["datasync.amazonaws.com", "elasticfilesystem.amazonaws.com"];

pub(super) fn statements(names: &Names) -> Vec<Value> {
    let roles = ["datasync-*", "flow-log", "instance"].map(|suffix| names.role_arn(suffix));
    let (partition, account) = (names.partition(), &names.account);
    let profile = format!("arn:{partition}:iam::{account}:instance-profile/{}", names.role("instance"));
    let named: Vec<String> = roles.iter().cloned().chain([profile]).collect();
    let managed = MANAGED_POLICIES.map(|name| format!("arn:{partition}:iam::aws:policy/{name}"));
    // The groups, and with `:*` behind them their streams.
    let groups = names.log_group_arn(&format!("/efs-s3/{}/*", names.stack));
    vec![
        allow("RolesAndProfile", actions::IAM, &named),
        json!({
            "Sid": "AttachManagedPolicies", "Effect": "Allow", "Action": "iam:AttachRolePolicy",
            "Resource": names.role_arn("instance"), "Condition": { "ArnEquals": { "iam:PolicyARN": managed } },
        }),
        json!({
            "Sid": "PassRoles", "Effect": "Allow", "Action": "iam:PassRole", "Resource": roles,
            "Condition": { "StringEquals": { "iam:PassedToService": USERS_OF_ROLES } },
        }),
        json!({
            "Sid": "ServiceLinkedRoles", "Effect": "Allow", "Action": "iam:CreateServiceLinkedRole", "Resource": "*",
            "Condition": { "StringEquals": { "iam:AWSServiceName": SERVICE_LINKED } },
        }),
        allow(
            "LogGroups",
            &[
                "logs:CreateLogGroup",
                "logs:DeleteLogGroup",
                "logs:PutRetentionPolicy",
                "logs:TagResource",
                "logs:ListTagsForResource",
            ],
            &[groups],
        ),
        allow("TaskLogPolicy", &["logs:PutResourcePolicy", "logs:DeleteResourcePolicy"], &["*".to_owned()]),
    ]
}
