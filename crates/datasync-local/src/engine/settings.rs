//! The task's options in the engine's form.

use domain::posix::{FileKind, FileTime, Posix};

use crate::state::{
    Atime, Options, OverwriteMode, OwnerOption, PreserveDeletedFiles, PreserveOption, TransferMode,
    VerifyMode,
};

/// The side that is the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyDirection {
    /// Directory to bucket.
    Backup,
    /// Bucket to directory.
    Restore,
}

/// The options of one execution, complete and with their defaults applied.
#[derive(Clone, Debug)]
pub(crate) struct CopySettings {
    pub(crate) direction: CopyDirection,
    pub(crate) verify: VerifyMode,
    pub(crate) rewrite_all: bool,
    pub(crate) never_overwrite: bool,
    pub(crate) remove_deleted: bool,
    /// Whether report rows name the version that was written.
    pub(crate) report_version_ids: bool,
    /// The storage class of the destination bucket's location.
    pub(crate) storage_class: String,
    keep_times: bool,
    keep_atime: bool,
    keep_uid: bool,
    keep_gid: bool,
    keep_mode: bool,
}

/// The defaults for an object without POSIX metadata (DataSync User Guide, "Metadata copied").
const DEFAULT_OWNER: u32 = 65_534;
const DEFAULT_FILE_MODE: u32 = 0o100_644;
const DEFAULT_DIRECTORY_MODE: u32 = 0o040_755;
/// The only mode that Linux gives a symlink.
const SYMLINK_MODE: u32 = 0o120_777;
const PERMISSIONS: u32 = 0o7_777;

impl CopySettings {
    pub(crate) fn new(direction: CopyDirection, storage_class: &str, options: &Options) -> Self {
        Self {
            direction,
            verify: options.verify_mode.unwrap_or(VerifyMode::PointInTimeConsistent),
            rewrite_all: options.transfer_mode == Some(TransferMode::All),
            never_overwrite: options.overwrite_mode == Some(OverwriteMode::Never),
            remove_deleted: options.preserve_deleted_files == Some(PreserveDeletedFiles::Remove),
            report_version_ids: false,
            storage_class: storage_class.to_owned(),
            keep_times: options.mtime != Some(PreserveOption::None),
            keep_atime: options.atime != Some(Atime::None),
            keep_uid: options.uid != Some(OwnerOption::None),
            keep_gid: options.gid != Some(OwnerOption::None),
            keep_mode: options.posix_permissions != Some(PreserveOption::None),
        }
    }

    pub(crate) fn is_restore(&self) -> bool {
        self.direction == CopyDirection::Restore
    }

    /// Whether the verification compares with the hash of the sent bytes, so that the source is
    /// not read again.
    pub(crate) fn verifies_sent_bytes(&self) -> bool {
        self.verify == VerifyMode::OnlyFilesTransferred
    }

    /// The same settings without owner and group: only the super-user may give files away.
    pub(crate) fn without_ownership(self) -> Self {
        Self { keep_uid: false, keep_gid: false, ..self }
    }

    /// The metadata that a file system gets for an object: the object's own, completed by the
    /// defaults. `modified` is the time of the object's write.
    pub(crate) fn restored_metadata(
        posix: &Posix,
        kind: FileKind,
        modified: Option<FileTime>,
    ) -> Posix {
        Posix {
            mode: Some(restored_mode(posix.mode.map(|mode| mode & PERMISSIONS), kind)),
            uid: posix.uid.or(Some(DEFAULT_OWNER)),
            gid: posix.gid.or(Some(DEFAULT_OWNER)),
            mtime: posix.mtime.or(modified),
            atime: posix.atime,
        }
    }

    /// The part of a file's metadata that the options keep: it is written and compared.
    pub(crate) fn kept_metadata(&self, posix: &Posix) -> Posix {
        Posix {
            mode: posix.mode.filter(|_| self.keep_mode),
            uid: posix.uid.filter(|_| self.keep_uid),
            gid: posix.gid.filter(|_| self.keep_gid),
            mtime: posix.mtime.filter(|_| self.keep_times),
            atime: posix.atime.filter(|_| self.keep_atime),
        }
    }
}

fn restored_mode(permissions: Option<u32>, kind: FileKind) -> u32 {
    match kind {
        FileKind::Directory => 0o040_000 | permissions.unwrap_or(DEFAULT_DIRECTORY_MODE),
        FileKind::Symlink => SYMLINK_MODE,
        FileKind::Regular | FileKind::Special => {
            0o100_000 | permissions.unwrap_or(DEFAULT_FILE_MODE)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings_of(options: &Options) -> CopySettings {
        CopySettings::new(CopyDirection::Backup, "STANDARD", options)
    }

    #[test]
    fn only_what_the_options_keep_is_kept() {
        let all = Posix {
            mode: Some(0o100_644),
            uid: Some(1),
            gid: Some(2),
            mtime: FileTime::new(0, 3),
            atime: FileTime::new(0, 4),
        };
        let defaults = Options::defaults_of("BASIC");
        assert_eq!(settings_of(&defaults).kept_metadata(&all), all);
        let none: Options = serde_json::from_str(
            r#"{"Atime":"NONE","Mtime":"NONE","Uid":"NONE","Gid":"NONE","PosixPermissions":"NONE"}"#,
        )
        .unwrap();
        let nothing_kept = settings_of(&none.or_base(&defaults));
        assert_eq!(nothing_kept.kept_metadata(&all), Posix::default());
    }

    #[test]
    fn an_object_without_metadata_gets_the_documented_defaults() {
        let modified = FileTime::new(0, 7);
        let restored = CopySettings::restored_metadata;
        let expected = Posix {
            mode: Some(0o100_644),
            uid: Some(65_534),
            gid: Some(65_534),
            mtime: modified,
            atime: None,
        };
        assert_eq!(restored(&Posix::default(), FileKind::Regular, modified), expected);
        let directory = restored(&Posix::default(), FileKind::Directory, None);
        assert_eq!(directory.mode, Some(0o040_755));
        let odd = Posix { mode: Some(0o120_640), ..Posix::default() };
        assert_eq!(restored(&odd, FileKind::Symlink, None).mode, Some(0o120_777));
        assert_eq!(restored(&odd, FileKind::Regular, None).mode, Some(0o100_640));
    }
}
