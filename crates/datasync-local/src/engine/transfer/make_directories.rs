//! Directories created in the tree.

use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, Gid, Mode, Uid, chmodat, chownat, mkdirat};
use rustix::io::Errno;

use crate::engine::item_error::ItemError;
use crate::engine::tree::DirectoryTree;

const DEFAULT_DIRECTORY_MODE: u32 = 0o755;
const DEFAULT_OWNER: u32 = 65_534;

/// Creates the directory, and the directories above it, where they are missing.
pub(crate) fn create_directory(tree: &DirectoryTree, path: &str) -> Result<(), ItemError> {
    let path = Path::new(path);
    let parent = create_parents(tree, path)?;
    let name = path.file_name().ok_or(ItemError::Broken)?;
    let created = make_directory(parent.as_fd(), name, DEFAULT_DIRECTORY_MODE)
        .map_err(|error| ItemError::write_failed(&error))?;
    if !created && tree.open_directory(path).is_err() {
        return Err(ItemError::InTheWay);
    }
    Ok(())
}

/// Opens the directory that is to hold the item; creates it, and the directories above, where they
/// are missing.
pub(crate) fn create_parents(tree: &DirectoryTree, path: &Path) -> Result<OwnedFd, ItemError> {
    let parent = path.parent().unwrap_or(Path::new(""));
    match tree.open_directory(parent) {
        Ok(directory) => return Ok(directory),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(parent_failed(&error)),
    }
    let above = create_parents(tree, parent)?;
    let name = parent.file_name().ok_or(ItemError::Broken)?;
    let created = make_directory(above.as_fd(), name, DEFAULT_DIRECTORY_MODE)
        .map_err(|error| ItemError::write_failed(&error))?;
    if created {
        set_default_owner(&above, name);
    }
    tree.open_directory(parent).map_err(|error| parent_failed(&error))
}

/// Sets the owner of a directory without an object of its own, where we may give it away.
fn set_default_owner(above: &OwnedFd, name: &OsStr) {
    let (uid, gid) = (Some(Uid::from_raw(DEFAULT_OWNER)), Some(Gid::from_raw(DEFAULT_OWNER)));
    if rustix::process::geteuid().is_root()
        && let Err(error) = chownat(above, name, uid, gid, AtFlags::SYMLINK_NOFOLLOW)
    {
        tracing::warn!("{} keeps our own owner: {error}", name.display());
    }
}

fn parent_failed(error: &io::Error) -> ItemError {
    match Errno::from_io_error(error) {
        Some(Errno::NOTDIR | Errno::LOOP) => ItemError::InTheWay,
        _ => ItemError::write_failed(error),
    }
}

/// Creates one directory; `false` when the name is taken.
pub(crate) fn make_directory(parent: BorrowedFd<'_>, name: &OsStr, mode: u32) -> io::Result<bool> {
    match mkdirat(parent, name, Mode::from_bits_truncate(mode)) {
        Ok(()) => {
            // The process's umask may have cleared bits.
            chmodat(parent, name, Mode::from_bits_truncate(mode), AtFlags::empty())?;
            Ok(true)
        }
        Err(Errno::EXIST) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
