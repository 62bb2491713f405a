//! Rules about options that exclude each other.

use super::{
    OptionProblem, Transfer, manifest_option, mtime_option, option_value, preserve_deleted_files,
    task_mode, transfer_mode, verify_mode,
};
use crate::config::{
    Atime, Mtime, PreserveDeletedFiles, StorageClass, TaskMode, TransferMode, VerifyMode,
};

type Rule = fn(&Transfer<'_>) -> Option<OptionProblem>;

pub(super) const RULES: [Rule; 11] = [
    enhanced_verifies_no_point_in_time,
    enhanced_keeps_times,
    basic_keeps_access_times_with_change_times,
    basic_drops_access_times_with_change_times,
    user_and_group_go_together,
    nothing_is_removed_without_comparison,
    nothing_is_removed_beside_includes,
    archived_objects_are_not_read_back,
    objects_archived_later_are_not_read_back,
    a_manifest_takes_no_includes,
    a_manifest_takes_no_excludes,
];

fn enhanced_verifies_no_point_in_time(transfer: &Transfer<'_>) -> Option<OptionProblem> {
    let task = transfer.task;
    let broken =
        task.mode == TaskMode::Enhanced && task.verify_mode == VerifyMode::PointInTimeConsistent;
    let finding = || {
        let reason = "DataSync can't compare all files in this mode";
        OptionProblem::new(
            vec![verify_mode(transfer), task_mode(transfer)],
            reason,
            "write verify_mode = \"ONLY_FILES_TRANSFERRED\"",
        )
    };
    broken.then(finding)
}

fn enhanced_keeps_times(transfer: &Transfer<'_>) -> Option<OptionProblem> {
    let broken = transfer.task.mode == TaskMode::Enhanced && transfer.task.mtime == Mtime::None;
    let finding = || {
        let reason = "DataSync always keeps the time of the last change in this mode";
        OptionProblem::new(
            vec![mtime_option(transfer), task_mode(transfer)],
            reason,
            "write mtime = \"PRESERVE\"",
        )
    };
    broken.then(finding)
}

fn basic_keeps_access_times_with_change_times(transfer: &Transfer<'_>) -> Option<OptionProblem> {
    let task = transfer.task;
    let broken = task.mode == TaskMode::Basic
        && task.atime == Atime::BestEffort
        && task.mtime == Mtime::None;
    let finding = || {
        let reason = "DataSync keeps both times or neither in this mode";
        OptionProblem::new(
            vec![mtime_option(transfer), atime_option(transfer), task_mode(transfer)],
            reason,
            "write mtime = \"PRESERVE\", or both \"NONE\"",
        )
    };
    broken.then(finding)
}

fn basic_drops_access_times_with_change_times(transfer: &Transfer<'_>) -> Option<OptionProblem> {
    let task = transfer.task;
    let broken =
        task.mode == TaskMode::Basic && task.atime == Atime::None && task.mtime == Mtime::Preserve;
    let finding = || {
        let reason = "DataSync keeps both times or neither in this mode";
        OptionProblem::new(
            vec![atime_option(transfer), mtime_option(transfer), task_mode(transfer)],
            reason,
            "write atime = \"BEST_EFFORT\"",
        )
    };
    broken.then(finding)
}

fn user_and_group_go_together(transfer: &Transfer<'_>) -> Option<OptionProblem> {
    let task = transfer.task;
    let finding = || {
        let reason = "AWS documents the two only together, both kept or neither";
        OptionProblem::new(
            vec![
                option_value("task.uid", task.uid.as_str()),
                option_value("task.gid", task.gid.as_str()),
            ],
            reason,
            "write the same for both",
        )
    };
    (task.uid != task.gid).then(finding)
}

fn nothing_is_removed_without_comparison(transfer: &Transfer<'_>) -> Option<OptionProblem> {
    let broken = removes_deleted(transfer) && transfer.task.transfer_mode == TransferMode::All;
    let finding = || {
        let reason = "without a comparison DataSync can't find deleted files";
        let options = vec![preserve_deleted_files(transfer), transfer_mode(transfer)];
        OptionProblem::new(
            options,
            reason,
            "write transfer_mode = \"CHANGED\", or preserve_deleted_files = \"PRESERVE\"",
        )
    };
    broken.then(finding)
}

fn nothing_is_removed_beside_includes(transfer: &Transfer<'_>) -> Option<OptionProblem> {
    let includes = &transfer.task.includes;
    let finding = || {
        let reason = "AWS does not document what REMOVE deletes outside the included paths";
        let instead =
            "set source.subdirectory or excludes instead, or preserve_deleted_files = \"PRESERVE\"";
        OptionProblem::new(
            vec![preserve_deleted_files(transfer), option_value("task.includes", includes)],
            reason,
            instead,
        )
    };
    (removes_deleted(transfer) && !includes.is_empty()).then(finding)
}

fn archived_objects_are_not_read_back(transfer: &Transfer<'_>) -> Option<OptionProblem> {
    check_archive_class(
        transfer,
        "destination.storage_class",
        transfer.storage_class,
        "DataSync can't read objects of this class",
    )
}

fn objects_archived_later_are_not_read_back(transfer: &Transfer<'_>) -> Option<OptionProblem> {
    let reason = "DataSync can't read objects after they have moved to this class";
    check_archive_class(
        transfer,
        "destination.transition_storage_class",
        transfer.later_storage_class,
        reason,
    )
}

fn check_archive_class(
    transfer: &Transfer<'_>,
    name: &'static str,
    class: Option<StorageClass>,
    reason: &str,
) -> Option<OptionProblem> {
    let class =
        class.filter(|class| matches!(class, StorageClass::Glacier | StorageClass::DeepArchive))?;
    let finding = || {
        let options = vec![verify_mode(transfer), option_value(name, class.as_str())];
        OptionProblem::new(options, reason, "write verify_mode = \"ONLY_FILES_TRANSFERRED\"")
    };
    (transfer.task.verify_mode == VerifyMode::PointInTimeConsistent).then(finding)
}

fn a_manifest_takes_no_includes(transfer: &Transfer<'_>) -> Option<OptionProblem> {
    check_manifest_filter(transfer, "task.includes", &transfer.task.includes)
}

fn a_manifest_takes_no_excludes(transfer: &Transfer<'_>) -> Option<OptionProblem> {
    check_manifest_filter(transfer, "task.excludes", &transfer.task.excludes)
}

fn check_manifest_filter(
    transfer: &Transfer<'_>,
    name: &'static str,
    patterns: &[String],
) -> Option<OptionProblem> {
    let finding = || {
        let reason = "DataSync accepts filters or a manifest, not both";
        OptionProblem::new(
            vec![option_value(name, patterns), manifest_option()],
            reason,
            "remove the filter from this execution",
        )
    };
    (transfer.has_manifest && !patterns.is_empty()).then(finding)
}

fn removes_deleted(transfer: &Transfer<'_>) -> bool {
    transfer.task.preserve_deleted_files == PreserveDeletedFiles::Remove
}

fn atime_option(transfer: &Transfer<'_>) -> super::OptionValue {
    option_value("task.atime", transfer.task.atime.as_str())
}
