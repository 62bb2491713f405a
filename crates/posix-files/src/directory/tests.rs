//! Opening a directory below a root that is a symlink.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};

use rustix::fs::{fstat, mkdirat};

use super::*;

const NO_LINK: &str =
    "`/lnk` is a symbolic link, and below the root of a file system none is followed";
const NO_NEAR_LINK: &str =
    "`/a/near` is a symbolic link, and below the root of a file system none is followed";

fn make_directory(above: &OwnedFd, name: &OsStr) -> io::Result<()> {
    Ok(mkdirat(above, name, Mode::RWXU)?)
}

/// Makes the directories `real` and `outside`, with symlinks between them. Returns `real` and a
/// symlink to it.
fn create_linked(folder: &Path) -> (PathBuf, PathBuf) {
    let (real, link) = (folder.join("real"), folder.join("fs-1"));
    fs::create_dir_all(real.join("a/b")).unwrap();
    fs::create_dir(folder.join("outside")).unwrap();
    symlink(&real, &link).unwrap();
    symlink("../outside", real.join("lnk")).unwrap();
    symlink("b", real.join("a/near")).unwrap();
    fs::write(real.join("file"), "").unwrap();
    (real, link)
}

#[test]
fn the_root_may_be_a_symlink() {
    let folder = tempfile::tempdir().unwrap();
    let (real, link) = create_linked(folder.path());
    for below in ["", "/", "a", "/a/b/"] {
        let directory = MountedDirectory::new(&link, below);
        let expected = real.join(below.trim_matches('/')).metadata().unwrap().ino();
        for opened in [directory.open(), directory.open_or_make(make_directory)] {
            assert_eq!(fstat(opened.unwrap()).unwrap().st_ino, expected, "{below}");
        }
    }
}

#[test]
fn only_the_root_may_be_a_symlink() {
    let folder = tempfile::tempdir().unwrap();
    let (_, link) = create_linked(folder.path());
    for (below, says) in [
        ("lnk", NO_LINK),
        ("lnk/x", NO_LINK),
        ("/a/near/", NO_NEAR_LINK),
        ("file/x", "`/file` is not a directory"),
    ] {
        let directory = MountedDirectory::new(&link, below);
        for refused in [directory.open(), directory.open_or_make(make_directory)] {
            let refused = refused.unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::NotADirectory);
            assert_eq!(refused.to_string(), says);
        }
    }
    assert!(folder.path().join("outside").read_dir().unwrap().next().is_none());
}

#[test]
fn no_path_leads_out_of_the_root() {
    let folder = tempfile::tempdir().unwrap();
    let (_, link) = create_linked(folder.path());
    let out = MountedDirectory::new(&link, "a/../../outside");
    assert_eq!(out.open().unwrap_err().kind(), io::ErrorKind::InvalidInput);
    let made = out.open_or_make(make_directory);
    assert_eq!(made.unwrap_err().kind(), io::ErrorKind::InvalidInput);
    assert!(folder.path().join("outside").read_dir().unwrap().next().is_none());
}

#[test]
fn missing_directories_are_made_one_below_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let directory = MountedDirectory::new(folder.path(), "a").join("/b/c/");
    assert_eq!(directory.open().unwrap_err().kind(), io::ErrorKind::NotFound);
    assert_eq!(directory.path(), folder.path().join("a/b/c"));
    directory.open_or_make(make_directory).unwrap();
    directory.open().unwrap();
    let stays = directory.open_or_make(|_, _| Err(io::ErrorKind::Other.into()));
    assert!(stays.is_ok(), "what is there is not made");
}
