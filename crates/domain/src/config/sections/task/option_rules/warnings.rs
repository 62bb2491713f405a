//! Warnings about allowed options.

use super::{
    OptionProblem, Transfer, manifest_option, mtime_option, option_value, preserve_deleted_files,
    task_mode, transfer_mode, verify_mode,
};
use crate::config::{
    LogLevel, Mtime, OverwriteMode, Owner, PosixPermissions, PreserveDeletedFiles, TaskMode,
    TransferMode, VerifyMode,
};

type Rule = fn(&Transfer<'_>) -> Option<OptionProblem>;

pub(super) const RULES: [Rule; 15] = [
    changed_files_go_stale,
    deletions_follow,
    without_times_all_is_copied_again,
    all_is_copied_again,
    all_and_never_contradict,
    copies_start_over_in_the_first_class,
    nothing_is_verified,
    nothing_is_logged,
    an_enhanced_task_logs_elsewhere,
    owners_are_lost,
    permissions_are_lost,
    an_enhanced_task_may_not_be_limited,
    the_limit_is_in_bytes,
    a_manifest_removes_nothing,
    a_manifest_verifies_its_own,
];

/// Below this a limit is more likely a slip: somebody thought of megabytes.
const SUSPICIOUS_BYTES_PER_SECOND: i64 = 1024 * 1024;

fn changed_files_go_stale(transfer: &Transfer<'_>) -> Option<OptionProblem> {
    let task = transfer.task;
    let never = task.overwrite_mode == OverwriteMode::Never;
    let finding = || {
        let reason = "a file that changes after its first copy is not copied again, so its object \
            is out of date";
        OptionProblem::new(
            vec![overwrite_mode(transfer)],
            reason,
            "write \"ALWAYS\" unless you want that",
        )
    };
    (never && task.transfer_mode == TransferMode::Changed).then(finding)
}

fn deletions_follow(transfer: &Transfer<'_>) -> Option<OptionProblem> {
    let reason = "a file that is deleted at the source, by mistake or on purpose, is deleted at \
        the destination by the next execution";
    let instead = "a versioned bucket keeps the versions: set noncurrent_version_expiration_days \
        longer than you need to notice";
    (removes_deleted(transfer) && !transfer.has_manifest)
        .then(|| OptionProblem::new(vec![preserve_deleted_files(transfer)], reason, instead))
}

fn without_times_all_is_copied_again(transfer: &Transfer<'_>) -> Option<OptionProblem> {
    let reason = "without the time of the last change DataSync can't find unchanged files: each \
        execution copies all files again";
    (transfer.task.mtime == Mtime::None).then(|| {
        OptionProblem::new(
            vec![mtime_option(transfer)],
            reason,
            "write \"PRESERVE\" for a task that runs more than once",
        )
    })
}

fn all_is_copied_again(transfer: &Transfer<'_>) -> Option<OptionProblem> {
    let all = is_all(transfer) && transfer.task.overwrite_mode == OverwriteMode::Always;
    let reason = "each execution copies all files again: a new version of every object, billed in \
        addition to the old ones";
    (all && !transfer.has_manifest).then(|| {
        OptionProblem::new(
            vec![transfer_mode(transfer)],
            reason,
            "write \"CHANGED\" for a task that runs more than once",
        )
    })
}

fn all_and_never_contradict(transfer: &Transfer<'_>) -> Option<OptionProblem> {
    let both = is_all(transfer) && transfer.task.overwrite_mode == OverwriteMode::Never;
    let reason = "one option copies every file again, the other keeps every existing object";
    let options = || vec![transfer_mode(transfer), overwrite_mode(transfer)];
    both.then(|| {
        OptionProblem::new(
            options(),
            reason,
            "write transfer_mode = \"CHANGED\" or overwrite_mode = \"ALWAYS\"",
        )
    })
}

fn copies_start_over_in_the_first_class(transfer: &Transfer<'_>) -> Option<OptionProblem> {
    let later = transfer.later_storage_class.filter(|_| is_all(transfer))?;
    let reason = "each copy starts in destination.storage_class: an object that is copied again \
        before the transition never moves";
    let options = vec![
        transfer_mode(transfer),
        option_value("destination.transition_storage_class", later.as_str()),
    ];
    Some(OptionProblem::new(options, reason, "write transfer_mode = \"CHANGED\""))
}

fn nothing_is_verified(transfer: &Transfer<'_>) -> Option<OptionProblem> {
    let reason = "DataSync compares no files and reports no checksums: a proof then covers only \
        versions and sizes";
    (transfer.task.verify_mode == VerifyMode::None).then(|| {
        OptionProblem::new(
            vec![verify_mode(transfer)],
            reason,
            "write \"ONLY_FILES_TRANSFERRED\" to have them compared",
        )
    })
}

fn nothing_is_logged(transfer: &Transfer<'_>) -> Option<OptionProblem> {
    let level = transfer.task.log_level;
    let reason =
        "DataSync writes no log: failed files and their reasons are then only in its report";
    (level == LogLevel::Off).then(|| {
        OptionProblem::new(
            vec![option_value("task.log_level", level.as_str())],
            reason,
            "write \"BASIC\" to have errors logged",
        )
    })
}

fn an_enhanced_task_logs_elsewhere(transfer: &Transfer<'_>) -> Option<OptionProblem> {
    let options = || {
        vec![
            task_mode(transfer),
            option_value("task.log_retention_days", transfer.task.log_retention_days),
        ]
    };
    let reason = "DataSync then logs to /aws/datasync, which all tasks of the account share; its \
        retention is not managed";
    (transfer.task.mode == TaskMode::Enhanced).then(|| {
        OptionProblem::new(options(), reason, "set the retention of that log group yourself")
    })
}

fn owners_are_lost(transfer: &Transfer<'_>) -> Option<OptionProblem> {
    let task = transfer.task;
    let options = || {
        vec![
            option_value("task.uid", task.uid.as_str()),
            option_value("task.gid", task.gid.as_str()),
        ]
    };
    let reason =
        "users and groups are not kept: restored files belong to the user who restores them";
    (task.uid == Owner::None && task.gid == Owner::None)
        .then(|| OptionProblem::new(options(), reason, "write \"INT_VALUE\" for both to keep them"))
}

fn permissions_are_lost(transfer: &Transfer<'_>) -> Option<OptionProblem> {
    let permissions = transfer.task.posix_permissions;
    let options = || vec![option_value("task.posix_permissions", permissions.as_str())];
    (permissions == PosixPermissions::None).then(|| {
        let reason = "permissions are not kept: restored files get those of new files";
        OptionProblem::new(options(), reason, "write \"PRESERVE\" to keep them")
    })
}

/// Older texts of the User Guide say that the option does not apply in this mode; newer ones are
/// silent.
fn an_enhanced_task_may_not_be_limited(transfer: &Transfer<'_>) -> Option<OptionProblem> {
    let limit =
        transfer.task.bytes_per_second.filter(|_| transfer.task.mode == TaskMode::Enhanced)?;
    let reason = "AWS does not document that a limit applies in this mode";
    let options = vec![option_value("task.bytes_per_second", limit), task_mode(transfer)];
    Some(OptionProblem::new(
        options,
        reason,
        "watch the first executions, or write mode = \"BASIC\"",
    ))
}

fn the_limit_is_in_bytes(transfer: &Transfer<'_>) -> Option<OptionProblem> {
    let limit = transfer
        .task
        .bytes_per_second
        .filter(|limit| (1..SUSPICIOUS_BYTES_PER_SECOND).contains(limit))?;
    let reason =
        "this is less than one megabyte per second: the number counts bytes, not megabytes";
    let options = vec![option_value("task.bytes_per_second", limit)];
    Some(OptionProblem::new(options, reason, "write 104857600 for 100 MiB per second"))
}

fn a_manifest_removes_nothing(transfer: &Transfer<'_>) -> Option<OptionProblem> {
    let reason = "with a manifest DataSync deletes nothing";
    (removes_deleted(transfer) && transfer.has_manifest).then(|| {
        let options = vec![preserve_deleted_files(transfer), manifest_option()];
        OptionProblem::new(options, reason, "leave deletions to an execution without a manifest")
    })
}

fn a_manifest_verifies_its_own(transfer: &Transfer<'_>) -> Option<OptionProblem> {
    let everything = transfer.task.verify_mode == VerifyMode::PointInTimeConsistent;
    let reason = "with a manifest DataSync compares only the files that it names";
    (everything && transfer.has_manifest).then(|| {
        let options = vec![verify_mode(transfer), manifest_option()];
        OptionProblem::new(options, reason, "leave the rest to an execution without a manifest")
    })
}

fn is_all(transfer: &Transfer<'_>) -> bool {
    transfer.task.transfer_mode == TransferMode::All
}

fn removes_deleted(transfer: &Transfer<'_>) -> bool {
    transfer.task.preserve_deleted_files == PreserveDeletedFiles::Remove
}

fn overwrite_mode(transfer: &Transfer<'_>) -> super::OptionValue {
    option_value("task.overwrite_mode", transfer.task.overwrite_mode.as_str())
}
