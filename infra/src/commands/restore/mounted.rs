//! The directory of a restore as this machine sees it, where the file system is mounted here.
//!
//! Rule: no symlink is followed below it: what is restored may hold links that lead out of it.

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
/// What the process's umask leaves of it.
const ANY_MODE: Mode = Mode::RWXU.union(Mode::RWXG).union(Mode::RWXO);
/// As DataSync makes directories of which it knows nothing (DataSync User Guide, "Default POSIX
/// metadata").
pub(super) const DEFAULT_MODE: u32 = 0o755;

/// An open directory.
#[derive(Debug)]
pub(super) struct Mounted {
    top: OwnedFd,
}

impl Mounted {
    /// `None` when it is not there.
    pub(super) fn open(directory: &MountedDirectory) -> io::Result<Option<Self>> {
        match directory.open() {
            Ok(top) => Ok(Some(Self { top })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes it, and those above it, where they are missing.
    pub(super) fn open_or_make(directory: &MountedDirectory) -> io::Result<Self> {
        let made = directory.open_or_make(|above, name| match mkdirat(above, name, ANY_MODE) {
            Err(Errno::EXIST) => Ok(()),
            made => Ok(made?),
        });
        Ok(Self { top: made? })
    }

    /// The directory's metadata; `None` when it is not there. The path is relative, and empty for
    /// the top.
    pub(super) fn look(&self, path: &str) -> io::Result<Option<Posix>> {
        let folder = match self.folder(path) {
            Ok(folder) => folder,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(Some(posix_of(&fstat(&folder)?)))
    }

    /// What has this path; `None` when nothing has, as when one of its directories is missing or is
    /// none.
    pub(super) fn file(&self, path: &str) -> io::Result<Option<File>> {
        let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
        let found = self
            .folder(above)
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
        Ok(Some(File { kind, size, posix: posix_of(&at) }))
    }

    /// Makes it where it is missing, and tells whether it was; what is above it has to be there.
    pub(super) fn make(&self, path: &str) -> io::Result<bool> {
        let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
        if name.is_empty() {
            return Ok(false);
        }
        match mkdirat(self.folder(above)?, name, Mode::from_bits_truncate(DEFAULT_MODE)) {
            Ok(()) => Ok(true),
            Err(Errno::EXIST) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Sets owner, times and mode, as far as given. The mode last: it may take our own access away,
    /// and changing the owner clears setuid and setgid. A time that the file system can't hold is
    /// an error, after all was set.
    pub(super) fn dress(&self, path: &str, posix: &Posix) -> io::Result<()> {
        let folder = self.folder(path)?;
        if let Some((uid, gid)) = ownership_of(posix) {
            chownat(&folder, ".", uid, gid, AtFlags::empty())?;
        }
        utimensat(&folder, ".", &timestamps_of(posix), AtFlags::empty())?;
        if let Some(mode) = posix.mode {
            chmodat(&folder, ".", Mode::from_bits_truncate(mode & PERMISSIONS), AtFlags::empty())?;
        }
        check_mtime(posix, &fstat(&folder)?).map_err(io::Error::other)
    }

    fn folder(&self, path: &str) -> io::Result<OwnedFd> {
        open_directory(&self.top, Path::new(path))
    }
}

/// What has a path that is not a directory's.
#[derive(Clone, Debug)]
pub(super) struct File {
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
    fn a_directory_is_made_and_set_and_read_back() {
        let top = tempfile::tempdir().unwrap();
        let mounted = Mounted::open(&MountedDirectory::new(top.path(), "")).unwrap().unwrap();
        assert_eq!(mounted.look("a/b").unwrap(), None);
        assert!(mounted.make("a").unwrap());
        assert!(mounted.make("a/b").unwrap());
        assert!(!mounted.make("a/b").unwrap());
        assert!(!mounted.make("").unwrap());
        let posix = Posix {
            mode: Some(0o042_770),
            mtime: FileTime::new(-1_600_000_000, 123_456_789),
            ..Posix::default()
        };
        for path in ["a/b", ""] {
            mounted.dress(path, &posix).unwrap();
            assert!(posix.is_kept_by(&mounted.look(path).unwrap().unwrap()), "{path}");
        }
        assert_eq!(top.path().join("a/b").metadata().unwrap().mode() & 0o7777, 0o2770);
    }

    #[test]
    fn a_time_that_is_not_held_is_an_error_and_the_rest_is_set() {
        let top = tempfile::tempdir().unwrap();
        let mounted = Mounted::open(&MountedDirectory::new(top.path(), "")).unwrap().unwrap();
        mounted.make("far").unwrap();
        let posix = Posix {
            mode: Some(0o040_700),
            mtime: FileTime::new(i64::MAX, 999_999_999),
            ..Posix::default()
        };
        // No file system that we know holds the last nanosecond of all.
        let told = mounted.dress("far", &posix).unwrap_err().to_string();
        assert!(
            told.contains(
                "can't hold the modification time +292277026596-12-04T15:30:07.999999999Z"
            ),
            "{told}"
        );
        assert_eq!(top.path().join("far").metadata().unwrap().mode() & 0o7777, 0o700);
    }

    #[test]
    fn nothing_beyond_a_link_is_touched() {
        let (top, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        symlink(outside.path(), top.path().join("link")).unwrap();
        let mounted = Mounted::open(&MountedDirectory::new(top.path(), "")).unwrap().unwrap();
        mounted.look("link").unwrap_err();
        mounted.make("link/made").unwrap_err();
        assert!(mounted.file("link/made").unwrap().is_none());
        assert_eq!(mounted.file("link").unwrap().unwrap().kind, FileKind::Symlink);
        mounted.dress("link", &Posix { mode: Some(0o700), ..Posix::default() }).unwrap_err();
        for directory in ["link", "link/made"] {
            let directory = MountedDirectory::new(top.path(), directory);
            Mounted::open(&directory).unwrap_err();
            Mounted::open_or_make(&directory).unwrap_err();
        }
        assert!(outside.path().read_dir().unwrap().next().is_none());
        assert!(Mounted::open(&MountedDirectory::new(top.path(), "none")).unwrap().is_none());
    }
}
