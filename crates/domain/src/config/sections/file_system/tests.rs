//! Refused settings of new and existing file systems.

use crate::config::refusal_tests::describe_refusals;

pub(in crate::config) const KMS_KEYS: &[&str] = &[
    "[file_system]\nkms_key_arn = \"alias/files\"",
    "[file_system]\nkms_key_arn = \"1234abcd-12ab-34cd-56ef-1234567890ab\"",
    "[file_system]\nkms_key_arn = \"arn:aws:kms:eu-central-1:111122223333:alias/files\"",
    "[file_system]\nkms_key_arn = \
        \"arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab\"",
    "[file_system]\nkms_key_arn = \
        \"arn:aws-cn:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab\"",
    "[file_system]\nkms_key_arn = \
        \"arn:aws:kms:eu-central-1:1111:key/1234abcd-12ab-34cd-56ef-1234567890ab\"",
    "[file_system]\nkms_key_arn = \"arn:aws:kms:eu-central-1:111122223333:key/files\"",
];

pub(in crate::config) const NEW: &[&str] = &[
    "[file_system]\nthroughput_mode = \"provisioned\"",
    "[file_system]\nthroughput_mode = \"ELASTIC\"",
    "[file_system]\ntransition_to_ia_days = 10",
    "[file_system]\ntransition_to_ia_days = \"AFTER_30_DAYS\"",
    "[file_system]\nbackup = 1",
    "[file_system]\nencrypted = false",
    "[file_system]\nsecurity_group_ids = [\"sg-00000001\"]",
];

pub(in crate::config) const IDS: &[&str] = &[
    "[file_system]\nid = \"fs-00000001\"\nsecurity_group_ids = [\"sg-00000001\"]",
    "[network]\nvpc_id = \"vpc-00000001\"\nsubnet_ids = [\"subnet-00000001\"]\n[file_system]\nid \
        = \"fs-1\"\nsecurity_group_ids = [\"sg-00000001\"]",
    "[network]\nvpc_id = \"vpc-00000001\"\nsubnet_ids = [\"subnet-00000001\"]\n[file_system]\nid \
        = \"arn:aws:elasticfilesystem:eu-central-1:111122223333:file-system/fs-00000001\"\nsecurity_group_ids = [\"sg-00000001\"]",
    "[network]\nvpc_id = \"vpc-00000001\"\nsubnet_ids = [\"subnet-00000001\"]\n[file_system]\nid \
        = \"fs-00000001\"",
];

pub(in crate::config) const SECURITY_GROUPS: &[&str] = &[
    "[network]\nvpc_id = \"vpc-00000001\"\nsubnet_ids = [\"subnet-00000001\"]\n[file_system]\nid \
        = \"fs-00000001\"\nsecurity_group_ids = []",
    "[network]\nvpc_id = \"vpc-00000001\"\nsubnet_ids = [\"subnet-00000001\"]\n[file_system]\nid \
        = \"fs-00000001\"\nsecurity_group_ids = [\"default\"]",
    "[network]\nvpc_id = \"vpc-00000001\"\nsubnet_ids = [\"subnet-00000001\"]\n[file_system]\nid \
        = \"fs-00000001\"\nsecurity_group_ids = [\"sg-00000001\", \"sg-00000001\"]",
    "[network]\nvpc_id = \"vpc-00000001\"\nsubnet_ids = [\"subnet-00000001\"]\n[file_system]\nid \
        = \"fs-00000001\"\nsecurity_group_ids = [\"sg-00000001\", \"sg-00000002\", \
        \"sg-00000003\", \"sg-00000004\", \"sg-00000005\", \"sg-00000006\"]",
];

