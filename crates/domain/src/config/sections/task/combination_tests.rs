//! Options that exclude each other.

use crate::config::refusal_tests::describe_refusals;

pub(in crate::config) const DELETIONS: &[&str] = &[
    "[task]\ntransfer_mode = \"ALL\"\npreserve_deleted_files = \"REMOVE\"",
    "[task]\nincludes = [\"/a*\"]\npreserve_deleted_files = \"REMOVE\"",
];

pub(in crate::config) const VERIFICATIONS: &[&str] = &[
    "[destination]\nstorage_class = \"GLACIER\"\n[task]\nverify_mode = \
        \"POINT_IN_TIME_CONSISTENT\"",
    "[destination]\nstorage_class = \"DEEP_ARCHIVE\"\n[task]\nverify_mode = \
        \"POINT_IN_TIME_CONSISTENT\"",
    "[destination]\ntransition_days = 90\ntransition_storage_class = \
        \"GLACIER\"\n[task]\nverify_mode = \"POINT_IN_TIME_CONSISTENT\"",
    "[destination]\nstorage_class = \"GLACIER\"\ntransition_days = 90\ntransition_storage_class = \
        \"DEEP_ARCHIVE\"\n[task]\nverify_mode = \"POINT_IN_TIME_CONSISTENT\"",
    "[task]\nmode = \"ENHANCED\"\nverify_mode = \"POINT_IN_TIME_CONSISTENT\"",
];

pub(in crate::config) const TIMES: &[&str] = &[
    "[task]\nmode = \"ENHANCED\"\nverify_mode = \"NONE\"\nmtime = \"NONE\"",
    "[task]\nmode = \"ENHANCED\"\nmtime = \"NONE\"",
    "[task]\nmtime = \"NONE\"",
    "[task]\natime = \"NONE\"",
    "[task]\natime = \"BEST_EFFORT\"\nmtime = \"NONE\"",
    "[task]\natime = \"NONE\"\nmtime = \"PRESERVE\"",
];

pub(in crate::config) const OWNERS: &[&str] = &[
    "[task]\nuid = \"NONE\"",
    "[task]\nuid = \"INT_VALUE\"\ngid = \"NONE\"",
    "[task]\ntransfer_mode = \"ALL\"\npreserve_deleted_files = \"REMOVE\"\nincludes = \
        [\"/a\"]\nuid = \"NONE\"",
];

