//! Syncs that would overwrite one another, and buckets with two values of one property.

use crate::config::refusal_tests::describe_refusals;

pub(in crate::config) const PREFIXES: &[&str] = &[
    "[[sync]]\nname = \"a\"\n[[sync]]\nname = \"b\"",
    "[[sync]]\nname = \"a\"\ndestination.prefix = \"a/\"\n[[sync]]\nname = \"b\"",
    "[[sync]]\nname = \"a\"\ndestination.prefix = \"a/\"\n\
     [[sync]]\nname = \"b\"\ndestination.prefix = \"a/\"",
    "[[sync]]\nname = \"a\"\ndestination.prefix = \"files/a/\"\n\
     [[sync]]\nname = \"b\"\ndestination.prefix = \"files/\"",
    "[destination]\nprefix = \"files/\"\n[[sync]]\nname = \"a\"\n\
     [[sync]]\nname = \"b\"\ndestination.prefix = \"files/b/\"",
    "[destination]\nprefix = \"files/\"\n\
     [[sync]]\nname = \"a\"\ndestination.prefix = \"files/a/\"\n[[sync]]\nname = \"b\"",
    "[destination]\nbucket = \"vault\"\n\
     [[sync]]\nname = \"a\"\n[[sync]]\nname = \"b\"\ndestination.bucket = \"vault\"",
    "[[sync]]\nname = \"a\"\ndestination.region = \"eu-west-1\"\n\
     [[sync]]\nname = \"b\"\ndestination.region = \"eu-west-1\"",
    "[[sync]]\nname = \"a\"\n\
     [[sync]]\nname = \"b\"\ndestination.bucket = \"backup-data-111122223333-eu-central-1\"",
    "[[sync]]\nname = \"a\"\n[[sync]]\nname = \"b\"\n[[sync]]\nname = \"c\"",
    "[[sync]]\nname = \"a\"\n[[sync]]\nname = \"b\"\ndestination.prefix = \"b/\"\n\
     [[sync]]\nname = \"c\"\ndestination.prefix = \"a/c/\"",
    "[[sync]]\nname = \"a\"\ndestination.prefix = 5\n[[sync]]\nname = \"b\"\ndestination.prefix = \
        \"b/\"",
];

pub(in crate::config) const PROPERTIES: &[&str] = &[
    "[[sync]]\nname = \"a\"\ndestination.prefix = \"a/\"\ndestination.transition_days = 30\n\
     destination.transition_storage_class = \"COLD\"\n\
     [[sync]]\nname = \"b\"\ndestination.prefix = \"b/\"\ndestination.transition_days = 30\n\
     destination.transition_storage_class = \"STANDARD_IA\"",
    "[[sync]]\nname = \"a\"\ndestination.prefix = \"a/\"\n\
     destination.noncurrent_version_expiration_days = 30\n\
     [[sync]]\nname = \"b\"\ndestination.prefix = \"b/\"",
    "[destination]\nabort_multipart_days = 3\n\
     [[sync]]\nname = \"a\"\ndestination.prefix = \"a/\"\n\
     [[sync]]\nname = \"b\"\ndestination.prefix = \"b/\"\ndestination.abort_multipart_days = 7",
    "[[sync]]\nname = \"a\"\ndestination.prefix = \"a/\"\ndestination.transition_days = 30\n\
     destination.transition_storage_class = \"STANDARD_IA\"\n\
     [[sync]]\nname = \"b\"\ndestination.prefix = \"b/\"\ndestination.transition_days = 30\n\
     destination.transition_storage_class = \"GLACIER_INSTANT_RETRIEVAL\"",
    "[[sync]]\nname = \"a\"\ndestination.prefix = \"a/\"\n\
     [[sync]]\nname = \"b\"\ndestination.prefix = \"b/\"\ndestination.kms_key_arn = \
        \"arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab\"",
    "[[sync]]\nname = \"a\"\ndestination.prefix = \"a/\"\ndestination.bucket = \"vault\"\n\
     destination.account = \"222233334444\"\n\
     [[sync]]\nname = \"b\"\ndestination.prefix = \"b/\"\ndestination.bucket = \"vault\"",
    "[destination]\nbucket = \"vault\"\n\
     [[sync]]\nname = \"a\"\ndestination.region = \"eu-west-1\"",
    "[destination]\nbucket = \"vault\"\n\
     [[sync]]\nname = \"a\"\ndestination.prefix = \"a/\"\ndestination.account = \
        \"222233334444\"\n\
     [[sync]]\nname = \"b\"\ndestination.prefix = \"b/\"",
    "[destination]\nbucket = \"vault\"\n\
     [[sync]]\nname = \"a\"\ndestination.abort_multipart_days = 3",
];

