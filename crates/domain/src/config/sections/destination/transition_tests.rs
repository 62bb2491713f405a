//! Lifecycles that S3 does not know.

use crate::config::refusal_tests::describe_refusals;

pub(in crate::config) const HALF_TRANSITIONS: &[&str] = &[
    "[destination]\ntransition_days = 30",
    "[destination]\ntransition_storage_class = \"GLACIER\"",
    "[destination]\ntransition_days = \"30\"\ntransition_storage_class = \
        \"GLACIER_INSTANT_RETRIEVAL\"",
    "[destination]\ntransition_days = 30\ntransition_storage_class = \"COLD\"",
    "[destination]\ntransition_days = 0\ntransition_storage_class = \"INTELLIGENT_TIERING\"",
];

pub(in crate::config) const TRANSITIONS: &[&str] = &[
    "[destination]\ntransition_days = 29\ntransition_storage_class = \"STANDARD_IA\"",
    "[destination]\ntransition_days = 7\ntransition_storage_class = \"ONEZONE_IA\"",
    "[destination]\ntransition_days = 30\ntransition_storage_class = \"STANDARD\"",
    "[destination]\nstorage_class = \"STANDARD_IA\"\ntransition_days = \
        30\ntransition_storage_class = \"STANDARD_IA\"",
    "[destination]\nstorage_class = \"INTELLIGENT_TIERING\"\ntransition_days = \
        30\ntransition_storage_class = \"STANDARD_IA\"",
    "[destination]\nstorage_class = \"ONEZONE_IA\"\ntransition_days = \
        30\ntransition_storage_class = \"GLACIER_INSTANT_RETRIEVAL\"",
    "[destination]\nstorage_class = \"DEEP_ARCHIVE\"\ntransition_days = \
        30\ntransition_storage_class = \"GLACIER\"\n[task]\nverify_mode = \"NONE\"",
];

#[test]
fn transitions_that_say_too_little() {
    insta::assert_snapshot!(describe_refusals(HALF_TRANSITIONS), @r#"
    [destination] transition_days = 30
        destination.transition_days: needs destination.transition_storage_class: write both or none
    [destination] transition_storage_class = "GLACIER"
        destination.transition_storage_class: needs destination.transition_days: write both or none
    [destination] transition_days = "30" transition_storage_class = "GLACIER_INSTANT_RETRIEVAL"
        destination.transition_days = "30": must be a whole number without quotes
    [destination] transition_days = 30 transition_storage_class = "COLD"
        destination.transition_storage_class = "COLD": must be one of STANDARD, STANDARD_IA, ONEZONE_IA, INTELLIGENT_TIERING, GLACIER_INSTANT_RETRIEVAL, GLACIER, DEEP_ARCHIVE
    [destination] transition_days = 0 transition_storage_class = "INTELLIGENT_TIERING"
        destination.transition_days = 0: must be at least 1 day: for a storage class from the start, set destination.storage_class
    "#);
}

#[test]
fn transitions_that_s3_does_not_make() {
    insta::assert_snapshot!(describe_refusals(TRANSITIONS), @r#"
    [destination] transition_days = 29 transition_storage_class = "STANDARD_IA"
        destination.transition_days = 29: must be at least 30 for destination.transition_storage_class = "STANDARD_IA": a rule of S3; for this class from the start, set destination.storage_class
    [destination] transition_days = 7 transition_storage_class = "ONEZONE_IA"
        destination.transition_days = 7: must be at least 30 for destination.transition_storage_class = "ONEZONE_IA": a rule of S3; for this class from the start, set destination.storage_class
    [destination] transition_days = 30 transition_storage_class = "STANDARD"
        destination.transition_storage_class = "STANDARD": must not be STANDARD: S3 moves no objects to this class; remove both transition keys
    [destination] storage_class = "STANDARD_IA" transition_days = 30 transition_storage_class = "STANDARD_IA"
        destination.transition_storage_class = "STANDARD_IA": is equal to destination.storage_class: name a colder class, or remove both transition keys
    [destination] storage_class = "INTELLIGENT_TIERING" transition_days = 30 transition_storage_class = "STANDARD_IA"
        destination.transition_storage_class = "STANDARD_IA": must be colder than destination.storage_class = "INTELLIGENT_TIERING": S3 moves objects from there only to ONEZONE_IA, GLACIER_INSTANT_RETRIEVAL, GLACIER, DEEP_ARCHIVE
    [destination] storage_class = "ONEZONE_IA" transition_days = 30 transition_storage_class = "GLACIER_INSTANT_RETRIEVAL"
        destination.transition_storage_class = "GLACIER_INSTANT_RETRIEVAL": must be colder than destination.storage_class = "ONEZONE_IA": S3 moves objects from there only to GLACIER, DEEP_ARCHIVE
    [destination] storage_class = "DEEP_ARCHIVE" transition_days = 30 transition_storage_class = "GLACIER" [task] verify_mode = "NONE"
        destination.transition_storage_class = "GLACIER": must be absent: no class is colder than destination.storage_class = "DEEP_ARCHIVE"; remove both transition keys
    "#);
}
