//! Each rule for executions that `stack.toml` alone can't describe, and all combinations for
//! contradictions among the rules.

use super::*;
use crate::config::options::Choice;
use crate::config::parse;
use crate::config::parse_tests::MINIMAL;
use crate::config::{Atime, Mtime, PreserveDeletedFiles, TaskMode, TransferMode, VerifyMode};

fn default_task() -> TaskConfig {
    parse(MINIMAL).unwrap().task
}

fn transfer_of(task: &TaskConfig) -> Transfer<'_> {
    Transfer {
        task,
        storage_class: Some(StorageClass::Standard),
        later_storage_class: None,
        has_manifest: false,
    }
}

fn join_problems(findings: &[OptionProblem]) -> String {
    findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_defaults_break_nothing_and_surprise_nobody() {
    let task = default_task();
    assert_eq!(find_violations(&transfer_of(&task)), []);
    assert_eq!(find_option_warnings(&transfer_of(&task)), []);
}

#[test]
fn a_manifest_excludes_filters() {
    let task = TaskConfig {
        includes: vec!["/a".into()],
        excludes: vec!["/b".into()],
        preserve_deleted_files: PreserveDeletedFiles::Preserve,
        ..default_task()
    };
    let transfer = Transfer { has_manifest: true, ..transfer_of(&task) };
    insta::assert_snapshot!(join_problems(&find_violations(&transfer)), @r#"
    task.includes = ["/a"] with manifest = true: DataSync accepts filters or a manifest, not both; remove the filter from this execution
    task.excludes = ["/b"] with manifest = true: DataSync accepts filters or a manifest, not both; remove the filter from this execution
    "#);
}

#[test]
fn a_manifest_changes_what_options_mean() {
    let verify_mode = VerifyMode::PointInTimeConsistent;
    let task = TaskConfig {
        verify_mode,
        preserve_deleted_files: PreserveDeletedFiles::Remove,
        ..default_task()
    };
    let transfer = Transfer { has_manifest: true, ..transfer_of(&task) };
    assert_eq!(find_violations(&transfer), []);
    insta::assert_snapshot!(join_problems(&find_option_warnings(&transfer)), @r#"
    task.preserve_deleted_files = "REMOVE" with manifest = true: with a manifest DataSync deletes nothing; leave deletions to an execution without a manifest
    task.verify_mode = "POINT_IN_TIME_CONSISTENT" with manifest = true: with a manifest DataSync compares only the files that it names; leave the rest to an execution without a manifest
    "#);
}

#[test]
fn a_restore_from_an_archive_class_may_compare_everything() {
    let task = TaskConfig { verify_mode: VerifyMode::PointInTimeConsistent, ..default_task() };
    let backup = Transfer { storage_class: Some(StorageClass::DeepArchive), ..transfer_of(&task) };
    insta::assert_snapshot!(join_problems(&find_violations(&backup)), @r#"task.verify_mode = "POINT_IN_TIME_CONSISTENT" with destination.storage_class = "DEEP_ARCHIVE": DataSync can't read objects of this class; write verify_mode = "ONLY_FILES_TRANSFERRED""#);
    assert_eq!(find_violations(&Transfer { storage_class: None, ..backup }), []);
}

#[test]
fn overrides_are_checked_one_by_one_too() {
    let task = TaskConfig {
        bytes_per_second: Some(0),
        includes: vec!["a".into()],
        excludes: vec!["/a|/b".into()],
        ..default_task()
    };
    insta::assert_snapshot!(join_problems(&find_violations(&transfer_of(&task))), @r#"
    task.bytes_per_second = 0: must be at least 1: a rule of DataSync; remove the key for no limit
    task.includes = "a": must begin with / (the top of the source): a rule of DataSync for include patterns; write the whole path
    task.excludes = "/a|/b": must be one pattern: | separates patterns; write two entries, or \| for the character itself
    "#);
}

/// Every combination of the options with words, with and without the settings around them.
fn every_combination(mut check: impl FnMut(&Transfer<'_>)) {
    for number in 0.. {
        let mut rest = number;
        let task = nth_combination(&mut rest);
        if rest > 0 {
            return;
        }
        every_transfer_of(&task, &mut check);
    }
}

fn every_transfer_of(task: &TaskConfig, check: &mut impl FnMut(&Transfer<'_>)) {
    for storage_class in [None, Some(StorageClass::Standard), Some(StorageClass::Glacier)] {
        for later_storage_class in [None, Some(StorageClass::DeepArchive)] {
            for has_manifest in [false, true] {
                check(&Transfer { task, storage_class, later_storage_class, has_manifest });
            }
        }
    }
}

/// The combination of a number, which each option takes its digit of.
fn nth_combination(number: &mut usize) -> TaskConfig {
    TaskConfig {
        mode: take_digit(number),
        verify_mode: take_digit(number),
        overwrite_mode: take_digit(number),
        atime: take_digit(number),
        mtime: take_digit(number),
        uid: take_digit(number),
        gid: take_digit(number),
        posix_permissions: take_digit(number),
        preserve_deleted_files: take_digit(number),
        transfer_mode: take_digit(number),
        task_queueing: take_digit(number),
        log_level: take_digit(number),
        bytes_per_second: None,
        includes: Vec::new(),
        excludes: Vec::new(),
        log_retention_days: 7,
    }
}

fn take_digit<T: Choice>(number: &mut usize) -> T {
    let choice = T::ALL[*number % T::ALL.len()];
    *number /= T::ALL.len();
    choice
}

#[test]
fn every_combination_is_allowed_or_has_its_reasons() {
    let (mut all, mut allowed) = (0, 0);
    every_combination(|transfer| {
        let found = find_violations(transfer);
        all += 1;
        allowed += usize::from(found.is_empty());
        for finding in found.iter().chain(&find_option_warnings(transfer)) {
            assert!(
                !finding.options.is_empty()
                    && !finding.reason.is_empty()
                    && !finding.instead.is_empty(),
                "{finding}"
            );
        }
    });
    insta::assert_snapshot!(format!("{allowed} of {all} allowed"), @"14976 of 110592 allowed");
}

/// The combinations that DataSync is known to refuse, written a second time as the table of its
/// guide.
#[test]
fn whatever_datasync_is_known_to_refuse_is_refused() {
    every_combination(|transfer| {
        let task = transfer.task;
        let enhanced = task.mode == TaskMode::Enhanced;
        let everything = task.verify_mode == VerifyMode::PointInTimeConsistent;
        let times = (task.atime == Atime::BestEffort, task.mtime == Mtime::Preserve);
        let archived = transfer.storage_class == Some(StorageClass::Glacier);
        let refused = [
            everything && (enhanced || archived),
            if enhanced { !times.1 } else { times.0 != times.1 },
            task.transfer_mode == TransferMode::All
                && task.preserve_deleted_files == PreserveDeletedFiles::Remove,
        ];
        assert!(!refused.contains(&true) || !find_violations(transfer).is_empty(), "{transfer:?}");
    });
}
