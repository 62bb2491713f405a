//! A directory of a mounted file system.

use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, open, statat};

use crate::beneath::open_directory;

/// The mount point of a file system, and a directory in it. The mount point may be a symlink, or
/// below one; the directory is reached through none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MountedDirectory {
    root: PathBuf,
    /// Relative; empty for the root.
    below: PathBuf,
}

/// An obstacle to opening a directory below the root.
#[derive(Debug, thiserror::Error)]
enum NoDirectory {
    #[error("`/{0}` is a symbolic link, and below the root of a file system none is followed")]
    Symlink(String),
    #[error("`/{0}` is not a directory")]
    Other(String),
}

impl MountedDirectory {
    /// The directory `below`, with or without slashes at its ends, of what is mounted at `root`.
    pub fn new(root: impl Into<PathBuf>, below: impl AsRef<str>) -> Self {
        Self { root: root.into(), below: PathBuf::from(below.as_ref().trim_matches('/')) }
    }

    /// The directory `below` in this one.
    #[must_use]
    pub fn join(&self, below: &str) -> Self {
        Self { root: self.root.clone(), below: self.below.join(below.trim_matches('/')) }
    }

    /// The path for messages; opening it may follow a symlink.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        if self.below.as_os_str().is_empty() {
            self.root.clone()
        } else {
            self.root.join(&self.below)
        }
    }

    /// Opens the directory as a place for other calls.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotADirectory`] with the name that is a symlink or no directory, or what
    /// the system says.
    pub fn open(&self) -> io::Result<OwnedFd> {
        let root = self.open_root()?;
        open_directory(&root, &self.below).map_err(|error| self.explain_error(&root, error))
    }

    /// Opens the directory; each that is missing is made by `make`, which is given the open one
    /// above and the name.
    ///
    /// # Errors
    /// Those of [`Self::open`], and those of `make`.
    pub fn open_or_make(
        &self,
        make: impl Fn(&OwnedFd, &OsStr) -> io::Result<()>,
    ) -> io::Result<OwnedFd> {
        let root = self.open_root()?;
        let mut directory = root.try_clone()?;
        for part in self.below.components() {
            let name = match part {
                Component::Normal(name) => name,
                Component::CurDir | Component::RootDir => continue,
                Component::ParentDir | Component::Prefix(_) => {
                    return Err(io::ErrorKind::InvalidInput.into());
                }
            };
            let name = Path::new(name);
            let opened = open_directory(&directory, name).or_else(|error| {
                if error.kind() != io::ErrorKind::NotFound {
                    return Err(error);
                }
                make(&directory, name.as_os_str())?;
                open_directory(&directory, name)
            });
            directory = opened.map_err(|error| self.explain_error(&root, error))?;
        }
        Ok(directory)
    }

    fn open_root(&self) -> io::Result<OwnedFd> {
        Ok(open(&self.root, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?)
    }

    /// Names what is in the way.
    fn explain_error(&self, root: &OwnedFd, error: io::Error) -> io::Error {
        if error.kind() != io::ErrorKind::NotADirectory {
            return error;
        }
        let mut path = PathBuf::new();
        for name in self.below.components() {
            let at = open_directory(root, &path).and_then(|above| {
                Ok(statat(above, name.as_os_str(), AtFlags::SYMLINK_NOFOLLOW)
                    .map(|stat| stat.st_mode)?)
            });
            path.push(name);
            let shown = || path.to_string_lossy().into_owned();
            match at.map(FileType::from_raw_mode) {
                Ok(FileType::Directory) => {}
                Ok(FileType::Symlink) => {
                    return io::Error::new(error.kind(), NoDirectory::Symlink(shown()));
                }
                Ok(_) => return io::Error::new(error.kind(), NoDirectory::Other(shown())),
                Err(_) => break,
            }
        }
        error
    }
}

impl fmt::Display for MountedDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path().display().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt, symlink};

    use rustix::fs::{fstat, mkdirat};

    use super::*;

    #[test]
    fn only_the_root_may_be_a_symlink() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("fs-1"));
        fs::create_dir_all(real.join("a/b")).unwrap();
        fs::create_dir(folder.path().join("outside")).unwrap();
        symlink(&real, &link).unwrap();
        symlink("../outside", real.join("lnk")).unwrap();
        symlink("b", real.join("a/near")).unwrap();
        fs::write(real.join("file"), "").unwrap();
        let make = |above: &OwnedFd, name: &OsStr| Ok(mkdirat(above, name, Mode::RWXU)?);
        for below in ["", "/", "a", "/a/b/"] {
            let directory = MountedDirectory::new(&link, below);
            let expected = real.join(below.trim_matches('/')).metadata().unwrap().ino();
            assert_eq!(fstat(directory.open().unwrap()).unwrap().st_ino, expected, "{below}");
            assert_eq!(
                fstat(directory.open_or_make(make).unwrap()).unwrap().st_ino,
                expected,
                "{below}"
            );
        }
        for (below, says) in [
            (
                "lnk",
                "`/lnk` is a symbolic link, and below the root of a file system none is followed",
            ),
            (
                "lnk/x",
                "`/lnk` is a symbolic link, and below the root of a file system none is followed",
            ),
            (
                "/a/near/",
                "`/a/near` is a symbolic link, and below the root of a file system none is \
                    followed",
            ),
            ("file/x", "`/file` is not a directory"),
        ] {
            let directory = MountedDirectory::new(&link, below);
            for refused in [directory.open(), directory.open_or_make(make)] {
                let refused = refused.unwrap_err();
                assert_eq!(
                    (refused.kind(), refused.to_string().as_str()),
                    (io::ErrorKind::NotADirectory, says)
                );
            }
        }
        let out = MountedDirectory::new(&link, "a/../../outside");
        assert_eq!(out.open().unwrap_err().kind(), io::ErrorKind::InvalidInput);
        assert_eq!(out.open_or_make(make).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        assert!(folder.path().join("outside").read_dir().unwrap().next().is_none());
    }

    #[test]
    fn missing_directories_are_made_one_below_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let directory = MountedDirectory::new(folder.path(), "a").join("/b/c/");
        assert_eq!(directory.open().unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(directory.path(), folder.path().join("a/b/c"));
        directory.open_or_make(|above, name| Ok(mkdirat(above, name, Mode::RWXU)?)).unwrap();
        directory.open().unwrap();
        let stays = directory.open_or_make(|_, _| Err(io::ErrorKind::Other.into()));
        assert!(stays.is_ok(), "what is there is not made");
    }
}
