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
            let Some(name) = name_below(part)? else { continue };
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
            let at = type_of_entry(root, &path, name.as_os_str());
            path.push(name);
            let shown = || path.to_string_lossy().into_owned();
            match at {
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

/// The name of a part of a path; `None` for one that leads nowhere else.
fn name_below(part: Component<'_>) -> io::Result<Option<&Path>> {
    match part {
        Component::Normal(name) => Ok(Some(Path::new(name))),
        Component::CurDir | Component::RootDir => Ok(None),
        Component::ParentDir | Component::Prefix(_) => Err(io::ErrorKind::InvalidInput.into()),
    }
}

/// The type of an entry; a symlink is not followed.
fn type_of_entry(root: &OwnedFd, folder: &Path, name: &OsStr) -> io::Result<FileType> {
    let stat = statat(open_directory(root, folder)?, name, AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(FileType::from_raw_mode(stat.st_mode))
}

impl fmt::Display for MountedDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path().display().fmt(f)
    }
}

#[cfg(test)]
mod tests;
