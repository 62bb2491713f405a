//! Changes of a file or a directory while an execution is running.

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Created,
    /// The file was there when the tree was copied before, and not when the execution began.
    CreatedAgain,
    Renamed,
    Deleted,
    Truncated,
    Appended,
    Touched,
    AccessChanged,
    Rewritten,
    ByAFile,
    ByADirectory,
    ByASymlink,
    DirectoryRenamed,
    DirectoryDeleted,
}

impl Kind {
    pub(super) const ALL: [Self; 14] = [
        Self::Created,
        Self::CreatedAgain,
        Self::Renamed,
        Self::Deleted,
        Self::Truncated,
        Self::Appended,
        Self::Touched,
        Self::AccessChanged,
        Self::Rewritten,
        Self::ByAFile,
        Self::ByADirectory,
        Self::ByASymlink,
        Self::DirectoryRenamed,
        Self::DirectoryDeleted,
    ];

    /// The kind of item that is changed.
    pub(super) fn target_kind(self) -> Target {
        match self {
            Self::CreatedAgain => Target::Removed,
            Self::DirectoryRenamed | Self::DirectoryDeleted => Target::Directory,
            _ => Target::File,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    File,
    Directory,
    /// A file that was removed since it was copied.
    Removed,
}

/// One of them, of an item that no other touches.
#[derive(Clone, Debug)]
pub(super) struct Disturbance {
    pub(super) kind: Kind,
    /// The item.
    pub(super) at: PathBuf,
}

impl Disturbance {
    pub(super) fn apply_change(&self) {
        let at = &self.at;
        let beside = |name: &str| {
            at.with_file_name(format!("{name}-{}", at.file_name().unwrap().to_str().unwrap()))
        };
        match self.kind {
            Kind::CreatedAgain => fs::write(at, "created again").unwrap(),
            Kind::Created => fs::write(beside("created"), "created").unwrap(),
            Kind::Renamed | Kind::DirectoryRenamed => fs::rename(at, beside("renamed")).unwrap(),
            Kind::Deleted => fs::remove_file(at).unwrap(),
            Kind::Truncated => open_for_write(at).set_len(3).unwrap(),
            Kind::Appended => {
                File::options().append(true).open(at).unwrap().write_all(b"more").unwrap()
            }
            Kind::Touched => open_for_write(at).set_modified(SystemTime::now()).unwrap(),
            Kind::AccessChanged => fs::set_permissions(at, Permissions::from_mode(0o600)).unwrap(),
            Kind::Rewritten => rewrite_file(at),
            Kind::ByAFile => {
                let other = beside(".other");
                fs::write(&other, "another file").unwrap();
                fs::rename(other, at).unwrap();
            }
            Kind::ByADirectory => replace_by_directory(at),
            Kind::ByASymlink => {
                fs::remove_file(at).unwrap();
                symlink("elsewhere", at).unwrap();
            }
            Kind::DirectoryDeleted => fs::remove_dir_all(at).unwrap(),
        }
    }
}

fn open_for_write(path: &Path) -> File {
    File::options().write(true).open(path).unwrap()
}

/// Gives the file other content of the same length.
fn rewrite_file(at: &Path) {
    let length = usize::try_from(fs::metadata(at).unwrap().len()).unwrap();
    fs::write(at, vec![b'w'; length]).unwrap();
}

fn replace_by_directory(at: &Path) {
    fs::remove_file(at).unwrap();
    fs::create_dir(at).unwrap();
    fs::write(at.join("in it"), "in it").unwrap();
}