#[test]
fn deletions_that_exclude_other_options() {
    insta::assert_snapshot!(describe_refusals(DELETIONS), @r#"
    [task] transfer_mode = "ALL" preserve_deleted_files = "REMOVE"
        task.preserve_deleted_files = "REMOVE": does not go with task.transfer_mode = "ALL": without a comparison DataSync can't find deleted files; write transfer_mode = "CHANGED", or preserve_deleted_files = "PRESERVE"
    [task] includes = ["/a*"] preserve_deleted_files = "REMOVE"
        task.preserve_deleted_files = "REMOVE": does not go with task.includes = ["/a*"]: AWS does not document what REMOVE deletes outside the included paths; set source.subdirectory or excludes instead, or preserve_deleted_files = "PRESERVE"
    "#);
}

#[test]
fn verifications_that_exclude_other_options() {
    insta::assert_snapshot!(describe_refusals(VERIFICATIONS), @r#"
    [destination] storage_class = "GLACIER" [task] verify_mode = "POINT_IN_TIME_CONSISTENT"
        task.verify_mode = "POINT_IN_TIME_CONSISTENT": does not go with destination.storage_class = "GLACIER": DataSync can't read objects of this class; write verify_mode = "ONLY_FILES_TRANSFERRED"
    [destination] storage_class = "DEEP_ARCHIVE" [task] verify_mode = "POINT_IN_TIME_CONSISTENT"
        task.verify_mode = "POINT_IN_TIME_CONSISTENT": does not go with destination.storage_class = "DEEP_ARCHIVE": DataSync can't read objects of this class; write verify_mode = "ONLY_FILES_TRANSFERRED"
    [destination] transition_days = 90 transition_storage_class = "GLACIER" [task] verify_mode = "POINT_IN_TIME_CONSISTENT"
        task.verify_mode = "POINT_IN_TIME_CONSISTENT": does not go with destination.transition_storage_class = "GLACIER": DataSync can't read objects after they have moved to this class; write verify_mode = "ONLY_FILES_TRANSFERRED"
    [destination] storage_class = "GLACIER" transition_days = 90 transition_storage_class = "DEEP_ARCHIVE" [task] verify_mode = "POINT_IN_TIME_CONSISTENT"
        task.verify_mode = "POINT_IN_TIME_CONSISTENT": does not go with destination.storage_class = "GLACIER": DataSync can't read objects of this class; write verify_mode = "ONLY_FILES_TRANSFERRED"
        task.verify_mode = "POINT_IN_TIME_CONSISTENT": does not go with destination.transition_storage_class = "DEEP_ARCHIVE": DataSync can't read objects after they have moved to this class; write verify_mode = "ONLY_FILES_TRANSFERRED"
    [task] mode = "ENHANCED" verify_mode = "POINT_IN_TIME_CONSISTENT"
        task.verify_mode = "POINT_IN_TIME_CONSISTENT": does not go with task.mode = "ENHANCED": DataSync can't compare all files in this mode; write verify_mode = "ONLY_FILES_TRANSFERRED"
    "#);
}

#[test]
fn times_that_exclude_other_options() {
    insta::assert_snapshot!(describe_refusals(TIMES), @r#"
    [task] mode = "ENHANCED" verify_mode = "NONE" mtime = "NONE"
        task.mtime = "NONE": does not go with task.mode = "ENHANCED": DataSync always keeps the time of the last change in this mode; write mtime = "PRESERVE"
    [task] mode = "ENHANCED" mtime = "NONE"
        task.mtime = "NONE": does not go with task.mode = "ENHANCED": DataSync always keeps the time of the last change in this mode; write mtime = "PRESERVE"
    [task] mtime = "NONE"
        task.mtime = "NONE": does not go with task.atime = "BEST_EFFORT" (the default) and task.mode = "BASIC" (the default): DataSync keeps both times or neither in this mode; write mtime = "PRESERVE", or both "NONE"
    [task] atime = "NONE"
        task.atime = "NONE": does not go with task.mtime = "PRESERVE" (the default) and task.mode = "BASIC" (the default): DataSync keeps both times or neither in this mode; write atime = "BEST_EFFORT"
    [task] atime = "BEST_EFFORT" mtime = "NONE"
        task.mtime = "NONE": does not go with task.atime = "BEST_EFFORT" and task.mode = "BASIC" (the default): DataSync keeps both times or neither in this mode; write mtime = "PRESERVE", or both "NONE"
    [task] atime = "NONE" mtime = "PRESERVE"
        task.atime = "NONE": does not go with task.mtime = "PRESERVE" and task.mode = "BASIC" (the default): DataSync keeps both times or neither in this mode; write atime = "BEST_EFFORT"
    "#);
}

#[test]
fn owners_that_exclude_each_other() {
    insta::assert_snapshot!(describe_refusals(OWNERS), @r#"
    [task] uid = "NONE"
        task.uid = "NONE": does not go with task.gid = "INT_VALUE" (the default): AWS documents the two only together, both kept or neither; write the same for both
    [task] uid = "INT_VALUE" gid = "NONE"
        task.uid = "INT_VALUE": does not go with task.gid = "NONE": AWS documents the two only together, both kept or neither; write the same for both
    [task] transfer_mode = "ALL" preserve_deleted_files = "REMOVE" includes = ["/a"] uid = "NONE"
        task.preserve_deleted_files = "REMOVE": does not go with task.transfer_mode = "ALL": without a comparison DataSync can't find deleted files; write transfer_mode = "CHANGED", or preserve_deleted_files = "PRESERVE"
        task.preserve_deleted_files = "REMOVE": does not go with task.includes = ["/a"]: AWS does not document what REMOVE deletes outside the included paths; set source.subdirectory or excludes instead, or preserve_deleted_files = "PRESERVE"
        task.uid = "NONE": does not go with task.gid = "INT_VALUE" (the default): AWS documents the two only together, both kept or neither; write the same for both
    "#);
}
