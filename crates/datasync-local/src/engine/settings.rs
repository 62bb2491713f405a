//! The task's options as the engine asks for them.

use pipeline::posix::Posix;

use crate::state::{Atime, Kept, Options, OverwriteMode, PreserveDeletedFiles, TransferMode, VerifyMode, Written};

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
    use pipeline::posix::FileTime;

    use super::*;

    #[test]
    fn only_what_the_options_keep_is_kept() {
        let all = Posix {
            mode: Some(0o100_644),
            uid: Some(1),
            gid: Some(2),
            mtime: Some(FileTime::Nanos(3)),
            atime: Some(FileTime::Nanos(4)),
        };
        let defaults = Options::defaults("BASIC");
        assert_eq!(Settings::new(&defaults).kept(&all), all);
        let none: Options = serde_json::from_str(
            r#"{"Atime":"NONE","Mtime":"NONE","Uid":"NONE","Gid":"NONE","PosixPermissions":"NONE"}"#,
        )
        .unwrap();
        assert_eq!(Settings::new(&none.over(&defaults)).kept(&all), Posix::default());
    }
}
