//! What the owner of a bucket in another account must allow. Pure.
//!
//! Across accounts both sides must allow a call: the role's own policy and the policy of the bucket
//! (IAM User Guide, "Cross-account resource access in IAM"). The statements are those of our roles
//! for this bucket, so that both sides say the same.

use domain::config::ResolvedSync;
use domain::function::FunctionName;
use domain::names::Names;
use domain::sync_name::SyncName;
use domain::sync_role::BucketRoles;
use serde_json::{Value, json};

use super::{destination_access, policy_document, restore_access, through_destination_s3};

/// The statements that a bucket of another account needs for one sync with these roles. They go
/// beside what the bucket's policy has already.
///
/// Sources: DataSync User Guide, "Tutorial: Transferring data between Amazon S3 buckets across AWS
/// accounts", steps 1 and 2; S3 API reference, `HeadObject` and `ListObjectVersions`, for the
/// verification.
#[must_use]
pub fn bucket_policy(sync: &ResolvedSync, roles: &BucketRoles, names: &Names) -> Value {
    let config = &sync.config;
    let bucket = names.bucket_arn(&config.destination_bucket(names));
    let objects = format!("{bucket}/{}*", config.destination.prefix);
    let writing = destination_access(names, &[config]);
    // Of the file system nothing goes into this policy.
    let restoring = restore_access(names, &[config], "");
    let (destination, restore) = (roles.destination_arn(names), roles.restore_arn(names));
    let verify = names.role_arn(FunctionName::VerifyVersions.name());
    let mut statements = Vec::new();
    for statement in statements_on(&writing, &bucket) {
        statements.push(for_role("DataSync", names, &destination, statement));
    }
    for statement in statements_on(&restoring, &bucket) {
        statements.push(for_role("Restore", names, &restore, statement));
    }
    let verifying = [
        json!({ "Sid": "ReadObjects", "Action": VERIFYING, "Resource": objects }),
        json!({ "Sid": "ListVersions", "Action": LISTING_VERSIONS, "Resource": bucket }),
    ];
    for statement in &verifying {
        statements.push(for_role("Verify", names, &verify, statement));
    }
    statements.push(read_settings(names, &bucket));
    policy_document(&statements.into_iter().map(|one| of_sync(one, &sync.name)).collect::<Vec<_>>())
}

/// The statements that the policy of the bucket's key needs; `None` without a key.
///
/// Source: KMS Developer Guide, "Allowing users in other accounts to use a KMS key": the key's
/// policy and the caller's own must both allow it.
#[must_use]
pub fn key_policy(sync: &ResolvedSync, roles: &BucketRoles, names: &Names) -> Option<Value> {
    let config = &sync.config;
    let key = config.destination.kms_key_arn.as_ref()?;
    let (writing, restoring) =
        (destination_access(names, &[config]), restore_access(names, &[config], ""));
    let roles = [
        ("DataSync", roles.destination_arn(names), &writing),
        ("Restore", roles.restore_arn(names), &restoring),
    ];
    let mut statements = Vec::new();
    for (who, role, access) in roles {
        for statement in statements_on(access, key) {
            let mut allowed = for_role(who, names, &role, statement);
            // In the policy of a key, `*` is the key itself.
            allowed["Resource"] = json!("*");
            let through = through_destination_s3(names, config);
            allowed["Condition"]["StringEquals"] = through["StringEquals"].clone();
            statements.push(of_sync(allowed, &sync.name));
        }
    }
    Some(policy_document(&statements))
}

const VERIFYING: [&str; 2] = ["s3:GetObject", "s3:GetObjectVersion"];
const LISTING_VERSIONS: [&str; 2] = ["s3:ListBucket", "s3:ListBucketVersions"];
/// The reads of the preflight, and `s3:ListBucket`, which DataSync asks of the caller that creates
/// a location (terraform-provider-aws, issue 21974). A bucket's policy can't be read from another
/// account (S3 API reference, `GetBucketPolicy`: 405).
const CHECKING: [&str; 5] = [
    "s3:GetBucketLocation",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketVersioning",
    "s3:GetEncryptionConfiguration",
    "s3:ListBucket",
];