#[test]
fn prefixes_that_overlap() {
    insta::assert_snapshot!(describe_refusals(PREFIXES), @r#"
    [[sync]] name = "a" [[sync]] name = "b"
        sync.b.destination.prefix = "" (the default): overlaps "" of the sync `a` in the same bucket: one of them would replace or delete the objects of the other; write a prefix that is neither above nor below it, such as "b/"
    [[sync]] name = "a" destination.prefix = "a/" [[sync]] name = "b"
        sync.b.destination.prefix = "" (the default): overlaps "a/" of the sync `a` in the same bucket: one of them would replace or delete the objects of the other; write a prefix that is neither above nor below it, such as "b/"
    [[sync]] name = "a" destination.prefix = "a/" [[sync]] name = "b" destination.prefix = "a/"
        sync.b.destination.prefix = "a/": overlaps "a/" of the sync `a` in the same bucket: one of them would replace or delete the objects of the other; write a prefix that is neither above nor below it, such as "b/"
    [[sync]] name = "a" destination.prefix = "files/a/" [[sync]] name = "b" destination.prefix = "files/"
        sync.b.destination.prefix = "files/": overlaps "files/a/" of the sync `a` in the same bucket: one of them would replace or delete the objects of the other; write a prefix that is neither above nor below it, such as "b/"
    [destination] prefix = "files/" [[sync]] name = "a" [[sync]] name = "b" destination.prefix = "files/b/"
        sync.a.destination.prefix = "files/" (of [destination]): overlaps "files/b/" of the sync `b` in the same bucket: one of them would replace or delete the objects of the other; write a prefix that is neither above nor below it, such as "a/"
    [destination] prefix = "files/" [[sync]] name = "a" destination.prefix = "files/a/" [[sync]] name = "b"
        sync.b.destination.prefix = "files/" (of [destination]): overlaps "files/a/" of the sync `a` in the same bucket: one of them would replace or delete the objects of the other; write a prefix that is neither above nor below it, such as "b/"
    [destination] bucket = "vault" [[sync]] name = "a" [[sync]] name = "b" destination.bucket = "vault"
        sync.b.destination.prefix = "" (the default): overlaps "" of the sync `a` in the same bucket: one of them would replace or delete the objects of the other; write a prefix that is neither above nor below it, such as "b/"
    [[sync]] name = "a" destination.region = "eu-west-1" [[sync]] name = "b" destination.region = "eu-west-1"
        sync.b.destination.prefix = "" (the default): overlaps "" of the sync `a` in the same bucket: one of them would replace or delete the objects of the other; write a prefix that is neither above nor below it, such as "b/"
    [[sync]] name = "a" [[sync]] name = "b" destination.bucket = "backup-data-111122223333-eu-central-1"
        sync.b.destination.bucket = "backup-data-111122223333-eu-central-1": is the name of a bucket that this stack creates: remove destination.bucket, and write destination.region if it is in another region
    [[sync]] name = "a" [[sync]] name = "b" [[sync]] name = "c"
        sync.b.destination.prefix = "" (the default): overlaps "" of the sync `a` in the same bucket: one of them would replace or delete the objects of the other; write a prefix that is neither above nor below it, such as "b/"
        sync.c.destination.prefix = "" (the default): overlaps "" of the sync `a` in the same bucket: one of them would replace or delete the objects of the other; write a prefix that is neither above nor below it, such as "c/"
    [[sync]] name = "a" [[sync]] name = "b" destination.prefix = "b/" [[sync]] name = "c" destination.prefix = "a/c/"
        sync.a.destination.prefix = "" (the default): overlaps "b/" of the sync `b` in the same bucket: one of them would replace or delete the objects of the other; write a prefix that is neither above nor below it
    [[sync]] name = "a" destination.prefix = 5 [[sync]] name = "b" destination.prefix = "b/"
        sync.a.destination.prefix = 5: must be a text in quotes
    "#);
}

#[test]
fn buckets_with_two_values() {
    insta::assert_snapshot!(describe_refusals(PROPERTIES), @r#"
    [[sync]] name = "a" destination.prefix = "a/" destination.transition_days = 30 destination.transition_storage_class = "COLD" [[sync]] name = "b" destination.prefix = "b/" destination.transition_days = 30 destination.transition_storage_class = "STANDARD_IA"
        sync.a.destination.transition_storage_class = "COLD": must be one of STANDARD, STANDARD_IA, ONEZONE_IA, INTELLIGENT_TIERING, GLACIER_INSTANT_RETRIEVAL, GLACIER, DEEP_ARCHIVE
    [[sync]] name = "a" destination.prefix = "a/" destination.noncurrent_version_expiration_days = 30 [[sync]] name = "b" destination.prefix = "b/"
        sync.a.destination.noncurrent_version_expiration_days = 30: differs from that of the sync `b`, which is about the same bucket: a bucket has one; write it in [destination] for all of its syncs, or name another bucket
    [destination] abort_multipart_days = 3 [[sync]] name = "a" destination.prefix = "a/" [[sync]] name = "b" destination.prefix = "b/" destination.abort_multipart_days = 7
        sync.b.destination.abort_multipart_days = 7: differs from that of the sync `a`, which is about the same bucket: a bucket has one; write it in [destination] for all of its syncs, or name another bucket
    [[sync]] name = "a" destination.prefix = "a/" destination.transition_days = 30 destination.transition_storage_class = "STANDARD_IA" [[sync]] name = "b" destination.prefix = "b/" destination.transition_days = 30 destination.transition_storage_class = "GLACIER_INSTANT_RETRIEVAL"
        sync.b.destination.transition_storage_class = "GLACIER_INSTANT_RETRIEVAL": differs from that of the sync `a`, which is about the same bucket: a bucket has one; write it in [destination] for all of its syncs, or name another bucket
    [[sync]] name = "a" destination.prefix = "a/" [[sync]] name = "b" destination.prefix = "b/" destination.kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        sync.b.destination.kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab": differs from that of the sync `a`, which is about the same bucket: a bucket has one; write it in [destination] for all of its syncs, or name another bucket
    [[sync]] name = "a" destination.prefix = "a/" destination.bucket = "vault" destination.account = "222233334444" [[sync]] name = "b" destination.prefix = "b/" destination.bucket = "vault"
        sync.a.destination.account = "222233334444": differs from that of the sync `b`, which is about the same bucket: a bucket has one; write it in [destination] for all of its syncs, or name another bucket
    [destination] bucket = "vault" [[sync]] name = "a" destination.region = "eu-west-1"
        sync.a.destination.region = "eu-west-1": differs from that of [destination], which is about the same bucket: a bucket has one; write it in [destination] for all of its syncs, or name another bucket
    [destination] bucket = "vault" [[sync]] name = "a" destination.prefix = "a/" destination.account = "222233334444" [[sync]] name = "b" destination.prefix = "b/"
        sync.a.destination.account = "222233334444": differs from that of [destination], which is about the same bucket: a bucket has one; write it in [destination] for all of its syncs, or name another bucket
    [destination] bucket = "vault" [[sync]] name = "a" destination.abort_multipart_days = 3
        sync.a.destination.abort_multipart_days = 3: does not go with destination.bucket: the lifecycle of an existing bucket is never changed; remove this key and set it on the bucket
    "#);
}
