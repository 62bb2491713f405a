//! What `bootstrap-stack` may do: make what bears the stack's tags or name, and change that alone.
//!
//! EC2, EFS and DataSync choose ids, so what they make is limited by tags: `aws:RequestTag` for
//! what is being made, `aws:ResourceTag` for what exists (Service Authorization Reference of each).
//! What has a name of ours is limited by it.

mod actions;
mod ec2;
mod names;

use domain::config::{FileSystemConfig, StackConfig};
use domain::names::{Names, STACK_TAG};
use domain::records::keys;
use reconciler::Actions;
use reconciler::actions::of_service;
use serde_json::{Value, json};

use super::{allow, publish_alerts, record, via};

pub(super) fn statements(config: &StackConfig, names: &Names) -> Vec<Value> {
    let mut statements = records(names);
    statements.push(allow("Look", actions::LOOK, &["*".to_owned()]));
    statements.extend(make(config, names));
    statements.push(own(names));
    statements.extend(ec2::statements(config, names));
    statements.extend(file_systems(config, names));
    statements.extend(names::statements(config, names));
    statements.extend(destination(config, names));
    statements.push(end_executions(names));
    statements.push(publish_alerts(names));
    statements
}

/// The configuration, the lock of the command line and its own, the outputs, the progress, and the
/// mark of unfinished work.
fn records(names: &Names) -> Vec<Value> {
    vec![
        allow(
            "ReadConfiguration",
            &["s3:GetObject"],
            &[keys::CONFIG, keys::DEPLOY_LOCK].map(|key| record(names, key)),
        ),
        allow(
            "KeepTrack",
            &["s3:GetObject", "s3:PutObject"],
            &["state/*", keys::APPLY_LOCK].map(|key| record(names, key)),
        ),
        allow("KeepTrackToTheEnd", &["s3:DeleteObject"], &[record(names, "state/*")]),
    ]
}

/// What is made bears the stack's tag from the beginning. Of the services that choose ids: each
/// statement costs characters, so they share one.
fn make(config: &StackConfig, names: &Names) -> Vec<Value> {
    let of = |service| of_service(service, |kind: &Actions| kind.make);
    // Nothing that exists is part of these calls: no resource type (Service Authorization
    // Reference).
    let apart = [
        "datasync:CreateLocationEfs",
        "datasync:CreateLocationS3",
        "elasticfilesystem:CreateFileSystem",
    ];
    let (mut of_none, mut within): (Vec<&str>, Vec<&str>) =
        [of("ec2"), of("elasticfilesystem"), of("datasync")]
            .concat()
            .into_iter()
            .partition(|a| apart.contains(a));
    if matches!(config.file_system, FileSystemConfig::Existing(_)) {
        of_none.retain(|action| *action != "elasticfilesystem:CreateFileSystem");
    }
    // DataSync has no key for what is being made: any location or task could be tagged as ours.
    within.push("datasync:TagResource");
    let resources = [
        ("ec2", "*"),
        ("elasticfilesystem", "file-system/*"),
        ("datasync", "location/*"),
        ("datasync", "task/*"),
    ];
    let resources = resources.map(|(service, resource)| names.regional_arn(service, resource));
    let mut on_nothing = allow("MakeOnNothing", &of_none, &["*".to_owned()]);
    let mut make = allow("Make", &within, &resources);
    for statement in [&mut on_nothing, &mut make] {
        statement["Condition"] = bears("Request", names);
    }
    vec![on_nothing, make]
}

/// What changes or deletes what bears the stack's tag, or makes something within it.
fn own(names: &Names) -> Value {
    let of = |service| of_service(service, |kind: &Actions| kind.change);
    let mut actions = [of("ec2"), of("elasticfilesystem"), of("datasync")].concat();
    // Executions that somebody else started bear no tag.
    actions.retain(|action| *action != "datasync:CancelTaskExecution");
    // Its name is a tag that may drift. One that lost the stack's tag is not ours to IAM: no grant
    // could help it.
    actions.push("elasticfilesystem:TagResource");
    actions.extend(ec2::MADE_WITHIN);
    let services =
        ["ec2", "elasticfilesystem", "datasync"].map(|service| names.regional_arn(service, "*"));
    let mut own = allow("Own", &actions, &services);
    own["Condition"] = bears("Resource", names);
    own
}

fn file_systems(config: &StackConfig, names: &Names) -> Vec<Value> {
    // File systems and access points: EFS has nothing else with an ARN.
    let all = names.regional_arn("elasticfilesystem", "*");
    let mut tag = allow("TagNewFileSystem", &["elasticfilesystem:TagResource"], &[all]);
    let made = ["CreateAccessPoint", "CreateFileSystem"];
    tag["Condition"] = json!({ "StringEquals": { "elasticfilesystem:CreateAction": made } });
    let mut statements = vec![tag];
    if let FileSystemConfig::New(new) = &config.file_system
        && let Some(key) = &new.kms_key_arn
    {
        // What making a file system with a key takes (EFS User Guide, "Encrypting data at rest").
        let needed = ["kms:CreateGrant", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext"];
        let mut encrypt = allow("EncryptFileSystem", &needed, std::slice::from_ref(key));
        encrypt["Condition"] = via("elasticfilesystem", names);
        statements.push(encrypt);
    }
    statements
}

/// A bucket that the configuration brings is looked at only; our own may be there from before, and
/// goes then.
fn destination(config: &StackConfig, names: &Names) -> Vec<Value> {
    let ours = names.bucket_arn(&names.destination_bucket());
    let mut statements = vec![
        allow(
            "DestinationBucket",
            &actions::bucket(config.destination.bucket.is_some()),
            std::slice::from_ref(&ours),
        ),
        allow("EmptyDestinationBucket", actions::OBJECTS, &[format!("{ours}/*")]),
    ];
    if config.destination.bucket.is_some() {
        let theirs = names.bucket_arn(&config.destination_bucket(names));
        // DataSync asks for the location with the rights of whoever makes its own (S3 User Guide,
        // `GetBucketLocation`).
        let looked_at = ["s3:GetBucketLocation", "s3:GetBucketVersioning", "s3:ListBucket"];
        statements.push(allow("ExistingBucket", &looked_at, &[theirs]));
    }
    statements
}

/// An execution that somebody else started bears no tag of ours, and must be cancelled all the same
/// before the task can go.
fn end_executions(names: &Names) -> Value {
    allow(
        "EndExecutions",
        &["datasync:CancelTaskExecution"],
        &[names.regional_arn("datasync", "task/*/execution/*")],
    )
}

/// The stack's tag: in the `Request` that makes something, or on the `Resource` that exists.
fn bears(what: &str, names: &Names) -> Value {
    let tag = format!("aws:{what}Tag/{STACK_TAG}");
    json!({ "StringEquals": { tag: names.stack } })
}

#[cfg(test)]
pub(crate) mod tests;
