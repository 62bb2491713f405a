//! Writing into the tree: a file or symlink is made whole in a folder of its own
//! (`.aws-datasync/<execution>`, as the service's) and then renamed to its place, so that no
//! reader, and no crash, ever finds a part of it there.

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
    AtFlags, Gid, Mode, OFlags, Uid, chmodat, chownat, fchmod, fchown, fstat, futimens, mkdirat,
    openat, renameat, statat, symlinkat, unlinkat, utimensat,
};
use rustix::io::Errno;

use super::failure::ItemError;
use super::tree::{Tree, names_in};

/// The folder below the root that walks leave out.
pub(crate) const FOLDER: &str = ".aws-datasync";
const DEFAULT_FOLDER_MODE: u32 = 0o755;
const DEFAULT_FILE_MODE: u32 = 0o644;
const DEFAULT_OWNER: u32 = 65_534;
const PERMISSIONS: u32 = 0o7_777;

/// The modification time that a file system made of one that it can't hold. The item has all else,
/// and is reported.
pub(super) type Kept = Result<(), TimeNotKept>;

/// The folder of one execution; removed with this value.
#[derive(Debug)]
pub(super) struct Staging {
    top: OwnedFd,
    execution_id: String,
    folder: OwnedFd,
    next: AtomicU64,
}

/// A file on its way to its place; what is not placed is removed.
#[derive(Debug)]
pub(super) struct Staged {
    staging: Arc<Staging>,
    name: String,
    placed: bool,
}

impl Staging {
    pub(super) fn make(tree: &Tree, execution_id: &str) -> io::Result<Self> {
        let top = tree.folder(Path::new(""))?;
        make_folder(top.as_fd(), OsStr::new(FOLDER), 0o700)?;
        let outer = tree.folder(Path::new(FOLDER))?;
        make_folder(outer.as_fd(), OsStr::new(execution_id), 0o700)?;
        let folder = tree.folder(&Path::new(FOLDER).join(execution_id))?;
        Ok(Self { top, execution_id: execution_id.to_owned(), folder, next: AtomicU64::new(0) })
    }

    /// A new file, to be filled and placed.
    pub(super) fn file(self: &Arc<Self>) -> io::Result<(File, Staged)> {
        let staged = self.fresh();
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = openat(&self.folder, &staged.name, flags, Mode::RUSR | Mode::WUSR)?;
        Ok((file.into(), staged))
    }

    /// A new symlink, to be placed.
    pub(super) fn symlink(self: &Arc<Self>, target: &[u8]) -> io::Result<Staged> {
        let staged = self.fresh();
        symlinkat(OsStr::from_bytes(target), &self.folder, &staged.name)?;
        Ok(staged)
    }

    fn fresh(self: &Arc<Self>) -> Staged {
        let name = self.next.fetch_add(1, Ordering::Relaxed).to_string();
        Staged { staging: Arc::clone(self), name, placed: false }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        clean(&self.top, &self.execution_id);
    }
}

/// Removes the folder of an execution that a crash interrupted.
pub(crate) fn clean_interrupted(root: &MountedDirectory, execution_id: &str) {
    // What can't be mounted any more holds nothing that anybody would see.
    if let Ok(top) = root.open() {
        clean(&top, execution_id);
    }
}

/// Removes an execution's folder and, when it was the last, the one around it.
fn clean(top: &OwnedFd, execution_id: &str) {
    match remove_staged(top, execution_id) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!("`{FOLDER}/{execution_id}` could not be removed: {error}");
        }
        _ => {}
    }
    // It stays while another execution uses it.
    let _in_use = unlinkat(top, FOLDER, AtFlags::REMOVEDIR);
}

fn remove_staged(top: &OwnedFd, execution_id: &str) -> io::Result<()> {
    let outer = open_directory(top, Path::new(FOLDER))?;
    let folder = open_directory(&outer, Path::new(execution_id))?;
    for staged in names_in(&folder)? {
        unlinkat(&folder, staged.name, AtFlags::empty())?;
    }
    Ok(unlinkat(&outer, execution_id, AtFlags::REMOVEDIR)?)
}

