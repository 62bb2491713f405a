//! `[task]`: DataSync's options under DataSync's names.

use serde::{Deserialize, Serialize};
use toml::Table;

use crate::config::defaults;
use crate::config::options::{
    Atime, LogLevel, Mtime, OverwriteMode, Owner, PosixPermissions, PreserveDeletedFiles, TaskMode,
    TaskQueueing, TransferMode, VerifyMode,
};
use crate::config::problem::ConfigProblem;
use crate::config::reader::Reader;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskConfig {
    pub mode: TaskMode,
    pub verify_mode: VerifyMode,
    pub overwrite_mode: OverwriteMode,
    pub atime: Atime,
    pub mtime: Mtime,
    pub uid: Owner,
    pub gid: Owner,
    pub posix_permissions: PosixPermissions,
    pub preserve_deleted_files: PreserveDeletedFiles,
    pub transfer_mode: TransferMode,
    pub task_queueing: TaskQueueing,
    pub log_level: LogLevel,
    /// `None` is unlimited.
    pub bytes_per_second: Option<i64>,
    /// Patterns as DataSync takes them, without the `|` between them.
    pub includes: Vec<String>,
    pub excludes: Vec<String>,
    pub log_retention_days: i32,
}

/// Options of the API that can only be wrong between EFS and S3, with why.
///
/// Source: DataSync API model 2018-11-09, `Options`.
const NOT_OFFERED: [(&str, &str); 4] = [
    ("preserve_devices", "is not offered: DataSync can't copy device files from EFS; remove it"),
    (
        "security_descriptor_copy_flags",
        "is not offered: it is about SMB and FSx for Windows; remove it",
    ),
    (
        "object_tags",
        "is not offered: it is about copies from object storage, and files have no tags; remove it",
    ),
    (
        "object_metadata",
        "is not offered: it is about copies from object storage, and files have none; remove it",
    ),
];

pub(in crate::config) fn read(
    document: &mut Table,
    problems: &mut Vec<ConfigProblem>,
) -> TaskConfig {
    let mut read = Reader::section(document, "task", problems);
    let section = TaskConfig {
        mode: read.choice("mode", TaskMode::Basic),
        verify_mode: read.choice("verify_mode", VerifyMode::OnlyFilesTransferred),
        overwrite_mode: read.choice("overwrite_mode", OverwriteMode::Always),
        atime: read.choice("atime", Atime::BestEffort),
        mtime: read.choice("mtime", Mtime::Preserve),
        uid: read.choice("uid", Owner::IntValue),
        gid: read.choice("gid", Owner::IntValue),
        posix_permissions: read.choice("posix_permissions", PosixPermissions::Preserve),
        preserve_deleted_files: read
            .choice("preserve_deleted_files", PreserveDeletedFiles::Preserve),
        transfer_mode: read.choice("transfer_mode", TransferMode::Changed),
        task_queueing: read.choice("task_queueing", TaskQueueing::Enabled),
        log_level: read.choice("log_level", LogLevel::Transfer),
        bytes_per_second: read.whole_number("bytes_per_second"),
        includes: read.texts("includes"),
        excludes: read.texts("excludes"),
        log_retention_days: read.number("log_retention_days", defaults::TASK_LOG_RETENTION_DAYS),
    };
    for (key, message) in NOT_OFFERED {
        read.refuse(key, message);
    }
    read.finish();
    section
}
