//! Writing into the tree. A file or symlink is completed in a directory of its own
//! (`.aws-datasync/<execution>`, as the service's) and then renamed to its path, so that no reader
//! and no crash ever finds a part of it there.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::posix::Posix;
use posix_files::{
    MountedDirectory, TimeNotKept, check_mtime, open_directory, ownership_of, timestamps_of,
};
use rustix::fs::{
    AtFlags, Mode, OFlags, chmodat, chownat, fchmod, fchown, fstat, futimens, openat, renameat,
    statat, symlinkat, unlinkat, utimensat,
};
use rustix::io::Errno;

use crate::engine::item_error::ItemError;
use crate::engine::transfer::make_directories::{create_parents, make_directory};
use crate::engine::tree::{DirectoryTree, list_names_in};

/// The directory below the root that walks exclude.
const STAGING_DIRECTORY: &str = ".aws-datasync";
const DEFAULT_FILE_MODE: u32 = 0o644;
const PERMISSIONS: u32 = 0o7_777;

/// The error of a modification time that the file system cannot hold. The item has everything
/// else, and is reported.
pub(crate) type MtimeKept = Result<(), TimeNotKept>;

/// The directory of one execution; removed with this value.
#[derive(Debug)]
pub(crate) struct Staging {
    top: OwnedFd,
    execution_id: String,
    directory: OwnedFd,
    next_name: AtomicU64,
}

/// A file or symlink that is not at its path yet; removed with this value unless it was moved.
#[derive(Debug)]
pub(crate) struct StagedItem {
    staging: Arc<Staging>,
    name: String,
    moved: bool,
}

impl Staging {
    pub(crate) fn create(tree: &DirectoryTree, execution_id: &str) -> io::Result<Self> {
        let top = tree.open_directory(Path::new(""))?;
        make_directory(top.as_fd(), OsStr::new(STAGING_DIRECTORY), 0o700)?;
        let outer = tree.open_directory(Path::new(STAGING_DIRECTORY))?;
        make_directory(outer.as_fd(), OsStr::new(execution_id), 0o700)?;
        let directory = tree.open_directory(&Path::new(STAGING_DIRECTORY).join(execution_id))?;
        let execution_id = execution_id.to_owned();
        Ok(Self { top, execution_id, directory, next_name: AtomicU64::new(0) })
    }

    /// Creates an empty file.
    pub(crate) fn create_file(self: &Arc<Self>) -> io::Result<(File, StagedItem)> {
        let staged = self.next_item();
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = openat(&self.directory, &staged.name, flags, Mode::RUSR | Mode::WUSR)?;
        Ok((file.into(), staged))
    }

    pub(crate) fn create_symlink(self: &Arc<Self>, target: &[u8]) -> io::Result<StagedItem> {
        let staged = self.next_item();
        symlinkat(OsStr::from_bytes(target), &self.directory, &staged.name)?;
        Ok(staged)
    }

    fn next_item(self: &Arc<Self>) -> StagedItem {
        let name = self.next_name.fetch_add(1, Ordering::Relaxed).to_string();
        StagedItem { staging: Arc::clone(self), name, moved: false }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        clean_staging(&self.top, &self.execution_id);
    }
}

/// Removes the directory of an execution that a crash interrupted.
pub(crate) fn clean_interrupted(root: &MountedDirectory, execution_id: &str) {
    // The staging directory of a file system that cannot be mounted any more is not visible.
    if let Ok(top) = root.open() {
        clean_staging(&top, execution_id);
    }
}

/// Removes an execution's directory and, when it was the last, the one around it.
fn clean_staging(top: &OwnedFd, execution_id: &str) {
    match remove_staging(top, execution_id) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!("`{STAGING_DIRECTORY}/{execution_id}` could not be removed: {error}");
        }
        _ => {}
    }
    // It stays while another execution uses it.
    let _in_use = unlinkat(top, STAGING_DIRECTORY, AtFlags::REMOVEDIR);
}

fn remove_staging(top: &OwnedFd, execution_id: &str) -> io::Result<()> {
    let outer = open_directory(top, Path::new(STAGING_DIRECTORY))?;
    let directory = open_directory(&outer, Path::new(execution_id))?;
    for staged in list_names_in(&directory)? {
        unlinkat(&directory, staged.name, AtFlags::empty())?;
    }
    Ok(unlinkat(&outer, execution_id, AtFlags::REMOVEDIR)?)
}

impl StagedItem {
    /// Sets owner and times of the symlink, as far as given. A symlink has no mode of its own.
    pub(crate) fn apply_metadata_to_symlink(&self, posix: &Posix) -> io::Result<MtimeKept> {
        let (directory, name) = (&self.staging.directory, self.name.as_str());
        if let Some((uid, gid)) = ownership_of(posix) {
            chownat(directory, name, uid, gid, AtFlags::SYMLINK_NOFOLLOW)?;
        }
        utimensat(directory, name, &timestamps_of(posix), AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(check_mtime(posix, &statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)?))
    }

    /// Moves the item to its path, and creates the directories above. It replaces the item there,
    /// unless that is a directory.
    pub(crate) fn move_to(mut self, tree: &DirectoryTree, path: &str) -> Result<(), ItemError> {
        let path = Path::new(path);
        let parent = create_parents(tree, path)?;
        let name = path.file_name().ok_or(ItemError::Broken)?;
        match renameat(&self.staging.directory, &self.name, &parent, name) {
            Ok(()) => {
                self.moved = true;
                Ok(())
            }
            Err(Errno::ISDIR | Errno::NOTEMPTY | Errno::EXIST) => Err(ItemError::InTheWay),
            Err(error) => Err(ItemError::write_failed(&error.into())),
        }
    }
}

impl Drop for StagedItem {
    fn drop(&mut self) {
        if !self.moved {
            // An item that stays is removed with the directory.
            let _left = unlinkat(&self.staging.directory, &self.name, AtFlags::empty());
        }
    }
}

/// Sets owner and times of a new file, as far as given, and its mode. The owner is set first:
/// changing it clears setuid and setgid.
pub(crate) fn apply_metadata_to_file(file: &File, posix: &Posix) -> io::Result<MtimeKept> {
    if let Some((uid, gid)) = ownership_of(posix) {
        fchown(file, uid, gid)?;
    }
    let mode = posix.mode.unwrap_or(DEFAULT_FILE_MODE);
    fchmod(file, Mode::from_bits_truncate(mode & PERMISSIONS))?;
    futimens(file, &timestamps_of(posix))?;
    Ok(check_mtime(posix, &fstat(file)?))
}

/// Sets owner, mode and times of an item at its path, as far as given. Nothing is opened, so the
/// item's mode need not permit it.
pub(crate) fn apply_metadata_in_place(
    tree: &DirectoryTree,
    path: &str,
    posix: &Posix,
    is_symlink: bool,
) -> io::Result<MtimeKept> {
    let (parent, name) = tree.open_parent(Path::new(path))?;
    if let Some((uid, gid)) = ownership_of(posix) {
        chownat(&parent, name, uid, gid, AtFlags::SYMLINK_NOFOLLOW)?;
    }
    if let Some(mode) = posix.mode.filter(|_| !is_symlink) {
        chmodat(&parent, name, Mode::from_bits_truncate(mode & PERMISSIONS), AtFlags::empty())?;
    }
    utimensat(&parent, name, &timestamps_of(posix), AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(check_mtime(posix, &statat(&parent, name, AtFlags::SYMLINK_NOFOLLOW)?))
}
