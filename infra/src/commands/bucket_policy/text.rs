//! The duties of a bucket's owner as text, with the commands to run.
//!
//! Sources: DataSync User Guide, "Tutorial: Transferring data between Amazon S3 buckets across AWS
//! accounts", steps 2 and 3; AWS CLI Command Reference of each command.

use std::fmt::Write;

use anyhow::Result;
use serde_json::Value;

use super::document::OwnerDuties;

/// The characters of a bucket policy, 20 KB (S3 User Guide, "Bucket policies for Amazon S3").
const POLICY_LIMIT: usize = 20 * 1024;

pub(super) fn duties_text(duties: &OwnerDuties) -> Result<String> {
    let OwnerDuties { bucket, account, region, .. } = duties;
    let Some(policy) = &duties.policy else {
        return Ok(format!(
            "The bucket {bucket} is in the account of the stack, {account}:\nthe policies of the \
                roles are enough, and it needs no bucket policy.\n"
        ));
    };
    let syncs: Vec<&str> = duties.syncs.iter().map(|sync| sync.as_str()).collect();
    let mut text = format!(
        "The bucket {bucket} in {region} belongs to the account {account}, which efs-s3 never \
            changes.\nIts owner runs these commands with credentials of that account, for: {}.\n",
        syncs.join(", ")
    );
    write_settings(&mut text, bucket)?;
    write_policy(&mut text, bucket, policy)?;
    if let (Some(key), Some(policy)) = (&duties.key_arn, &duties.key_policy) {
        write_key(&mut text, bucket, key, policy)?;
    }
    text.push_str(
        "\nPeople who run versions, get and restore read the bucket too: name their role with \
            --principal.\n",
    );
    text.push_str("Then `efs-s3 plan` says whether anything is missing.\n");
    Ok(text)
}

fn write_settings(text: &mut String, bucket: &str) -> Result<()> {
    writeln!(
        text,
        "\nVersioning, which every proof needs:\n  aws s3api put-bucket-versioning --bucket \
            {bucket} --versioning-configuration Status=Enabled"
    )?;
    writeln!(
        text,
        "\nDisabled access control lists: otherwise another account owns what DataSync \
            writes:\n  aws s3api put-bucket-ownership-controls --bucket {bucket} \
            --ownership-controls 'Rules=[{{ObjectOwnership=BucketOwnerEnforced}}]'"
    )?;
    Ok(())
}

fn write_policy(text: &mut String, bucket: &str, policy: &Value) -> Result<()> {
    writeln!(
        text,
        "\nThe bucket policy, as bucket-policy.json. The command replaces a whole policy: add \
            the\nstatements of the present one first (aws s3api get-bucket-policy --bucket \
            {bucket}).\n  aws s3api put-bucket-policy --bucket {bucket} --policy \
            file://bucket-policy.json\n{}",
        serde_json::to_string_pretty(policy)?
    )?;
    let size = policy.to_string().len();
    if size > POLICY_LIMIT {
        writeln!(
            text,
            "This policy has {size} characters, and S3 takes {POLICY_LIMIT} in a bucket policy: \
                let fewer syncs write to this bucket."
        )?;
    }
    Ok(())
}

fn write_key(text: &mut String, bucket: &str, key: &str, policy: &Value) -> Result<()> {
    writeln!(
        text,
        "\nThe key of the bucket:\n  aws s3api put-bucket-encryption --bucket {bucket} \
            --server-side-encryption-configuration \
            'Rules=[{{ApplyServerSideEncryptionByDefault={{SSEAlgorithm=aws:kms,\
            KMSMasterKeyID={key}}},BucketKeyEnabled=true}}]'"
    )?;
    writeln!(
        text,
        "\nThe statements for the policy of the key, beside those that it has (aws kms \
            get-key-policy\n--key-id {key} --policy-name default), as key-policy.json:\n  aws kms \
            put-key-policy --key-id {key} --policy-name default --policy \
            file://key-policy.json\n{}",
        serde_json::to_string_pretty(policy)?
    )?;
    Ok(())
}
