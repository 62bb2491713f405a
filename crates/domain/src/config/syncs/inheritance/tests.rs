//! The values that an entry takes over, and those that it does not.

use crate::config::parse;
use crate::config::parse_tests::MINIMAL;
use crate::sync_name::SyncName;

const SHARED: &str = "[network]\nvpc_id = \"vpc-00000001\"\nsubnet_ids = [\"subnet-00000001\"]\n\
    [file_system]\nid = \"fs-00000001\"\nsecurity_group_ids = [\"sg-00000001\"]\n\
    [source]\nsubdirectory = \"/data/\"\naccess_point_id = \"fsap-00000001\"\n\
    [destination]\nstorage_class = \"STANDARD_IA\"\nprefix = \"files/\"\n";
const NEW_BUCKET: &str = "region = \"eu-west-1\"\nnoncurrent_version_expiration_days = 30\n\
    kms_key_arn = \
        \"arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab\"\n";
const VAULT: &str = "bucket = \"vault\"\naccount = \"222233334444\"\n";

/// The sections `source`, `destination` and the file system of the sync `a`, as short JSON.
fn describe_sync(bucket: &str, own: &str) -> String {
    let text = format!("{MINIMAL}{SHARED}{bucket}[[sync]]\nname = \"a\"\n{own}\n");
    let config = parse(&text).unwrap().of_sync(&SyncName::parse("a").unwrap()).unwrap();
    let file_system = serde_json::to_value(&config.file_system).unwrap();
    let mut destination = serde_json::to_value(&config.destination).unwrap();
    let is_written = |value: &serde_json::Value| !value.is_null();
    destination.as_object_mut().unwrap().retain(|_, value| is_written(value));
    let source = serde_json::to_value(&config.source).unwrap();
    format!("own: {own}\n    {}\n    {source}\n    {destination}", file_system["existing"])
}

#[test]
fn values_that_an_entry_takes_over() {
    let cases = [
        (NEW_BUCKET, ""),
        (NEW_BUCKET, "destination.bucket = \"other\""),
        (NEW_BUCKET, "destination.region = \"us-east-1\""),
        (NEW_BUCKET, "destination.region = \"eu-west-1\""),
        (NEW_BUCKET, "destination.region = \"eu-central-1\""),
        (VAULT, "destination.bucket = \"vault\""),
        (VAULT, "destination.bucket = \"other\""),
        ("", "file_system.id = \"fs-00000002\""),
        ("", "file_system.id = \"fs-00000001\""),
        ("", "source.access_point_id = \"fsap-00000002\""),
        ("", "source.access_point_id = \"fsap-00000001\""),
        ("", "source.subdirectory = \"/data/a/\""),
    ];
    let shown = cases.map(|(bucket, own)| describe_sync(bucket, own));
    insta::assert_snapshot!(shown.join("\n"), @r#"
    own: 
        {"id":"fs-00000001","security_group_ids":["sg-00000001"]}
        {"subdirectory":"/data/","access_point_id":"fsap-00000001"}
        {"prefix":"files/","region":"eu-west-1","storage_class":"STANDARD_IA","kms_key_arn":"arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab","noncurrent_version_expiration_days":30,"abort_multipart_days":7}
    own: destination.bucket = "other"
        {"id":"fs-00000001","security_group_ids":["sg-00000001"]}
        {"subdirectory":"/data/","access_point_id":"fsap-00000001"}
        {"bucket":"other","prefix":"files/","storage_class":"STANDARD_IA","abort_multipart_days":7}
    own: destination.region = "us-east-1"
        {"id":"fs-00000001","security_group_ids":["sg-00000001"]}
        {"subdirectory":"/data/","access_point_id":"fsap-00000001"}
        {"prefix":"files/","region":"us-east-1","storage_class":"STANDARD_IA","noncurrent_version_expiration_days":30,"abort_multipart_days":7}
    own: destination.region = "eu-west-1"
        {"id":"fs-00000001","security_group_ids":["sg-00000001"]}
        {"subdirectory":"/data/","access_point_id":"fsap-00000001"}
        {"prefix":"files/","region":"eu-west-1","storage_class":"STANDARD_IA","kms_key_arn":"arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab","noncurrent_version_expiration_days":30,"abort_multipart_days":7}
    own: destination.region = "eu-central-1"
        {"id":"fs-00000001","security_group_ids":["sg-00000001"]}
        {"subdirectory":"/data/","access_point_id":"fsap-00000001"}
        {"prefix":"files/","storage_class":"STANDARD_IA","noncurrent_version_expiration_days":30,"abort_multipart_days":7}
    own: destination.bucket = "vault"
        {"id":"fs-00000001","security_group_ids":["sg-00000001"]}
        {"subdirectory":"/data/","access_point_id":"fsap-00000001"}
        {"bucket":"vault","prefix":"files/","account":"222233334444","storage_class":"STANDARD_IA","abort_multipart_days":7}
    own: destination.bucket = "other"
        {"id":"fs-00000001","security_group_ids":["sg-00000001"]}
        {"subdirectory":"/data/","access_point_id":"fsap-00000001"}
        {"bucket":"other","prefix":"files/","storage_class":"STANDARD_IA","abort_multipart_days":7}
    own: file_system.id = "fs-00000002"
        {"id":"fs-00000002","security_group_ids":["sg-00000001"]}
        {"subdirectory":"/","access_point_id":null}
        {"prefix":"files/","storage_class":"STANDARD_IA","abort_multipart_days":7}
    own: file_system.id = "fs-00000001"
        {"id":"fs-00000001","security_group_ids":["sg-00000001"]}
        {"subdirectory":"/data/","access_point_id":"fsap-00000001"}
        {"prefix":"files/","storage_class":"STANDARD_IA","abort_multipart_days":7}
    own: source.access_point_id = "fsap-00000002"
        {"id":"fs-00000001","security_group_ids":["sg-00000001"]}
        {"subdirectory":"/","access_point_id":"fsap-00000002"}
        {"prefix":"files/","storage_class":"STANDARD_IA","abort_multipart_days":7}
    own: source.access_point_id = "fsap-00000001"
        {"id":"fs-00000001","security_group_ids":["sg-00000001"]}
        {"subdirectory":"/data/","access_point_id":"fsap-00000001"}
        {"prefix":"files/","storage_class":"STANDARD_IA","abort_multipart_days":7}
    own: source.subdirectory = "/data/a/"
        {"id":"fs-00000001","security_group_ids":["sg-00000001"]}
        {"subdirectory":"/data/a/","access_point_id":"fsap-00000001"}
        {"prefix":"files/","storage_class":"STANDARD_IA","abort_multipart_days":7}
    "#);
}