/// Lets whoever deploys the stack see that the bucket is as it must be: `bootstrap-stack`, and the
/// people who plan, as far as the policies of their own account let them.
fn read_settings(names: &Names, bucket: &str) -> Value {
    json!({
        "Sid": "ReadSettings",
        "Effect": "Allow",
        "Principal": { "AWS": account_root(names) },
        "Action": CHECKING,
        "Resource": bucket,
    })
}

fn account_root(names: &Names) -> String {
    format!("arn:{}:iam::{}:root", names.partition(), names.account)
}

/// The statements of a policy about a resource and what is in it.
fn statements_on<'a>(policy: &'a Value, arn: &str) -> impl Iterator<Item = &'a Value> {
    let is_about = move |resource: &Value| {
        let rest = resource.as_str().and_then(|resource| resource.strip_prefix(arn));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let statements = policy["Statement"].as_array().into_iter().flatten();
    statements.filter(move |statement| match &statement["Resource"] {
        Value::Array(resources) => resources.iter().any(&is_about),
        resource => is_about(resource),
    })
}

/// The statement for one role of ours.
///
/// The principal is the account, and the condition the role: S3 refuses a policy that names a role
/// that does not exist yet as principal, and a role that is created again would not be the same
/// principal (IAM User Guide, "AWS JSON policy elements: Principal", "IAM role principals"; "AWS
/// global condition context keys", `aws:PrincipalArn`).
fn for_role(who: &str, names: &Names, role_arn: &str, statement: &Value) -> Value {
    json!({
        "Sid": format!("{who}{}", statement["Sid"].as_str().unwrap_or_default()),
        "Effect": "Allow",
        "Principal": { "AWS": account_root(names) },
        "Action": statement["Action"],
        "Resource": statement["Resource"],
        "Condition": { "ArnEquals": { "aws:PrincipalArn": role_arn } },
    })
}

/// The id of a statement occurs once in a policy, and several syncs may write to one bucket.
fn of_sync(mut statement: Value, sync: &SyncName) -> Value {
    if !sync.is_default() {
        let capitalised = sync.as_str().split('-').map(|word| {
            let (first, rest) = word.split_at(word.len().min(1));
            format!("{}{rest}", first.to_ascii_uppercase())
        });
        let id = statement["Sid"].as_str().unwrap_or_default();
        statement["Sid"] = json!(format!("{id}{}", capitalised.collect::<String>()));
    }
    statement
}

#[cfg(test)]
mod tests {
    use super::super::statement_lines;
    use super::*;
    use domain::config::StackConfig;

    use crate::testing::{config_with, stack_names};

    fn vault_config() -> StackConfig {
        let mut config = config_with("");
        config.destination.bucket = Some("vault".to_owned());
        config.destination.account = Some("999900001111".to_owned());
        config.destination.region = Some("eu-west-1".to_owned());
        config
    }

    fn vault() -> ResolvedSync {
        ResolvedSync { name: SyncName::parse("home-2").unwrap(), config: vault_config() }
    }

    fn roles_of(sync: &ResolvedSync) -> BucketRoles {
        BucketRoles::of_sync(&config_with(""), &sync.config, &stack_names())
    }