impl Staged {
    /// Sets owner and times of the symlink, as far as given. A symlink has no mode of its own.
    pub(super) fn dress_symlink(&self, posix: &Posix) -> io::Result<Kept> {
        let (folder, name) = (&self.staging.folder, self.name.as_str());
        if let Some((uid, gid)) = ownership_of(posix) {
            chownat(folder, name, uid, gid, AtFlags::SYMLINK_NOFOLLOW)?;
        }
        utimensat(folder, name, &timestamps_of(posix), AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(check_mtime(posix, &statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?))
    }

    /// Moves it to its place, making the directories above. What is there is replaced, unless it is
    /// a directory.
    pub(super) fn place(mut self, tree: &Tree, path: &str) -> Result<(), ItemError> {
        let path = Path::new(path);
        let parent = make_parents(tree, path)?;
        let name = path.file_name().ok_or(ItemError::Broken)?;
        match renameat(&self.staging.folder, &self.name, &parent, name) {
            Ok(()) => {
                self.placed = true;
                Ok(())
            }
            Err(Errno::ISDIR | Errno::NOTEMPTY | Errno::EXIST) => Err(ItemError::InTheWay),
            Err(error) => Err(ItemError::write(&error.into())),
        }
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.placed {
            // What stays is removed with the folder.
            let _left = unlinkat(&self.staging.folder, &self.name, AtFlags::empty());
        }
    }
}

/// Sets owner and times of a new file, as far as given, and its mode. The owner first: changing it
/// clears setuid and setgid.
pub(super) fn dress_file(file: &File, posix: &Posix) -> io::Result<Kept> {
    if let Some((uid, gid)) = ownership_of(posix) {
        fchown(file, uid, gid)?;
    }
    let mode = posix.mode.unwrap_or(DEFAULT_FILE_MODE);
    fchmod(file, Mode::from_bits_truncate(mode & PERMISSIONS))?;
    futimens(file, &timestamps_of(posix))?;
    Ok(check_mtime(posix, &fstat(file)?))
}

/// Sets owner, mode and times of an item in its place, as far as given. Nothing is opened, so its
/// mode need not let us.
pub(super) fn dress_in_place(
    tree: &Tree,
    path: &str,
    posix: &Posix,
    is_symlink: bool,
) -> io::Result<Kept> {
    let (parent, name) = tree.parent(Path::new(path))?;
    if let Some((uid, gid)) = ownership_of(posix) {
        chownat(&parent, name, uid, gid, AtFlags::SYMLINK_NOFOLLOW)?;
    }
    if let Some(mode) = posix.mode.filter(|_| !is_symlink) {
        chmodat(&parent, name, Mode::from_bits_truncate(mode & PERMISSIONS), AtFlags::empty())?;
    }
    utimensat(&parent, name, &timestamps_of(posix), AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(check_mtime(posix, &statat(&parent, name, AtFlags::SYMLINK_NOFOLLOW)?))
}

/// Makes the directory and those above it; `true` when it was not there.
pub(super) fn make_directory(tree: &Tree, path: &str) -> Result<bool, ItemError> {
    let path = Path::new(path);
    let parent = make_parents(tree, path)?;
    let name = path.file_name().ok_or(ItemError::Broken)?;
    let made = make_folder(parent.as_fd(), name, DEFAULT_FOLDER_MODE)
        .map_err(|error| ItemError::write(&error))?;
    if !made && tree.folder(path).is_err() {
        return Err(ItemError::InTheWay);
    }
    Ok(made)
}

/// The directory that is to hold the item, made when missing, with those above it.
fn make_parents(tree: &Tree, path: &Path) -> Result<OwnedFd, ItemError> {
    let parent = path.parent().unwrap_or(Path::new(""));
    match tree.folder(parent) {
        Ok(folder) => return Ok(folder),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(in_the_way(&error)),
    }
    let above = make_parents(tree, parent)?;
    let name = parent.file_name().ok_or(ItemError::Broken)?;
    if make_folder(above.as_fd(), name, DEFAULT_FOLDER_MODE)
        .map_err(|error| ItemError::write(&error))?
    {
        give_to_nobody(&above, name);
    }
    tree.folder(parent).map_err(|error| in_the_way(&error))
}

/// What a directory without an object of its own belongs to, where we may give it away.
fn give_to_nobody(above: &OwnedFd, name: &OsStr) {
    let (uid, gid) = (Some(Uid::from_raw(DEFAULT_OWNER)), Some(Gid::from_raw(DEFAULT_OWNER)));
    if rustix::process::geteuid().is_root()
        && let Err(error) = chownat(above, name, uid, gid, AtFlags::SYMLINK_NOFOLLOW)
    {
        tracing::warn!("{} keeps our own owner: {error}", name.display());
    }
}

fn in_the_way(error: &io::Error) -> ItemError {
    match Errno::from_io_error(error) {
        Some(Errno::NOTDIR | Errno::LOOP) => ItemError::InTheWay,
        _ => ItemError::write(error),
    }
}

/// `false` when the name is taken.
fn make_folder(parent: std::os::fd::BorrowedFd<'_>, name: &OsStr, mode: u32) -> io::Result<bool> {
    match mkdirat(parent, name, Mode::from_bits_truncate(mode)) {
        Ok(()) => {
            // The process's umask may have taken bits away.
            chmodat(parent, name, Mode::from_bits_truncate(mode), AtFlags::empty())?;
            Ok(true)
        }
        Err(Errno::EXIST) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
