//! Regions, accounts and keys of another region that a destination can't have.

use crate::config::refusal_tests::describe_refusals;

pub(in crate::config) const REGIONS: &[&str] = &[
    "[destination]\nregion = \"eu-central-1\"",
    "[destination]\nregion = \"frankfurt\"",
    "[destination]\nregion = \"cn-north-1\"",
    "[destination]\nregion = 1",
    "[[sync]]\nname = \"home\"\ndestination.region = \"eu-central-1\"",
    "[[sync]]\nname = \"home\"\ndestination.region = \"us-gov-west-1\"",
    "[destination]\nbucket = \"backup-data-111122223333-eu-west-1\"",
];

pub(in crate::config) const ACCOUNTS: &[&str] = &[
    "[destination]\naccount = \"222233334444\"",
    "[destination]\nbucket = \"vault\"\naccount = 222233334444",
    "[destination]\nbucket = \"vault\"\naccount = \"vault-account\"",
    "[[sync]]\nname = \"home\"\ndestination.account = \"222233334444\"",
    "[[sync]]\nname = \"home\"\ndestination.bucket = \"vault\"\ndestination.account = \
        \"2222-3333-4444\"",
    "[destination]\nbucket = \"vault\"\nregion = \"eu-west-1\"\naccount = \"222233334444\"",
    "[task]\nmode = \"BASIC\"\n\
     [[sync]]\nname = \"home\"\ndestination.bucket = \"vault\"\ndestination.region = \
        \"eu-west-1\"\ndestination.account = \"222233334444\"",
];

pub(in crate::config) const KEYS: &[&str] = &[
    "[destination]\nregion = \"eu-west-1\"\nkms_key_arn = \
        \"arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab\"",
    "[[sync]]\nname = \"home\"\ndestination.region = \"eu-west-1\"\ndestination.kms_key_arn = \
        \"arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab\"",
    "[[sync]]\nname = \"home\"\ndestination.bucket = \"vault\"\ndestination.account = \
        \"222233334444\"\ndestination.kms_key_arn = \
        \"arn:aws:kms:eu-west-1:222233334444:key/1234abcd-12ab-34cd-56ef-1234567890ab\"",
    "[[sync]]\nname = \"home\"\ndestination.bucket = \"vault\"\ndestination.account = \
        \"222233334444\"\ndestination.kms_key_arn = \"alias/vault\"",
];

#[test]
fn refused_regions() {
    insta::assert_snapshot!(describe_refusals(REGIONS), @r#"
    [destination] region = "eu-central-1"
        destination.region = "eu-central-1": is the stack's own region: remove this key
    [destination] region = "frankfurt"
        destination.region = "frankfurt": must be a region such as eu-west-1; `aws account list-regions` lists yours
    [destination] region = "cn-north-1"
        destination.region = "cn-north-1": must be a region in the partition of stack.region: DataSync and IAM roles do not reach another one
    [destination] region = 1
        destination.region = 1: must be a text in quotes
    [[sync]] name = "home" destination.region = "eu-central-1"
        sync.home.destination.region = "eu-central-1": is the stack's own region: remove this key
    [[sync]] name = "home" destination.region = "us-gov-west-1"
        sync.home.destination.region = "us-gov-west-1": must be a region in the partition of stack.region: DataSync and IAM roles do not reach another one
    [destination] bucket = "backup-data-111122223333-eu-west-1"
        destination.bucket = "backup-data-111122223333-eu-west-1": is the name of a bucket that this stack creates: remove destination.bucket, and write destination.region if it is in another region
    "#);
}

#[test]
fn refused_accounts() {
    insta::assert_snapshot!(describe_refusals(ACCOUNTS), @r#"
    [destination] account = "222233334444"
        destination.account = "222233334444": needs destination.bucket: a bucket in another account is never created; name an existing one, or remove this key
    [destination] bucket = "vault" account = 222233334444
        destination.account = 222233334444: must be a text in quotes
    [destination] bucket = "vault" account = "vault-account"
        destination.account = "vault-account": must be the account that owns the bucket, 12 digits
    [[sync]] name = "home" destination.account = "222233334444"
        sync.home.destination.account = "222233334444": needs destination.bucket: a bucket in another account is never created; name an existing one, or remove this key
    [[sync]] name = "home" destination.bucket = "vault" destination.account = "2222-3333-4444"
        sync.home.destination.account = "2222-3333-4444": must be the account that owns the bucket, 12 digits
    [destination] bucket = "vault" region = "eu-west-1" account = "222233334444"
        destination.account = "222233334444": does not go with destination.region and task.mode = "BASIC": across accounts and regions a Basic mode task may get network errors (DataSync User Guide); write task.mode = "ENHANCED"
    [task] mode = "BASIC" [[sync]] name = "home" destination.bucket = "vault" destination.region = "eu-west-1" destination.account = "222233334444"
        sync.home.destination.account = "222233334444": does not go with destination.region and task.mode = "BASIC": across accounts and regions a Basic mode task may get network errors (DataSync User Guide); write task.mode = "ENHANCED"
    "#);
}

#[test]
fn refused_keys() {
    insta::assert_snapshot!(describe_refusals(KEYS), @r#"
    [destination] region = "eu-west-1" kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        destination.kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab": must be the ARN of a key in eu-west-1, arn:aws:kms:eu-west-1:ACCOUNT:key/ID: services use only keys of their own region
    [[sync]] name = "home" destination.region = "eu-west-1" destination.kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        sync.home.destination.kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab": must be the ARN of a key in eu-west-1, arn:aws:kms:eu-west-1:ACCOUNT:key/ID: services use only keys of their own region
    [[sync]] name = "home" destination.bucket = "vault" destination.account = "222233334444" destination.kms_key_arn = "arn:aws:kms:eu-west-1:222233334444:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        sync.home.destination.kms_key_arn = "arn:aws:kms:eu-west-1:222233334444:key/1234abcd-12ab-34cd-56ef-1234567890ab": must be the ARN of a key in eu-central-1, arn:aws:kms:eu-central-1:ACCOUNT:key/ID: services use only keys of their own region
    [[sync]] name = "home" destination.bucket = "vault" destination.account = "222233334444" destination.kms_key_arn = "alias/vault"
        sync.home.destination.kms_key_arn = "alias/vault": must be the ARN of a KMS key, arn:aws:kms:eu-central-1:ACCOUNT:key/ID: AWS reports a key only by its ARN
    "#);
}
