//! The role of restores: it reads versions and the manifest, writes files and the restore's
//! report, nothing else.

use domain::config::StackConfig;
use domain::names::Names;
use domain::records::keys;
use serde_json::{Value, json};

use super::datasync::LISTING;
use super::prefixes::Prefixes;
use super::{allow_in_account, allow_statement, policy_document, through_destination_s3};

/// Reading every version below the prefixes of the syncs that share the bucket, writing to their
/// file system as root and through TLS (DataSync User Guide, "Required permissions" of a source
/// bucket, "Configuring your DataSync transfer with Amazon EFS", "Providing DataSync access to your
/// manifest").
pub(crate) fn restore_access(
    names: &Names,
    sharing: &[&StackConfig],
    file_system_arn: &str,
) -> Value {
    let [config, ..] = sharing else { return Value::Null };
    let bucket = names.bucket_arn(&config.destination_bucket(names));
    let owner = config.destination.bucket_account(&names.account);
    Prefixes::of_syncs(&bucket, sharing).fit_policy(|prefixes| {
        let mut statements = vec![
            allow_in_account(owner, "FindObjects", &json!(LISTING), &json!(bucket)),
            allow_in_account(owner, "ReadVersions", &json!(READING), &prefixes.objects()),
        ];
        statements.extend(use_records(names));
        statements.push(write_files(file_system_arn));
        statements.extend(decrypt_objects(names, config));
        policy_document(&statements)
    })
}

const READING: [&str; 5] = [
    "s3:GetObject",
    "s3:GetObjectTagging",
    "s3:GetObjectVersion",
    "s3:GetObjectVersionTagging",
    "s3:ListMultipartUploadParts",
];

fn use_records(names: &Names) -> [Value; 2] {
    let records = names.bucket_arn(&names.records_bucket());
    let below = |prefix: &str| json!(format!("{records}/{prefix}*"));
    let manifest = json!(["s3:GetObject", "s3:GetObjectVersion"]);
    let (manifests, reports) = (below(keys::MANIFESTS_PREFIX), below(keys::RESTORE_REPORTS_PREFIX));
    [
        allow_in_account(&names.account, "ReadManifest", &manifest, &manifests),
        allow_in_account(&names.account, "WriteReports", &json!("s3:PutObject"), &reports),
    ]
}

fn write_files(file_system_arn: &str) -> Value {
    let writing = json!([
        "elasticfilesystem:ClientMount",
        "elasticfilesystem:ClientRootAccess",
        "elasticfilesystem:ClientWrite"
    ]);
    let mut files = allow_statement("WriteFileSystem", &writing, &json!(file_system_arn));
    files["Condition"] = json!({ "Bool": { "aws:SecureTransport": "true" } });
    files
}

fn decrypt_objects(names: &Names, config: &StackConfig) -> Option<Value> {
    let key = config.destination.kms_key_arn.as_ref()?;
    let mut decrypt = allow_statement("Decrypt", &json!("kms:Decrypt"), &json!(key));
    decrypt["Condition"] = through_destination_s3(names, config);
    Some(decrypt)
}

#[cfg(test)]
mod tests {
    use super::super::statement_lines;
    use super::*;
    use crate::testing::{stack_names, test_config};

    /// Held against what AWS documents for a source bucket, an EFS destination, a manifest and a
    /// report (the pages named above): all of that and nothing beyond.
    #[test]
    fn each_right_on_what_it_is_for() {
        insta::assert_snapshot!(statement_lines(&restore_access(&stack_names(), &[&test_config()], "arn:fs")), @r#"
        Sid: "FindObjects"
        Effect: "Allow"
        Action: ["s3:GetBucketLocation","s3:ListBucket","s3:ListBucketMultipartUploads"]
        Resource: "arn:aws:s3:::backup-data-111122223333-eu-central-1"
        Condition: {"StringEquals":{"aws:ResourceAccount":"111122223333"}}
        Sid: "ReadVersions"
        Effect: "Allow"
        Action: ["s3:GetObject","s3:GetObjectTagging","s3:GetObjectVersion","s3:GetObjectVersionTagging","s3:ListMultipartUploadParts"]
        Resource: "arn:aws:s3:::backup-data-111122223333-eu-central-1/files/*"
        Condition: {"StringEquals":{"aws:ResourceAccount":"111122223333"}}
        Sid: "ReadManifest"
        Effect: "Allow"
        Action: ["s3:GetObject","s3:GetObjectVersion"]
        Resource: "arn:aws:s3:::backup-records-111122223333-eu-central-1/manifests/*"
        Condition: {"StringEquals":{"aws:ResourceAccount":"111122223333"}}
        Sid: "WriteReports"
        Effect: "Allow"
        Action: "s3:PutObject"
        Resource: "arn:aws:s3:::backup-records-111122223333-eu-central-1/restores/*"
        Condition: {"StringEquals":{"aws:ResourceAccount":"111122223333"}}
        Sid: "WriteFileSystem"
        Effect: "Allow"
        Action: ["elasticfilesystem:ClientMount","elasticfilesystem:ClientRootAccess","elasticfilesystem:ClientWrite"]
        Resource: "arn:fs"
        Condition: {"Bool":{"aws:SecureTransport":"true"}}
        "#);
    }

    #[test]
    fn the_bucket_is_only_read() {
        let policy = restore_access(&stack_names(), &[&test_config()], "arn:fs");
        let data = stack_names().bucket_arn(&stack_names().destination_bucket());
        for statement in policy["Statement"].as_array().unwrap() {
            let (actions, resource) =
                (statement["Action"].to_string(), statement["Resource"].to_string());
            if resource.contains(&data) {
                assert!(!actions.contains("Put") && !actions.contains("Delete"), "{statement}");
            }
            assert!(!actions.contains('*') && statement["Resource"] != json!("*"), "{statement}");
        }
    }
}
