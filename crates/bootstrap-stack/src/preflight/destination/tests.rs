//! The findings about destination buckets.

use std::collections::BTreeMap;

use domain::config::StackConfig;
use domain::sync_name::SyncName;
use reconciler::data_sources::ForeignBucket;

use super::*;
use crate::preflight::finding_lines;
use crate::testing::{stack_names, test_config, three_zones};

fn lines_of(name: &str, config: StackConfig, bucket: Option<ExistingBucket>) -> String {
    let sync = ResolvedSync { name: SyncName::parse(name).unwrap(), config };
    let bucket_name = sync.config.destination_bucket(&stack_names());
    let buckets: BTreeMap<_, _> = bucket.map(|bucket| (bucket_name, bucket)).into_iter().collect();
    let data_sources = DataSources { buckets, ..three_zones() };
    finding_lines(|findings| check_destination(&sync, &stack_names(), &data_sources, findings))
}

fn lines_for(named: Option<&str>, bucket: Option<ExistingBucket>) -> String {
    let mut config = test_config();
    config.destination.bucket = named.map(str::to_owned);
    lines_of("default", config, bucket)
}

fn bucket_in(region: &str, versioning: bool, reachable: bool) -> Option<ExistingBucket> {
    Some(ExistingBucket { region: region.into(), versioning, reachable, foreign: None })
}

#[test]
fn the_name_of_a_new_bucket_must_be_free_or_ours() {
    assert_eq!(lines_for(None, None), "");
    assert_eq!(lines_for(None, bucket_in("eu-central-1", true, true)), "");
    assert_eq!(
        lines_for(None, bucket_in("", false, false)),
        "! the destination bucket's name: another account uses it: bucket names are \
         global; choose another stack.name, or name a bucket of yours in \
         destination.bucket"
    );
}

#[test]
fn an_existing_bucket_must_be_in_the_region_and_versioned() {
    assert_eq!(lines_for(Some("archive"), bucket_in("eu-central-1", true, true)), "");
    assert_eq!(
        lines_for(Some("archive"), None),
        "! destination.bucket = archive: there is no such bucket; correct it, or remove \
         it to let the stack create a bucket"
    );
    insta::assert_snapshot!(lines_for(Some("archive"), bucket_in("us-east-1", false, true)), @r#"
    ! destination.bucket = archive: it is in us-east-1, and the configuration says eu-central-1; write destination.region = "us-east-1", or name another bucket
    ! destination.bucket = archive: its versioning is not enabled, and each written version must be proven; run `aws s3api put-bucket-versioning --bucket archive --versioning-configuration Status=Enabled`
    "#);
    insta::assert_snapshot!(lines_for(Some("archive"), bucket_in("", true, false)), @"
    ! destination.bucket = archive: it belongs to another account, or this principal may not read it; name a bucket of this account and allow this principal to list it, or write the owner's account in destination.account
    ");
}

#[test]
fn a_bucket_in_its_configured_region_is_right() {
    let mut config = test_config();
    config.destination.bucket = Some("archive".to_owned());
    config.destination.region = Some("us-east-1".to_owned());
    assert_eq!(lines_of("default", config, bucket_in("us-east-1", true, true)), "");
}

fn vault_config(account: &str) -> StackConfig {
    let mut config = test_config();
    config.destination.bucket = Some("vault".to_owned());
    config.destination.account = Some(account.to_owned());
    config
}

fn right_settings() -> ForeignBucket {
    ForeignBucket {
        versioning: Some(true),
        ownership: Some("BucketOwnerEnforced".to_owned()),
        kms_key: Some(String::new()),
        denied: Vec::new(),
    }
}

fn lines_with(settings: ForeignBucket) -> String {
    let bucket = ExistingBucket {
        region: "eu-central-1".to_owned(),
        versioning: settings.versioning == Some(true),
        reachable: true,
        foreign: Some(settings),
    };
    lines_of("vault", vault_config("999900001111"), Some(bucket))
}

#[test]
fn a_bucket_of_another_account_must_be_as_its_owner_was_told() {
    assert_eq!(lines_with(right_settings()), "");
    insta::assert_snapshot!(lines_of("vault", vault_config("999900001111"), None), @"
    ! destination.bucket = vault: there is no such bucket; correct it, or let its owner create it
    ");
    insta::assert_snapshot!(
        lines_of("vault", vault_config("999900001111"), bucket_in("", true, false)), @"
    ! destination.bucket = vault: the account 999900001111 does not own it, or its policy lacks the statement ReadSettings; let its owner add what `efs-s3 bucket-policy --sync vault` prints, or correct destination.account
    ");
    insta::assert_snapshot!(lines_of("vault", vault_config("111122223333"), None), @"
    ! destination.account = 111122223333: it is the stack's own account; remove destination.account: it is for a bucket of another account
    ");
    insta::assert_snapshot!(
        lines_with(ForeignBucket {
            versioning: Some(false),
            ownership: Some("ObjectWriter".to_owned()),
            ..right_settings()
        }),
        @"
    ! destination.bucket = vault: its versioning is not enabled, and each written version must be proven; let its owner run `aws s3api put-bucket-versioning --bucket vault --versioning-configuration Status=Enabled`
    ! destination.bucket = vault: its object ownership is ObjectWriter, not BucketOwnerEnforced; let its owner run `aws s3api put-bucket-ownership-controls --bucket vault --ownership-controls 'Rules=[{ObjectOwnership=BucketOwnerEnforced}]'`
    "
    );
    insta::assert_snapshot!(
        lines_with(ForeignBucket {
            kms_key: None,
            denied: vec!["s3:GetEncryptionConfiguration".to_owned()],
            ..right_settings()
        }),
        @"
    ! destination.bucket = vault: its policy allows no s3:GetEncryptionConfiguration: the statement ReadSettings lacks it; let its owner add what `efs-s3 bucket-policy --sync vault` prints
    "
    );
}

#[test]
fn the_key_of_the_bucket_must_be_the_configured_one() {
    let with_key = |key: &str| ForeignBucket { kms_key: Some(key.to_owned()), ..right_settings() };
    insta::assert_snapshot!(lines_with(with_key("arn:aws:kms:r:1:key/1")), @r#"
    ! destination.kms_key_arn = none: the bucket encrypts with arn:aws:kms:r:1:key/1; write destination.kms_key_arn = "arn:aws:kms:r:1:key/1"
    "#);
    insta::assert_snapshot!(lines_with(with_key("aws/s3")), @"
    ! destination.kms_key_arn = none: the bucket encrypts with `aws/s3`, which only its own account can use; let its owner set the ARN of a customer managed key as default encryption
    ");
}
