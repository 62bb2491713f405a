//! The options of a task, with DataSync's names and values.

use aws_sdk_datasync::types::{
    Atime, Gid, LogLevel, Mtime, ObjectTags, Options, OverwriteMode, PosixPermissions,
    PreserveDeletedFiles, PreserveDevices, TaskMode, TaskQueueing, TransferMode, Uid, VerifyMode,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskOptions {
    pub verify_mode: String,
    pub overwrite_mode: String,
    pub atime: String,
    pub mtime: String,
    pub uid: String,
    pub gid: String,
    pub posix_permissions: String,
    pub preserve_deleted_files: String,
    pub preserve_devices: String,
    /// -1 is unlimited.
    pub bytes_per_second: i64,
    pub task_queueing: String,
    pub log_level: String,
    pub transfer_mode: String,
}

impl TaskOptions {
    pub(super) fn to_api(&self, mode: &str) -> Options {
        Options::builder()
            .set_object_tags(object_tags(mode))
            .verify_mode(self.verify_mode.as_str().into())
            .overwrite_mode(self.overwrite_mode.as_str().into())
            .atime(self.atime.as_str().into())
            .mtime(self.mtime.as_str().into())
            .uid(self.uid.as_str().into())
            .gid(self.gid.as_str().into())
            .posix_permissions(self.posix_permissions.as_str().into())
            .preserve_deleted_files(self.preserve_deleted_files.as_str().into())
            .preserve_devices(self.preserve_devices.as_str().into())
            .bytes_per_second(self.bytes_per_second)
            .task_queueing(self.task_queueing.as_str().into())
            .log_level(self.log_level.as_str().into())
            .transfer_mode(self.transfer_mode.as_str().into())
            .build()
    }

    /// An absent option has DataSync's default (API model 2018-11-09, `Options`).
    pub(super) fn from_api(options: Option<Options>) -> Self {
        let options = options.unwrap_or_else(|| Options::builder().build());
        Self {
            verify_mode: options
                .verify_mode
                .unwrap_or(VerifyMode::PointInTimeConsistent)
                .as_str()
                .to_owned(),
            overwrite_mode: options
                .overwrite_mode
                .unwrap_or(OverwriteMode::Always)
                .as_str()
                .to_owned(),
            atime: options.atime.unwrap_or(Atime::BestEffort).as_str().to_owned(),
            mtime: options.mtime.unwrap_or(Mtime::Preserve).as_str().to_owned(),
            uid: options.uid.unwrap_or(Uid::IntValue).as_str().to_owned(),
            gid: options.gid.unwrap_or(Gid::IntValue).as_str().to_owned(),
            posix_permissions: options
                .posix_permissions
                .unwrap_or(PosixPermissions::Preserve)
                .as_str()
                .to_owned(),
            preserve_deleted_files: {
                options
                    .preserve_deleted_files
                    .unwrap_or(PreserveDeletedFiles::Preserve)
                    .as_str()
                    .to_owned()
            },
            preserve_devices: options
                .preserve_devices
                .unwrap_or(PreserveDevices::None)
                .as_str()
                .to_owned(),
            bytes_per_second: options.bytes_per_second.unwrap_or(-1),
            task_queueing: options
                .task_queueing
                .unwrap_or(TaskQueueing::Enabled)
                .as_str()
                .to_owned(),
            log_level: options.log_level.unwrap_or(LogLevel::Off).as_str().to_owned(),
            transfer_mode: options
                .transfer_mode
                .unwrap_or(TransferMode::Changed)
                .as_str()
                .to_owned(),
        }
    }
}

/// An execution in Enhanced mode fails at once where a location knows no tags and they are to be
/// preserved, the default (DataSync User Guide, "Configuring how to handle object tags"); EFS knows
/// none. Basic mode takes the option for nothing.
fn object_tags(mode: &str) -> Option<ObjectTags> {
    (mode == TaskMode::Enhanced.as_str()).then_some(ObjectTags::None)
}
