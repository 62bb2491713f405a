//! A directory below an open one.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Component, Path};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{Mode, OFlags, ResolveFlags, openat, openat2};
use rustix::io::Errno;

const DIRECTORY: OFlags =
    OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
const RESOLVE: ResolveFlags = ResolveFlags::BENEATH.union(ResolveFlags::NO_SYMLINKS);
/// `PATH_MAX`, which one system call takes at most; names one by one have no such bound.
const LONGEST_PATH: usize = 4096;

/// `false` once the kernel (before Linux 5.6) or its sandbox has refused `openat2`.
static RESOLVES: AtomicBool = AtomicBool::new(true);

/// Opens the directory at `path` below `top`, as a place for other calls, not for reading. An
/// absolute path begins at `top`, and the empty one is `top` itself.
///
/// # Errors
/// `ENOTDIR` where a name is a symlink or no directory; [`io::ErrorKind::InvalidInput`] where one
/// is `..`.
pub fn open_directory(top: impl AsFd, path: &Path) -> io::Result<OwnedFd> {
    let below = path.strip_prefix("/").unwrap_or(path);
    if below.components().any(|part| matches!(part, Component::ParentDir | Component::Prefix(_))) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    if below.as_os_str().is_empty() {
        return top.as_fd().try_clone_to_owned();
    }
    if below.as_os_str().len() < LONGEST_PATH && RESOLVES.load(Ordering::Relaxed) {
        match openat2(&top, below, DIRECTORY, Mode::empty(), RESOLVE) {
            // Filters of system calls answer EPERM to those they do not know.
            Err(Errno::NOSYS | Errno::PERM) => RESOLVES.store(false, Ordering::Relaxed),
            // As the walk below answers.
            Err(Errno::LOOP) => return Err(Errno::NOTDIR.into()),
            opened => return Ok(opened?),
        }
    }
    open_by_names(top, below)
}

/// Name by name, for kernels without `openat2` and for paths that it does not take.
fn open_by_names(top: impl AsFd, below: &Path) -> io::Result<OwnedFd> {
    let mut directory = top.as_fd().try_clone_to_owned()?;
    for part in below.components() {
        if let Component::Normal(name) = part {
            directory = openat(&directory, name, DIRECTORY, Mode::empty())?;
        }
    }
    Ok(directory)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt, symlink};

    use rustix::fs::{CWD, fstat};
    use tempfile::TempDir;

    use super::*;

    /// A tree with symlinks that lead out, near and round.
    fn linked_tree(outside: &Path) -> TempDir {
        fs::create_dir(outside.join("in")).unwrap();
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("a/b/c")).unwrap();
        fs::write(root.path().join("file"), "").unwrap();
        symlink(outside, root.path().join("out")).unwrap();
        symlink("b", root.path().join("a/near")).unwrap();
        symlink("/proc/self/cwd", root.path().join("magic")).unwrap();
        symlink("turn", root.path().join("turn")).unwrap();
        root
    }

    /// Opens in each way.
    fn open_each_way(top: &OwnedFd, path: &str) -> [io::Result<OwnedFd>; 2] {
        [open_directory(top, Path::new(path)), open_by_names(top, Path::new(path))]
    }

    #[test]
    fn directories_are_opened_in_each_way() {
        let outside = tempfile::tempdir().unwrap();
        let root = linked_tree(outside.path());
        let top = openat(CWD, root.path(), DIRECTORY, Mode::empty()).unwrap();
        for path in ["", "/", "a", "/a/b", "a//b/c", "a/./b/", "/a/b/c/"] {
            let expected = root.path().join(path.trim_start_matches('/')).metadata().unwrap().ino();
            for opened in open_each_way(&top, path) {
                assert_eq!(fstat(opened.unwrap()).unwrap().st_ino, expected, "{path}");
            }
        }
    }

    #[test]
    fn no_path_leads_through_a_symlink_or_out() {
        let outside = tempfile::tempdir().unwrap();
        let root = linked_tree(outside.path());
        let top = openat(CWD, root.path(), DIRECTORY, Mode::empty()).unwrap();
        for path in [
            "out", "out/in", "a/near", "a/near/c", "magic", "magic/in", "turn", "turn/x", "file",
            "file/x",
        ] {
            for opened in open_each_way(&top, path) {
                let code = opened.unwrap_err().raw_os_error();
                assert_eq!(code, Some(Errno::NOTDIR.raw_os_error()), "{path}");
            }
        }
        for path in ["..", "a/../a", "/../a", "a/b/../../.."] {
            let refused = open_directory(&top, Path::new(path)).unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::InvalidInput, "{path}");
        }
        let gone = open_directory(&top, Path::new("a/gone/c")).unwrap_err();
        assert_eq!(gone.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_path_longer_than_one_call_takes_is_opened() {
        let root = tempfile::tempdir().unwrap();
        let top = openat(CWD, root.path(), DIRECTORY, Mode::empty()).unwrap();
        let name = "d".repeat(200);
        let mut directory = top.try_clone().unwrap();
        for _ in 0..30 {
            rustix::fs::mkdirat(&directory, name.as_str(), Mode::RWXU).unwrap();
            directory = openat(&directory, name.as_str(), DIRECTORY, Mode::empty()).unwrap();
        }
        let path = vec![name; 30].join("/");
        let opened = open_directory(&top, Path::new(&path)).unwrap();
        assert_eq!(fstat(opened).unwrap().st_ino, fstat(&directory).unwrap().st_ino);
    }
}
