//! The task's options as the engine asks for them.

use domain::posix::{FileKind, FileTime, Posix};

use crate::state::{
    Atime, Kept, Options, OverwriteMode, PreserveDeletedFiles, TransferMode, VerifyMode, Written,
};

/// What an execution is to do, with no question left open.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) verify: VerifyMode,
    pub(super) rewrite_all: bool,
    pub(super) never_overwrite: bool,
    pub(super) remove_deleted: bool,
    keep_times: bool,
    keep_atime: bool,
    keep_uid: bool,
    keep_gid: bool,
    keep_mode: bool,
}

/// What an object without POSIX metadata becomes (DataSync User Guide, "Metadata copied").
const DEFAULT_OWNER: u32 = 65_534;
const DEFAULT_FILE_MODE: u32 = 0o100_644;
const DEFAULT_FOLDER_MODE: u32 = 0o040_755;
/// Linux knows no other for a symlink.
const SYMLINK_MODE: u32 = 0o120_777;
const PERMISSIONS: u32 = 0o7_777;

impl Settings {
    pub(super) fn new(options: &Options) -> Self {
        Self {
            verify: options.verify_mode.unwrap_or(VerifyMode::PointInTimeConsistent),
            rewrite_all: options.transfer_mode == Some(TransferMode::All),
            never_overwrite: options.overwrite_mode == Some(OverwriteMode::Never),
            remove_deleted: options.preserve_deleted_files == Some(PreserveDeletedFiles::Remove),
            keep_times: options.mtime != Some(Kept::None),
            keep_atime: options.atime != Some(Atime::None),
            keep_uid: options.uid != Some(Written::None),
            keep_gid: options.gid != Some(Written::None),
            keep_mode: options.posix_permissions != Some(Kept::None),
        }
    }

    /// By the hash of what was sent, so that the source need not be read again.
    pub(super) fn verifies_what_it_wrote(&self) -> bool {
        self.verify == VerifyMode::OnlyFilesTransferred
    }

    /// Owner and group are left as they come: only the super-user may give files away.
    pub(super) fn without_ownership(self) -> Self {
        Self { keep_uid: false, keep_gid: false, ..self }
    }

    /// What a file system is to hold of an object: its metadata, completed where it has none.
    /// `modified` is when the object was written.
    pub(super) fn restored(posix: &Posix, kind: FileKind, modified: Option<FileTime>) -> Posix {
        let permissions = posix.mode.map(|mode| mode & PERMISSIONS);
        let mode = match kind {
            FileKind::Directory => 0o040_000 | permissions.unwrap_or(DEFAULT_FOLDER_MODE),
            FileKind::Symlink => SYMLINK_MODE,
            FileKind::Regular | FileKind::Special => {
                0o100_000 | permissions.unwrap_or(DEFAULT_FILE_MODE)
            }
        };
        Posix {
            mode: Some(mode),
            uid: posix.uid.or(Some(DEFAULT_OWNER)),
            gid: posix.gid.or(Some(DEFAULT_OWNER)),
            mtime: posix.mtime.or(modified),
            atime: posix.atime,
        }
    }

    /// What of a file's metadata is written and compared.
    pub(super) fn kept(&self, posix: &Posix) -> Posix {
        Posix {
            mode: posix.mode.filter(|_| self.keep_mode),
            uid: posix.uid.filter(|_| self.keep_uid),
            gid: posix.gid.filter(|_| self.keep_gid),
            mtime: posix.mtime.filter(|_| self.keep_times),
            atime: posix.atime.filter(|_| self.keep_atime),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_options_keep_is_kept() {
        let all = Posix {
            mode: Some(0o100_644),
            uid: Some(1),
            gid: Some(2),
            mtime: FileTime::new(0, 3),
            atime: FileTime::new(0, 4),
        };
        let defaults = Options::defaults("BASIC");
        assert_eq!(Settings::new(&defaults).kept(&all), all);
        let none: Options = serde_json::from_str(
            r#"{"Atime":"NONE","Mtime":"NONE","Uid":"NONE","Gid":"NONE","PosixPermissions":"NONE"}"#,
        )
        .unwrap();
        assert_eq!(Settings::new(&none.over(&defaults)).kept(&all), Posix::default());
    }

    #[test]
    fn an_object_without_metadata_gets_the_documented_defaults() {
        let modified = FileTime::new(0, 7);
        let file = Settings::restored(&Posix::default(), FileKind::Regular, modified);
        let expected = Posix {
            mode: Some(0o100_644),
            uid: Some(65_534),
            gid: Some(65_534),
            mtime: modified,
            atime: None,
        };
        assert_eq!(file, expected);
        let folder = Settings::restored(&Posix::default(), FileKind::Directory, None);
        assert_eq!(folder.mode, Some(0o040_755));
        let odd = Posix { mode: Some(0o120_640), ..Posix::default() };
        assert_eq!(Settings::restored(&odd, FileKind::Symlink, None).mode, Some(0o120_777));
        assert_eq!(Settings::restored(&odd, FileKind::Regular, None).mode, Some(0o100_640));
    }
}
