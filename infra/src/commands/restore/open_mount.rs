//! The directory of a restore on this machine, where the file system is mounted.
//!
//! Rule: no symlink below it is followed, because restored files may contain symlinks that lead
//! outside.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use domain::posix::{FileKind, Posix};
use posix_files::{
    MountedDirectory, check_mtime, open_directory, ownership_of, posix_of, timestamps_of,
};
use rustix::fs::{AtFlags, Mode, chmodat, chownat, fstat, mkdirat, statat, utimensat};
use rustix::io::Errno;

const PERMISSIONS: u32 = 0o7777;
/// Any mode, limited by the umask of the process.
const ANY_MODE: Mode = Mode::RWXU.union(Mode::RWXG).union(Mode::RWXO);
/// The mode of directories without metadata, as in DataSync (DataSync User Guide, "Default POSIX
/// metadata").
pub(super) const DEFAULT_MODE: u32 = 0o755;

/// An open directory.
#[derive(Debug)]
pub(super) struct OpenMount {
    top: OwnedFd,
}

impl OpenMount {
    /// Opens the directory. Returns `None` when it does not exist.
    pub(super) fn open(directory: &MountedDirectory) -> io::Result<Option<Self>> {
        match directory.open() {
            Ok(top) => Ok(Some(Self { top })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Opens the directory, and creates it and its parents where they are missing.
    pub(super) fn open_or_create(directory: &MountedDirectory) -> io::Result<Self> {
        let made = directory.open_or_make(|above, name| match mkdirat(above, name, ANY_MODE) {
            Err(Errno::EXIST) => Ok(()),
            made => Ok(made?),
        });
        Ok(Self { top: made? })
    }

    /// Returns the metadata of a directory; `None` when it does not exist. The path is relative,
    /// and empty for the top.
    pub(super) fn directory_metadata(&self, path: &str) -> io::Result<Option<Posix>> {
        let folder = match self.open_below(path) {
            Ok(folder) => folder,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(Some(posix_of(&fstat(&folder)?)))
    }

    /// Returns the state of a file; `None` when it does not exist, or a parent is missing or not a
    /// directory.
    pub(super) fn file_state(&self, path: &str) -> io::Result<Option<FileState>> {
        let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
        let found = self
            .open_below(above)
            .and_then(|folder| Ok(statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?));
        let at = match found {
            Ok(at) => at,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        let kind = FileKind::from_mode(at.st_mode).unwrap_or(FileKind::Special);
        let size = if kind == FileKind::Directory {
            0
        } else {
            u64::try_from(at.st_size).unwrap_or_default()
        };
        Ok(Some(FileState { kind, size, posix: posix_of(&at) }))
    }

    /// Creates a directory if it is missing, and returns whether it did. The parent must exist.
    pub(super) fn create_directory(&self, path: &str) -> io::Result<bool> {
        let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
        if name.is_empty() {
            return Ok(false);
        }
        match mkdirat(self.open_below(above)?, name, Mode::from_bits_truncate(DEFAULT_MODE)) {
            Ok(()) => Ok(true),
            Err(Errno::EXIST) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Sets owner, times and mode, as far as given. The mode is last: it may remove the access of
    /// this process, and changing the owner clears setuid and setgid. A time that the file system
    /// cannot store is an error, after everything else was set.
    pub(super) fn apply_metadata(&self, path: &str, posix: &Posix) -> io::Result<()> {
        let folder = self.open_below(path)?;
        if let Some((uid, gid)) = ownership_of(posix) {
            chownat(&folder, ".", uid, gid, AtFlags::empty())?;
        }
        utimensat(&folder, ".", &timestamps_of(posix), AtFlags::empty())?;
        if let Some(mode) = posix.mode {
            chmodat(&folder, ".", Mode::from_bits_truncate(mode & PERMISSIONS), AtFlags::empty())?;
        }
        check_mtime(posix, &fstat(&folder)?).map_err(io::Error::other)
    }

    fn open_below(&self, path: &str) -> io::Result<OwnedFd> {
        open_directory(&self.top, Path::new(path))
    }
}

/// The state of a file that is not a directory.
#[derive(Clone, Debug)]
pub(super) struct FileState {
    pub kind: FileKind,
    pub size: u64,
    pub posix: Posix,
}

fn is_absent(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt, symlink};

    use domain::posix::FileTime;

    use super::*;

    #[test]
    fn a_directory_is_created_changed_and_read_back() {
        let top = tempfile::tempdir().unwrap();
        let mounted = OpenMount::open(&MountedDirectory::new(top.path(), "")).unwrap().unwrap();
        assert_eq!(mounted.directory_metadata("a/b").unwrap(), None);
        assert!(mounted.create_directory("a").unwrap());
        assert!(mounted.create_directory("a/b").unwrap());
        assert!(!mounted.create_directory("a/b").unwrap());
        assert!(!mounted.create_directory("").unwrap());
        let posix = Posix {
            mode: Some(0o042_770),
            mtime: FileTime::new(-1_600_000_000, 123_456_789),
            ..Posix::default()
        };
        for path in ["a/b", ""] {
            mounted.apply_metadata(path, &posix).unwrap();
            let stored = mounted.directory_metadata(path).unwrap().unwrap();
            assert!(posix.is_kept_by(&stored), "{path}");
        }
        assert_eq!(top.path().join("a/b").metadata().unwrap().mode() & 0o7777, 0o2770);
    }

    #[test]
    fn an_unsupported_time_is_an_error_and_the_rest_is_set() {
        let top = tempfile::tempdir().unwrap();
        let mounted = OpenMount::open(&MountedDirectory::new(top.path(), "")).unwrap().unwrap();
        mounted.create_directory("far").unwrap();
        let posix = Posix {
            mode: Some(0o040_700),
            mtime: FileTime::new(i64::MAX, 999_999_999),
            ..Posix::default()
        };
        // No known file system stores the last nanosecond.
        let error = mounted.apply_metadata("far", &posix).unwrap_err().to_string();
        assert!(
            error.contains(
                "can't hold the modification time +292277026596-12-04T15:30:07.999999999Z"
            ),
            "{error}"
        );
        assert_eq!(top.path().join("far").metadata().unwrap().mode() & 0o7777, 0o700);
    }

    #[test]
    fn nothing_behind_a_symlink_is_changed() {
        let (top, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        symlink(outside.path(), top.path().join("link")).unwrap();
        let mounted = OpenMount::open(&MountedDirectory::new(top.path(), "")).unwrap().unwrap();
        mounted.directory_metadata("link").unwrap_err();
        mounted.create_directory("link/made").unwrap_err();
        assert!(mounted.file_state("link/made").unwrap().is_none());
        assert_eq!(mounted.file_state("link").unwrap().unwrap().kind, FileKind::Symlink);
        mounted
            .apply_metadata("link", &Posix { mode: Some(0o700), ..Posix::default() })
            .unwrap_err();
        for directory in ["link", "link/made"] {
            let directory = MountedDirectory::new(top.path(), directory);
            OpenMount::open(&directory).unwrap_err();
            OpenMount::open_or_create(&directory).unwrap_err();
        }
        assert!(outside.path().read_dir().unwrap().next().is_none());
        assert!(OpenMount::open(&MountedDirectory::new(top.path(), "none")).unwrap().is_none());
    }
}
