//! The permissions of `bootstrap-stack`: create resources with the tags or names of the stack, and
//! change only those.
//!
//! EC2, EFS and DataSync choose ids, so their resources are limited by tags: `aws:RequestTag` for
//! new resources, `aws:ResourceTag` for existing ones (Service Authorization Reference of each).
//! Resources with a chosen name are limited by the name.

mod actions;
mod destination;
mod ec2;
mod names;

use domain::config::{FileSystemConfig, StackConfig};
use domain::names::{Names, STACK_TAG};
use domain::records::keys;
use reconciler::Actions;
use reconciler::actions::of_service;
use serde_json::{Value, json};

use super::limit::Precision;
use super::{allow, destinations, publish_alerts, record_arn, via_service};
use crate::deploy::deployed_syncs::DeployedSyncs;

pub(super) fn bootstrap_statements(
    config: &StackConfig,
    names: &Names,
    deployed: &DeployedSyncs,
    precision: Precision,
) -> Vec<Value> {
    let regions = deployed.list_other_regions(config);
    let locations = destinations::location_arns(names, &regions, precision);
    let mut statements = record_statements(names);
    statements.push(allow("DestinationState", actions::LOOK, &["*".to_owned()]));
    statements.extend(create_statements(config, names, &locations));
    statements.push(change_own_resources(names, &locations));
    statements.extend(ec2::ec2_statements(config, names));
    statements.extend(file_system_statements(config, names));
    statements.extend(names::named_statements(
        config,
        names,
        deployed.has_other_roles(config).then_some(precision),
    ));
    statements.extend(destination::destination_statements(config, names, &regions, precision));
    statements.push(end_executions(names));
    statements.push(publish_alerts(names));
    statements
}

/// Allows the configuration, both locks, the outputs, the progress and the mark of an interrupted
/// apply.
fn record_statements(names: &Names) -> Vec<Value> {
    vec![
        allow(
            "ReadConfiguration",
            &["s3:GetObject"],
            &[keys::CONFIG, keys::DEPLOY_LOCK].map(|key| record_arn(names, key)),
        ),
        allow(
            "KeepTrack",
            &["s3:GetObject", "s3:PutObject"],
            &["state/*", keys::APPLY_LOCK].map(|key| record_arn(names, key)),
        ),
        allow("KeepTrackToTheEnd", &["s3:DeleteObject"], &[record_arn(names, "state/*")]),
    ]
}

/// Actions of which no existing resource is part: they have no resource type (Service Authorization
/// Reference).
const MADE_ON_NOTHING: [&str; 3] = [
    "datasync:CreateLocationEfs",
    "datasync:CreateLocationS3",
    "elasticfilesystem:CreateFileSystem",
];

/// The resources that the other actions create, each with its service.
const MADE_WITH_TAG: [(&str, &str); 4] = [
    ("ec2", "*"),
    ("elasticfilesystem", "file-system/*"),
    ("datasync", "location/*"),
    ("datasync", "task/*"),
];

/// Allows creating resources that have the stack's tag from the beginning, in the services that
/// choose ids. They share one statement, because each statement costs characters.
///
/// `locations` are those in other regions: a location of S3 is in the region of its bucket
/// (DataSync User Guide, "Tutorial: Transferring data between Amazon S3 buckets across AWS
/// accounts", step 4), and `CreateTask` is allowed on both locations.
fn create_statements(config: &StackConfig, names: &Names, locations: &[String]) -> Vec<Value> {
    let of = |service| of_service(service, |kind: &Actions| kind.make);
    let all = [of("ec2"), of("elasticfilesystem"), of("datasync")].concat();
    let (mut of_none, mut within): (Vec<&str>, Vec<&str>) =
        all.into_iter().partition(|action| MADE_ON_NOTHING.contains(action));
    if matches!(config.file_system, FileSystemConfig::Existing(_)) {
        of_none.retain(|action| *action != "elasticfilesystem:CreateFileSystem");
    }
    // DataSync has no condition key for new resources, so any location or task could be given the
    // tag.
    within.push("datasync:TagResource");
    let own = MADE_WITH_TAG.map(|(service, resource)| names.regional_arn(service, resource));
    let resources: Vec<String> = own.into_iter().chain(locations.iter().cloned()).collect();
    let mut on_nothing = allow("MakeOnNothing", &of_none, &["*".to_owned()]);
    let mut make = allow("Make", &within, &resources);
    for statement in [&mut on_nothing, &mut make] {
        statement["Condition"] = tag_condition("Request", names);
    }
    vec![on_nothing, make]
}

/// Allows changing and deleting resources with the stack's tag, and creating resources inside them.
fn change_own_resources(names: &Names, locations: &[String]) -> Value {
    let of = |service| of_service(service, |kind: &Actions| kind.change);
    let mut actions = [of("ec2"), of("elasticfilesystem"), of("datasync")].concat();
    // Executions that somebody else started have no tag.
    actions.retain(|action| *action != "datasync:CancelTaskExecution");
    // The name of a file system is a tag that may drift. A file system that lost the tag of the
    // stack cannot be matched: no grant could help.
    actions.push("elasticfilesystem:TagResource");
    actions.extend(ec2::MADE_WITHIN);
    let services =
        ["ec2", "elasticfilesystem", "datasync"].map(|service| names.regional_arn(service, "*"));
    let services: Vec<String> = services.into_iter().chain(locations.iter().cloned()).collect();
    let mut own = allow("Own", &actions, &services);
    own["Condition"] = tag_condition("Resource", names);
    own
}

fn file_system_statements(config: &StackConfig, names: &Names) -> Vec<Value> {
    // All resources of EFS with an ARN: file systems and access points.
    let all = names.regional_arn("elasticfilesystem", "*");
    let mut tag = allow("TagNewFileSystem", &["elasticfilesystem:TagResource"], &[all]);
    let made = ["CreateAccessPoint", "CreateFileSystem"];
    tag["Condition"] = json!({ "StringEquals": { "elasticfilesystem:CreateAction": made } });
    let mut statements = vec![tag];
    if let FileSystemConfig::New(new) = &config.file_system
        && let Some(key) = &new.kms_key_arn
    {
        // The actions that creating a file system with a key needs (EFS User Guide, "Encrypting
        // data at rest").
        let needed = ["kms:CreateGrant", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext"];
        let mut encrypt = allow("EncryptFileSystem", &needed, std::slice::from_ref(key));
        encrypt["Condition"] = via_service("elasticfilesystem", names);
        statements.push(encrypt);
    }
    statements
}

/// Allows cancelling executions. One that somebody else started has no tag of the stack, and must
/// be cancelled before the task can be deleted.
fn end_executions(names: &Names) -> Value {
    allow(
        "EndExecutions",
        &["datasync:CancelTaskExecution"],
        &[names.regional_arn("datasync", "task/*/execution/*")],
    )
}

/// Returns a condition on the stack's tag: on the `Request` that creates a resource, or on an
/// existing `Resource`.
fn tag_condition(what: &str, names: &Names) -> Value {
    let tag = format!("aws:{what}Tag/{STACK_TAG}");
    json!({ "StringEquals": { tag: names.stack } })
}

#[cfg(test)]
pub(crate) mod tests;
