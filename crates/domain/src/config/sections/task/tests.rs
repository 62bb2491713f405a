//! Options of the task, one at a time.

use crate::config::refusal_tests::describe_refusals;

pub(in crate::config) const NUMBERS: &[&str] = &[
    "[task]\nbytes_per_second = 0",
    "[task]\nbytes_per_second = -1",
    "[task]\nbytes_per_second = \"1\"",
    "[task]\nbytes_per_second = 1.5",
    "[task]\nlog_retention_days = 8",
];

pub(in crate::config) const PATTERNS: &[&str] = &[
    "[task]\nincludes = [\"*.txt\"]",
    "[task]\nincludes = [\"/a*b\", \"c\"]",
    "[task]\nexcludes = [\"tmp\"]",
    "[task]\nexcludes = [\"/a|/b\"]",
    "[task]\nexcludes = [\"\"]",
    "[task]\nexcludes = \"/a\"",
];

pub(in crate::config) const MODES: &[&str] = &[
    "[task]\nmode = \"FAST\"",
    "[task]\nverify_mode = \"\"",
    "[task]\nlog_level = \"NONE\"",
    "[task]\noverwrite_mode = true",
    "[task]\natime = \"PRESERVE\"",
    "[task]\nmtime = \"BEST_EFFORT\"",
    "[task]\nuid = \"NAME\"",
];

pub(in crate::config) const OWNERS: &[&str] = &[
    "[task]\ngid = \"BOTH\"",
    "[task]\nposix_permissions = \"BEST_EFFORT\"",
    "[task]\npreserve_deleted_files = \"DELETE\"",
    "[task]\ntransfer_mode = \"changed\"",
    "[task]\ntask_queueing = false",
];

pub(in crate::config) const UNKNOWN_KEYS: &[&str] = &[
    "[task]\npreserve_devices = \"PRESERVE\"",
    "[task]\nobject_tags = \"PRESERVE\"",
    "[task]\nobject_metadata = \"NONE\"",
    "[task]\nsecurity_descriptor_copy_flags = \"NONE\"",
    "[task]\nbandwidth = 5",
    "[task]\nverify-mode = \"NONE\"",
    "[task.options]\nuid = \"NONE\"",
];

#[test]
fn refused_numbers() {
    insta::assert_snapshot!(describe_refusals(NUMBERS), @r#"
    [task] bytes_per_second = 0
        task.bytes_per_second = 0: must be at least 1: a rule of DataSync; remove the key for no limit
    [task] bytes_per_second = -1
        task.bytes_per_second = -1: must be at least 1: a rule of DataSync; remove the key for no limit
    [task] bytes_per_second = "1"
        task.bytes_per_second = "1": must be a whole number without quotes
    [task] bytes_per_second = 1.5
        task.bytes_per_second = 1.5: must be a whole number without quotes
    [task] log_retention_days = 8
        task.log_retention_days = 8: must be one of the days that CloudWatch Logs offers: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
    "#);
}

#[test]
fn refused_patterns() {
    insta::assert_snapshot!(describe_refusals(PATTERNS), @r#"
    [task] includes = ["*.txt"]
        task.includes = "*.txt": must begin with / (the top of the source): a rule of DataSync for include patterns; write the whole path
    [task] includes = ["/a*b", "c"]
        task.includes = "/a*b": must contain * only as the last character: a rule of DataSync for include patterns; shorten it, and exclude the paths that are too many
        task.includes = "c": must begin with / (the top of the source): a rule of DataSync for include patterns; write the whole path
    [task] excludes = ["tmp"]
        task.excludes = "tmp": must begin with / (the top of the source) or with * (anywhere): DataSync matches whole paths; begin it with one of them
    [task] excludes = ["/a|/b"]
        task.excludes = "/a|/b": must be one pattern: | separates patterns; write two entries, or \| for the character itself
    [task] excludes = [""]
        task.excludes = "": must not be empty or contain the character NUL: a rule of DataSync; remove it
    [task] excludes = "/a"
        task.excludes = "/a": must be a list of texts, ["…", "…"]
    "#);
}

#[test]
fn refused_modes() {
    insta::assert_snapshot!(describe_refusals(MODES), @r#"
    [task] mode = "FAST"
        task.mode = "FAST": must be one of BASIC, ENHANCED
    [task] verify_mode = ""
        task.verify_mode = "": must be one of POINT_IN_TIME_CONSISTENT, ONLY_FILES_TRANSFERRED, NONE
    [task] log_level = "NONE"
        task.log_level = "NONE": must be one of OFF, BASIC, TRANSFER
    [task] overwrite_mode = true
        task.overwrite_mode = true: must be one of ALWAYS, NEVER, in quotes
    [task] atime = "PRESERVE"
        task.atime = "PRESERVE": must be one of BEST_EFFORT, NONE
    [task] mtime = "BEST_EFFORT"
        task.mtime = "BEST_EFFORT": must be one of PRESERVE, NONE
    [task] uid = "NAME"
        task.uid = "NAME": must be one of INT_VALUE, NONE
    "#);
}

#[test]
fn refused_owners_and_permissions() {
    insta::assert_snapshot!(describe_refusals(OWNERS), @r#"
    [task] gid = "BOTH"
        task.gid = "BOTH": must be one of INT_VALUE, NONE
    [task] posix_permissions = "BEST_EFFORT"
        task.posix_permissions = "BEST_EFFORT": must be one of PRESERVE, NONE
    [task] preserve_deleted_files = "DELETE"
        task.preserve_deleted_files = "DELETE": must be one of PRESERVE, REMOVE
    [task] transfer_mode = "changed"
        task.transfer_mode = "changed": must be one of CHANGED, ALL
    [task] task_queueing = false
        task.task_queueing = false: must be one of ENABLED, DISABLED, in quotes
    "#);
}

#[test]
fn unknown_keys() {
    insta::assert_snapshot!(describe_refusals(UNKNOWN_KEYS), @r#"
    [task] preserve_devices = "PRESERVE"
        task.preserve_devices = "PRESERVE": is not offered: DataSync can't copy device files from EFS; remove it
    [task] object_tags = "PRESERVE"
        task.object_tags = "PRESERVE": is not offered: it is for copies from object storage, and files have no tags; remove it
    [task] object_metadata = "NONE"
        task.object_metadata = "NONE": is not offered: it is for copies from object storage, and files have none; remove it
    [task] security_descriptor_copy_flags = "NONE"
        task.security_descriptor_copy_flags = "NONE": is not offered: it is for SMB and FSx for Windows; remove it
    [task] bandwidth = 5
        task.bandwidth = 5: is not a known key; known keys: mode, verify_mode, overwrite_mode, atime, mtime, uid, gid, posix_permissions, preserve_deleted_files, transfer_mode, task_queueing, log_level, bytes_per_second, includes, excludes, log_retention_days
    [task] verify-mode = "NONE"
        task.verify-mode = "NONE": is not a known key; did you mean `verify_mode`?
    [task.options] uid = "NONE"
        task.options = { uid = "NONE" }: is not a known key; known keys: mode, verify_mode, overwrite_mode, atime, mtime, uid, gid, posix_permissions, preserve_deleted_files, transfer_mode, task_queueing, log_level, bytes_per_second, includes, excludes, log_retention_days
    "#);
}