    #[test]
    fn every_role_is_allowed_what_its_own_policy_allows() {
        let policy = bucket_policy(&vault(), &roles_of(&vault()), &stack_names());
        insta::assert_snapshot!(statement_lines(&policy), @r#"
        Sid: "DataSyncFindObjectsHome2"
        Effect: "Allow"
        Principal: {"AWS":"arn:aws:iam::111122223333:root"}
        Action: ["s3:GetBucketLocation","s3:ListBucket","s3:ListBucketMultipartUploads"]
        Resource: "arn:aws:s3:::vault"
        Condition: {"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/backup-write.e6f0a1fbb43c8919-eu-central-1"}}
        Sid: "DataSyncCopyObjectsHome2"
        Effect: "Allow"
        Principal: {"AWS":"arn:aws:iam::111122223333:root"}
        Action: ["s3:AbortMultipartUpload","s3:GetObject","s3:GetObjectTagging","s3:GetObjectVersion","s3:GetObjectVersionTagging","s3:ListMultipartUploadParts","s3:PutObject","s3:PutObjectTagging"]
        Resource: "arn:aws:s3:::vault/files/*"
        Condition: {"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/backup-write.e6f0a1fbb43c8919-eu-central-1"}}
        Sid: "DataSyncDeleteObjectsHome2"
        Effect: "Allow"
        Principal: {"AWS":"arn:aws:iam::111122223333:root"}
        Action: "s3:DeleteObject"
        Resource: ["arn:aws:s3:::vault/files/.aws-datasync/*","arn:aws:s3:::vault/files/*/.aws-datasync/*"]
        Condition: {"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/backup-write.e6f0a1fbb43c8919-eu-central-1"}}
        Sid: "RestoreFindObjectsHome2"
        Effect: "Allow"
        Principal: {"AWS":"arn:aws:iam::111122223333:root"}
        Action: ["s3:GetBucketLocation","s3:ListBucket","s3:ListBucketMultipartUploads"]
        Resource: "arn:aws:s3:::vault"
        Condition: {"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/backup-restore.f5ee9dfd8b665325-eu-central-1"}}
        Sid: "RestoreReadVersionsHome2"
        Effect: "Allow"
        Principal: {"AWS":"arn:aws:iam::111122223333:root"}
        Action: ["s3:GetObject","s3:GetObjectTagging","s3:GetObjectVersion","s3:GetObjectVersionTagging","s3:ListMultipartUploadParts"]
        Resource: "arn:aws:s3:::vault/files/*"
        Condition: {"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/backup-restore.f5ee9dfd8b665325-eu-central-1"}}
        Sid: "VerifyReadObjectsHome2"
        Effect: "Allow"
        Principal: {"AWS":"arn:aws:iam::111122223333:root"}
        Action: ["s3:GetObject","s3:GetObjectVersion"]
        Resource: "arn:aws:s3:::vault/files/*"
        Condition: {"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/backup-verify-versions-eu-central-1"}}
        Sid: "VerifyListVersionsHome2"
        Effect: "Allow"
        Principal: {"AWS":"arn:aws:iam::111122223333:root"}
        Action: ["s3:ListBucket","s3:ListBucketVersions"]
        Resource: "arn:aws:s3:::vault"
        Condition: {"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/backup-verify-versions-eu-central-1"}}
        Sid: "ReadSettingsHome2"
        Effect: "Allow"
        Principal: {"AWS":"arn:aws:iam::111122223333:root"}
        Action: ["s3:GetBucketLocation","s3:GetBucketOwnershipControls","s3:GetBucketVersioning","s3:GetEncryptionConfiguration","s3:ListBucket"]
        Resource: "arn:aws:s3:::vault"
        "#);
    }

    #[test]
    fn the_key_is_used_by_the_two_roles_through_s3_alone() {
        let mut sync = vault();
        assert_eq!(key_policy(&sync, &roles_of(&sync), &stack_names()), None);
        sync.name = SyncName::default();
        sync.config.destination.kms_key_arn =
            Some("arn:aws:kms:eu-west-1:999900001111:key/1".to_owned());
        let policy = key_policy(&sync, &BucketRoles::default(), &stack_names()).unwrap();
        insta::assert_snapshot!(statement_lines(&policy), @r#"
        Sid: "DataSyncUseKey"
        Effect: "Allow"
        Principal: {"AWS":"arn:aws:iam::111122223333:root"}
        Action: ["kms:Decrypt","kms:Encrypt","kms:GenerateDataKey","kms:ReEncrypt*"]
        Resource: "*"
        Condition: {"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/backup-datasync-destination-eu-central-1"},"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}}
        Sid: "RestoreDecrypt"
        Effect: "Allow"
        Principal: {"AWS":"arn:aws:iam::111122223333:root"}
        Action: "kms:Decrypt"
        Resource: "*"
        Condition: {"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/backup-datasync-restore-eu-central-1"},"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}}
        "#);
    }
}