pub(in crate::config) const EXISTING: &[&str] = &[
    "[network]\nvpc_id = \"vpc-00000001\"\nsubnet_ids = [\"subnet-00000001\"]\n[file_system]\nid \
        = \"fs-00000001\"\nsecurity_group_ids = [\"sg-00000001\"]\nbackup = true",
    "[network]\nvpc_id = \"vpc-00000001\"\nsubnet_ids = [\"subnet-00000001\"]\n[file_system]\nid \
        = \"fs-00000001\"\nsecurity_group_ids = [\"sg-00000001\"]\nthroughput_mode = \
        \"elastic\"\nkms_key_arn = \
        \"arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab\"",
    "[network]\nvpc_id = 7\nsubnet_ids = [\"subnet-00000001\"]\n[file_system]\nid = \
        \"fs-00000001\"\nsecurity_group_ids = [\"sg-00000001\"]",
];

#[test]
fn refused_kms_keys() {
    insta::assert_snapshot!(describe_refusals(KMS_KEYS), @r#"
    [file_system] kms_key_arn = "alias/files"
        file_system.kms_key_arn = "alias/files": must be the ARN of a KMS key, arn:aws:kms:eu-central-1:ACCOUNT:key/ID: AWS reports a key only by its ARN
    [file_system] kms_key_arn = "1234abcd-12ab-34cd-56ef-1234567890ab"
        file_system.kms_key_arn = "1234abcd-12ab-34cd-56ef-1234567890ab": must be the ARN of a KMS key, arn:aws:kms:eu-central-1:ACCOUNT:key/ID: AWS reports a key only by its ARN
    [file_system] kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:alias/files"
        file_system.kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:alias/files": must be the ARN of the key, arn:aws:kms:eu-central-1:ACCOUNT:key/ID, not of an alias: an alias can be moved to another key
    [file_system] kms_key_arn = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        file_system.kms_key_arn = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab": must be the ARN of a key in eu-central-1, arn:aws:kms:eu-central-1:ACCOUNT:key/ID: services use only keys of their own region
    [file_system] kms_key_arn = "arn:aws-cn:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        file_system.kms_key_arn = "arn:aws-cn:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab": must be the ARN of a key in eu-central-1, arn:aws:kms:eu-central-1:ACCOUNT:key/ID: services use only keys of their own region
    [file_system] kms_key_arn = "arn:aws:kms:eu-central-1:1111:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        file_system.kms_key_arn = "arn:aws:kms:eu-central-1:1111:key/1234abcd-12ab-34cd-56ef-1234567890ab": must be the ARN of a KMS key, arn:aws:kms:eu-central-1:ACCOUNT:key/ID, with 12 digits and the key's id; see `aws kms list-keys`
    [file_system] kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/files"
        file_system.kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/files": must be the ARN of a KMS key, arn:aws:kms:eu-central-1:ACCOUNT:key/ID, with 12 digits and the key's id; see `aws kms list-keys`
    "#);
}

#[test]
fn a_new_file_system() {
    insta::assert_snapshot!(describe_refusals(NEW), @r#"
    [file_system] throughput_mode = "provisioned"
        file_system.throughput_mode = "provisioned": must be one of elastic, bursting
    [file_system] throughput_mode = "ELASTIC"
        file_system.throughput_mode = "ELASTIC": must be one of elastic, bursting
    [file_system] transition_to_ia_days = 10
        file_system.transition_to_ia_days = 10: must be one of the days that EFS offers: 1, 7, 14, 30, 60, 90, 180, 270, 365; remove the key to keep all files in Standard
    [file_system] transition_to_ia_days = "AFTER_30_DAYS"
        file_system.transition_to_ia_days = "AFTER_30_DAYS": must be a whole number without quotes
    [file_system] backup = 1
        file_system.backup = 1: must be true or false, without quotes
    [file_system] encrypted = false
        file_system.encrypted = false: is not a known key; known keys: kms_key_arn, throughput_mode, transition_to_ia_days, backup, security_group_ids, id
    [file_system] security_group_ids = ["sg-00000001"]
        file_system.security_group_ids = ["sg-00000001"]: needs file_system.id: a new file system has its own security groups; remove this key, or set file_system.id
    "#);
}

#[test]
fn refused_file_system_ids() {
    insta::assert_snapshot!(describe_refusals(IDS), @r#"
    [file_system] id = "fs-00000001" security_group_ids = ["sg-00000001"]
        file_system.id = "fs-00000001": needs network.vpc_id: its mount targets are in an existing VPC, which a new VPC can't reach; write network.vpc_id and network.subnet_ids
    [network] vpc_id = "vpc-00000001" subnet_ids = ["subnet-00000001"] [file_system] id = "fs-1" security_group_ids = ["sg-00000001"]
        file_system.id = "fs-1": must be the id of a file system, fs- and 8 or 17 hexadecimal digits; `aws efs describe-file-systems` lists them
    [network] vpc_id = "vpc-00000001" subnet_ids = ["subnet-00000001"] [file_system] id = "arn:aws:elasticfilesystem:eu-central-1:111122223333:file-system/fs-00000001" security_group_ids = ["sg-00000001"]
        file_system.id = "arn:aws:elasticfilesystem:eu-central-1:111122223333:file-system/fs-00000001": must be the id of a file system, fs- and 8 or 17 hexadecimal digits; `aws efs describe-file-systems` lists them
    [network] vpc_id = "vpc-00000001" subnet_ids = ["subnet-00000001"] [file_system] id = "fs-00000001"
        file_system.security_group_ids: is required and missing: the security groups of DataSync's network interfaces
    "#);
}

#[test]
fn refused_security_groups() {
    insta::assert_snapshot!(describe_refusals(SECURITY_GROUPS), @r#"
    [network] vpc_id = "vpc-00000001" subnet_ids = ["subnet-00000001"] [file_system] id = "fs-00000001" security_group_ids = []
        file_system.security_group_ids = []: must be 1 to 5 ids, a limit of DataSync; the security groups of the mount targets must allow them on TCP port 2049
    [network] vpc_id = "vpc-00000001" subnet_ids = ["subnet-00000001"] [file_system] id = "fs-00000001" security_group_ids = ["default"]
        file_system.security_group_ids = "default": must be sg- and 8 or 17 hexadecimal digits: a rule of AWS for ids
    [network] vpc_id = "vpc-00000001" subnet_ids = ["subnet-00000001"] [file_system] id = "fs-00000001" security_group_ids = ["sg-00000001", "sg-00000001"]
        file_system.security_group_ids = "sg-00000001": is listed twice; remove one of them
    [network] vpc_id = "vpc-00000001" subnet_ids = ["subnet-00000001"] [file_system] id = "fs-00000001" security_group_ids = ["sg-00000001", "sg-00000002", "sg-00000003", "sg-00000004", "sg-00000005", "sg-00000006"]
        file_system.security_group_ids = ["sg-00000001", "sg-00000002", "sg-00000003", "sg-00000004", "sg-00000005", "sg-00000006"]: must be 1 to 5 ids, a limit of DataSync; the security groups of the mount targets must allow them on TCP port 2049
    "#);
}

#[test]
fn keys_of_a_new_file_system_beside_an_existing_one() {
    insta::assert_snapshot!(describe_refusals(EXISTING), @r#"
    [network] vpc_id = "vpc-00000001" subnet_ids = ["subnet-00000001"] [file_system] id = "fs-00000001" security_group_ids = ["sg-00000001"] backup = true
        file_system.backup = true: does not go with file_system.id: an existing file system is never changed; remove one of the two
    [network] vpc_id = "vpc-00000001" subnet_ids = ["subnet-00000001"] [file_system] id = "fs-00000001" security_group_ids = ["sg-00000001"] throughput_mode = "elastic" kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        file_system.throughput_mode = "elastic": does not go with file_system.id: an existing file system is never changed; remove one of the two
        file_system.kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab": does not go with file_system.id: an existing file system is never changed; remove one of the two
    [network] vpc_id = 7 subnet_ids = ["subnet-00000001"] [file_system] id = "fs-00000001" security_group_ids = ["sg-00000001"]
        network.vpc_id = 7: must be a text in quotes
    "#);
}
