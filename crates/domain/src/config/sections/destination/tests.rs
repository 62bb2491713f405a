//! Names that no bucket has, and objects that can't be.

use crate::config::refusal_tests::describe_refusals;

pub(in crate::config) const MALFORMED_BUCKETS: &[&str] = &[
    "[destination]\nbucket = \"ab\"",
    "[destination]\nbucket = \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
    "[destination]\nbucket = \"My-Bucket\"",
    "[destination]\nbucket = \"my_bucket\"",
    "[destination]\nbucket = \"-bucket\"",
    "[destination]\nbucket = \"bucket.\"",
    "[destination]\nbucket = \"my..bucket\"",
    "[destination]\nbucket = \"192.168.5.4\"",
];

pub(in crate::config) const OTHER_BUCKETS: &[&str] = &[
    "[destination]\nbucket = \"xn--bucket\"",
    "[destination]\nbucket = \"my-point-s3alias\"",
    "[destination]\nbucket = \"fast--euc1-az1--x-s3\"",
    "[destination]\nbucket = \"arn:aws:s3:::my-bucket\"",
    "[destination]\nbucket = \"s3://my-bucket\"",
    "[destination]\nbucket = \"backup-data-111122223333-eu-central-1\"",
    "[destination]\nbucket = \"backup-records-111122223333-eu-central-1\"",
    "[destination]\nbucket = 7",
];

pub(in crate::config) const BUCKET_LIFECYCLES: &[&str] = &[
    "[destination]\nbucket = \"my-bucket\"\nabort_multipart_days = 7",
    "[destination]\nbucket = \"my-bucket\"\nnoncurrent_version_expiration_days = 30",
    "[destination]\nbucket = \"my-bucket\"\ntransition_days = 30\ntransition_storage_class = \
        \"GLACIER\"",
];

pub(in crate::config) const PREFIXES: &[&str] = &[
    "[destination]\nprefix = \"/a/\"",
    "[destination]\nprefix = \"a\"",
    "[destination]\nprefix = \"a//b/\"",
    "[destination]\nprefix = \"./a/\"",
    "[destination]\nprefix = \"a/../b/\"",
    "[destination]\nprefix = \"date=1/\"",
    "[destination]\nprefix = \"tab\\t/\"",
];

pub(in crate::config) const OBJECTS: &[&str] = &[
    "[destination]\nstorage_class = \"OUTPOSTS\"",
    "[destination]\nstorage_class = \"glacier\"",
    "[destination]\nkms_key_arn = \"alias/aws/s3\"",
    "[destination]\nkms_key_arn = \
        \"arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab\"",
    "[destination]\nnoncurrent_version_expiration_days = 0",
    "[destination]\nnoncurrent_version_expiration_days = 99999999999",
    "[destination]\nabort_multipart_days = 0",
];

