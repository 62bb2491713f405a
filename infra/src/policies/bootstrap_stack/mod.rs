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

use super::{allow, publish_alerts, record, via};

pub(super) fn statements(config: &StackConfig, names: &Names) -> Vec<Value> {
    let mut statements = records(names);
    statements.push(allow("Look", actions::LOOK, &["*".to_owned()]));
    statements.extend(ec2::statements(config, names));
    statements.extend(file_systems(config, names));
    statements.extend(names::statements(names));
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
    // File systems and access points: EFS has nothing else with an ARN.
    let all = names.regional_arn("elasticfilesystem", "*");
    let mut make = allow("MakeFileSystem", &actions::all(actions::EFS, |kind| kind.make), std::slice::from_ref(&all));
    make["Condition"] = bears("Request", names);
    let mut tag = allow("TagNewFileSystem", &["elasticfilesystem:TagResource"], std::slice::from_ref(&all));
    let made = ["CreateAccessPoint", "CreateFileSystem"];
    tag["Condition"] = json!({ "StringEquals": { "elasticfilesystem:CreateAction": made } });
    let change = actions::all(actions::EFS, |kind| kind.change);
    let mut statements = vec![make, tag, on_our_own(names, "OwnFileSystem", &change, &all)];
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
    let objects = ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload"];
    let mut statements = vec![
        allow("DestinationBucket", actions::S3, std::slice::from_ref(&ours)),
        allow("EmptyDestinationBucket", &objects, &[format!("{ours}/*")]),
    ];
    if config.destination.bucket.is_some() {
        let theirs = names.bucket_arn(&config.destination_bucket(names));
        statements.push(allow("ExistingBucket", &["s3:GetBucketVersioning", "s3:ListBucket"], &[theirs]));
    }
    statements
}

fn datasync(names: &Names) -> Vec<Value> {
    let all = names.regional_arn("datasync", "*");
    vec![
        allow("DataSync", actions::DATASYNC, &["*".to_owned()]),
        on_our_own(names, "OwnLocationsAndTask", actions::OWN_DATASYNC, &all),
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
pub(super) mod tests;
