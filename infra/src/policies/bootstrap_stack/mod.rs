//! What `bootstrap-stack` may do: make what bears the stack's tags or name, and change that alone.
//!
//! EC2, EFS and DataSync choose ids, so what they make is limited by tags: `aws:RequestTag` for what is being made,
//! `aws:ResourceTag` for what exists (Service Authorization Reference of each). What has a name of ours is limited by it.

mod actions;
mod ec2;
mod names;

use pipeline::config::{FileSystem, StackConfig};
use pipeline::names::{Names, STACK_TAG};
use pipeline::records::keys;
use serde_json::{Value, json};
use stack::actions::of_service;

use super::{allow, publish_alerts, record, via};

pub(super) fn statements(config: &StackConfig, names: &Names) -> Vec<Value> {
    let mut statements = records(names);
    statements.push(allow("Look", actions::LOOK, &["*".to_owned()]));
    statements.extend(ec2::statements(config, names));
    statements.extend(file_systems(config, names));
    statements.extend(names::statements(config, names));
    statements.extend(destination(config, names));
    statements.extend(datasync(names));
    statements.push(publish_alerts(names));
    statements
}

/// The configuration, the lock of the command line and its own, the outputs, the progress, and the mark of unfinished work.
fn records(names: &Names) -> Vec<Value> {
    vec![
        allow("ReadConfiguration", &["s3:GetObject"], &[keys::CONFIG, keys::DEPLOY_LOCK].map(|key| record(names, key))),
        allow(
            "KeepTrack",
            &["s3:GetObject", "s3:PutObject"],
            &["state/*", keys::APPLY_LOCK].map(|key| record(names, key)),
        ),
        allow("KeepTrackToTheEnd", &["s3:DeleteObject"], &[record(names, "state/*")]),
    ]
}

fn file_systems(config: &StackConfig, names: &Names) -> Vec<Value> {
    let file_systems = names.regional_arn("elasticfilesystem", "file-system/*");
    // File systems and access points: EFS has nothing else with an ARN.
    let all = names.regional_arn("elasticfilesystem", "*");
    let make = of_service("elasticfilesystem", |kind| kind.make);
    // What does not exist has no ARN: Service Authorization Reference, no resource type.
    let (of_none, within): (Vec<&str>, Vec<&str>) = make.into_iter().partition(|action| action.ends_with("FileSystem"));
    let mut make = allow("MakeFileSystem", &of_none, &["*".to_owned()]);
    make["Condition"] = bears("Request", names);
    let mut make_within = allow("MakeAccessPoint", &within, &[file_systems]);
    make_within["Condition"] = bears("Request", names);
    let mut tag = allow("TagNewFileSystem", &["elasticfilesystem:TagResource"], std::slice::from_ref(&all));
    let made = ["CreateAccessPoint", "CreateFileSystem"];
    tag["Condition"] = json!({ "StringEquals": { "elasticfilesystem:CreateAction": made } });
    let mut change = of_service("elasticfilesystem", |kind| kind.change);
    // A file system that lost its tags is not ours to IAM: no grant on its tags could help it.
    change.retain(|action| *action != "elasticfilesystem:TagResource");
    let mut statements = vec![make, make_within, tag, on_our_own(names, "OwnFileSystem", &change, &all)];
    if let FileSystem::New(new) = &config.file_system
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

/// A bucket that the configuration brings is looked at only; our own may be there from before, and goes then.
fn destination(config: &StackConfig, names: &Names) -> Vec<Value> {
    let ours = names.bucket_arn(&names.destination_bucket());
    let mut statements = vec![
        allow("DestinationBucket", &actions::bucket(), std::slice::from_ref(&ours)),
        allow("EmptyDestinationBucket", actions::OBJECTS, &[format!("{ours}/*")]),
    ];
    if config.destination.bucket.is_some() {
        let theirs = names.bucket_arn(&config.destination_bucket(names));
        // DataSync asks for the location with the rights of whoever makes its own (S3 User Guide, `GetBucketLocation`).
        let looked_at = ["s3:GetBucketLocation", "s3:GetBucketVersioning", "s3:ListBucket"];
        statements.push(allow("ExistingBucket", &looked_at, &[theirs]));
    }
    statements
}

/// Ids come from DataSync: what is made must bear our tags, what is changed bears them.
///
/// `TagResource` can't be limited to what is being made: DataSync has no key for that (Service Authorization Reference). What
/// bears another stack's tag is out of its reach, what bears none is not. An execution that somebody else started bears no tag of ours, and must be
/// cancelled all the same before the task can go.
fn datasync(names: &Names) -> Vec<Value> {
    let of = |resource: &str| names.regional_arn("datasync", resource);
    let mut make = allow("MakeLocations", &["datasync:CreateLocation*"], &["*".to_owned()]);
    make["Condition"] = bears("Request", names);
    let tagged = ["datasync:CreateTask", "datasync:TagResource"];
    let mut make_task = allow("MakeTask", &tagged, &["location/*", "task/*"].map(of));
    make_task["Condition"] = bears("Request", names);
    make_task["Condition"]["StringEqualsIfExists"] = bears("Resource", names)["StringEquals"].clone();
    let mut change = of_service("datasync", |kind| kind.change);
    change.retain(|action| *action != "datasync:CancelTaskExecution");
    vec![
        allow("LookAtDataSync", &["datasync:Describe*", "datasync:List*"], &["*".to_owned()]),
        make,
        make_task,
        allow("EndExecutions", &["datasync:CancelTaskExecution"], &[of("task/*/execution/*")]),
        on_our_own(names, "OwnLocationsAndTask", &change, &of("*")),
    ]
}

/// What changes or deletes, on resources that bear the stack's tag only.
fn on_our_own(names: &Names, sid: &str, actions: &[&str], resource: &str) -> Value {
    let mut statement = allow(sid, actions, &[resource.to_owned()]);
    statement["Condition"] = bears("Resource", names);
    statement
}

/// The stack's tag: in the `Request` that makes something, or on the `Resource` that exists.
fn bears(what: &str, names: &Names) -> Value {
    let tag = format!("aws:{what}Tag/{STACK_TAG}");
    json!({ "StringEquals": { tag: names.stack } })
}

#[cfg(test)]
pub(crate) mod tests;