#[test]
fn malformed_bucket_names() {
    insta::assert_snapshot!(describe_refusals(MALFORMED_BUCKETS), @r#"
    [destination] bucket = "ab"
        destination.bucket = "ab": must have 3 to 63 characters, not 2: a rule of S3 for bucket names
    [destination] bucket = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        destination.bucket = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": must have 3 to 63 characters, not 64: a rule of S3 for bucket names
    [destination] bucket = "My-Bucket"
        destination.bucket = "My-Bucket": must contain only a-z, 0-9, - and .: a rule of S3 for bucket names
    [destination] bucket = "my_bucket"
        destination.bucket = "my_bucket": must contain only a-z, 0-9, - and .: a rule of S3 for bucket names
    [destination] bucket = "-bucket"
        destination.bucket = "-bucket": must begin and end with one of a-z and 0-9: a rule of S3 for bucket names
    [destination] bucket = "bucket."
        destination.bucket = "bucket.": must begin and end with one of a-z and 0-9: a rule of S3 for bucket names
    [destination] bucket = "my..bucket"
        destination.bucket = "my..bucket": must not contain two dots in a row: a rule of S3 for bucket names
    [destination] bucket = "192.168.5.4"
        destination.bucket = "192.168.5.4": must not look like an IP address: a rule of S3 for bucket names
    "#);
}

#[test]
fn names_of_what_is_no_bucket_for_a_copy() {
    insta::assert_snapshot!(describe_refusals(OTHER_BUCKETS), @r#"
    [destination] bucket = "xn--bucket"
        destination.bucket = "xn--bucket": must not begin with xn--: S3 reserves such names
    [destination] bucket = "my-point-s3alias"
        destination.bucket = "my-point-s3alias": must be a general purpose bucket: this is the name of the alias of an access point
    [destination] bucket = "fast--euc1-az1--x-s3"
        destination.bucket = "fast--euc1-az1--x-s3": must be a general purpose bucket: this is the name of a directory bucket, which has no versions
    [destination] bucket = "arn:aws:s3:::my-bucket"
        destination.bucket = "arn:aws:s3:::my-bucket": must be only the name, without arn:aws:s3::: or s3:// before it
    [destination] bucket = "s3://my-bucket"
        destination.bucket = "s3://my-bucket": must be only the name, without arn:aws:s3::: or s3:// before it
    [destination] bucket = "backup-data-111122223333-eu-central-1"
        destination.bucket = "backup-data-111122223333-eu-central-1": is the name of a bucket that this stack creates: remove destination.bucket, and write destination.region if it is in another region
    [destination] bucket = "backup-records-111122223333-eu-central-1"
        destination.bucket = "backup-records-111122223333-eu-central-1": is the name of this stack's records bucket: REMOVE would delete the reports in it; remove destination.bucket, or name another bucket
    [destination] bucket = 7
        destination.bucket = 7: must be a text in quotes
    "#);
}

#[test]
fn lifecycle_of_an_existing_bucket() {
    insta::assert_snapshot!(describe_refusals(BUCKET_LIFECYCLES), @r#"
    [destination] bucket = "my-bucket" abort_multipart_days = 7
        destination.abort_multipart_days = 7: does not go with destination.bucket: the lifecycle of an existing bucket is never changed; remove this key and set it on the bucket
    [destination] bucket = "my-bucket" noncurrent_version_expiration_days = 30
        destination.noncurrent_version_expiration_days = 30: does not go with destination.bucket: the lifecycle of an existing bucket is never changed; remove this key and set it on the bucket
    [destination] bucket = "my-bucket" transition_days = 30 transition_storage_class = "GLACIER"
        destination.transition_days = 30: does not go with destination.bucket: the lifecycle of an existing bucket is never changed; remove this key and set it on the bucket
        destination.transition_storage_class = "GLACIER": does not go with destination.bucket: the lifecycle of an existing bucket is never changed; remove this key and set it on the bucket
    "#);
}

#[test]
fn refused_prefixes() {
    insta::assert_snapshot!(describe_refusals(PREFIXES), @r#"
    [destination] prefix = "/a/"
        destination.prefix = "/a/": must not begin with /: DataSync can't transfer objects below such a prefix
    [destination] prefix = "a"
        destination.prefix = "a": must be empty or end in /: a prefix names a directory
    [destination] prefix = "a//b/"
        destination.prefix = "a//b/": must not contain //, /./ or /../: DataSync can't transfer such paths
    [destination] prefix = "./a/"
        destination.prefix = "./a/": must not contain //, /./ or /../: DataSync can't transfer such paths
    [destination] prefix = "a/../b/"
        destination.prefix = "a/../b/": must not contain //, /./ or /../: DataSync can't transfer such paths
    [destination] prefix = "date=1/"
        destination.prefix = "date=1/": must not contain '=': DataSync accepts only A-Z a-z 0-9 _ - + . / ( ) and spaces
    [destination] prefix = "tab\t/"
        destination.prefix = "tab\t/": must not contain '\t': DataSync accepts only A-Z a-z 0-9 _ - + . / ( ) and spaces
    "#);
}

#[test]
fn refused_classes_keys_and_days() {
    insta::assert_snapshot!(describe_refusals(OBJECTS), @r#"
    [destination] storage_class = "OUTPOSTS"
        destination.storage_class = "OUTPOSTS": must be one of STANDARD, STANDARD_IA, ONEZONE_IA, INTELLIGENT_TIERING, GLACIER_INSTANT_RETRIEVAL, GLACIER, DEEP_ARCHIVE
    [destination] storage_class = "glacier"
        destination.storage_class = "glacier": must be one of STANDARD, STANDARD_IA, ONEZONE_IA, INTELLIGENT_TIERING, GLACIER_INSTANT_RETRIEVAL, GLACIER, DEEP_ARCHIVE
    [destination] kms_key_arn = "alias/aws/s3"
        destination.kms_key_arn = "alias/aws/s3": must be the ARN of a KMS key, arn:aws:kms:eu-central-1:ACCOUNT:key/ID: AWS reports a key only by its ARN
    [destination] kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        destination.kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab": must be the ARN of a key in eu-central-1, arn:aws:kms:eu-central-1:ACCOUNT:key/ID: services use only keys of their own region
    [destination] noncurrent_version_expiration_days = 0
        destination.noncurrent_version_expiration_days = 0: must be at least 1 day: a rule of S3; remove the key to keep every version
    [destination] noncurrent_version_expiration_days = 99999999999
        destination.noncurrent_version_expiration_days = 99999999999: is out of range: a number here has at most nine digits
    [destination] abort_multipart_days = 0
        destination.abort_multipart_days = 0: must be at least 1 day: a rule of S3; 7 is enough for the slow upload of a large file
    "#);
}
