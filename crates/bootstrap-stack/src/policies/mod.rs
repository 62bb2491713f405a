//! The policy documents of the data plane, with the least permissions that work. Pure.

use domain::config::StackConfig;
use domain::names::Names;
use serde::Serialize;
use serde_json::{Value, json};

mod bucket_policy;
mod datasync;
mod file_system;
mod instance;
mod network;
mod prefixes;
mod restore;

pub use bucket_policy::{bucket_policy, key_policy};
pub(crate) use datasync::{
    datasync_trust, destination_access, destination_trust, report_access, source_access,
    task_logging,
};
pub(crate) use file_system::file_system_policy;
pub(crate) use instance::{ec2_trust, instance_access};
pub(crate) use network::{
    flow_log_access, flow_log_trust, interface_endpoint_policy, s3_endpoint_policy,
};
pub(crate) use restore::restore_access;

fn policy_document(statements: &[Value]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn allow_statement(sid: &str, action: &Value, resource: &Value) -> Value {
    json!({ "Sid": sid, "Effect": "Allow", "Action": action, "Resource": resource })
}

fn allow_in_account(account: &str, sid: &str, action: &Value, resource: &Value) -> Value {
    let mut statement = allow_statement(sid, action, resource);
    statement["Condition"] = json!({ "StringEquals": { "aws:ResourceAccount": account } });
    statement
}

/// The condition that a key is used only through S3 in the region of the destination bucket.
fn through_destination_s3(names: &Names, config: &StackConfig) -> Value {
    let region = config.destination.bucket_region(&names.region);
    let service = format!("s3.{region}.{}", names.dns_suffix());
    json!({ "StringEquals": { "kms:ViaService": service } })
}

/// Lets a service assume a role of ours, for its resources in our account alone, with these ARNs:
/// it acts for many accounts (IAM User Guide, "The confused deputy problem").
fn trust_in(service: &str, names: &Names, source_arns: impl Serialize) -> Value {
    policy_document(&[json!({
        "Effect": "Allow",
        "Principal": { "Service": service },
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": { "aws:SourceAccount": names.account },
            "StringLike": { "aws:SourceArn": source_arns },
        },
    })])
}

/// One line for each part of each statement, so that a review can read all of them.
#[cfg(test)]
fn statement_lines(document: &Value) -> String {
    let parts = ["Sid", "Effect", "Principal", "Action", "Resource", "Condition"];
    let lines = document["Statement"].as_array().unwrap().iter().flat_map(|statement| {
        parts
            .iter()
            .filter_map(|part| Some(format!("{part}: {}", statement.get(part)?)))
            .collect::<Vec<_>>()
    });
    lines.collect::<Vec<_>>().join("\n")
}
