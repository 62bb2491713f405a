//! Trees as plain data, and random edits of real ones.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown, symlink};
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::random::Random;

/// By path: `/a/b`.
pub(crate) type Tree = BTreeMap<String, Node>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    /// With type bits.
    pub(crate) mode: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// Nanoseconds.
    pub(crate) mtime: i64,
    /// Content or target; empty for a directory.
    pub(crate) body: Vec<u8>,
}

impl Node {
    pub(crate) fn is_directory(&self) -> bool {
        self.mode & 0o170_000 == 0o040_000
    }
}

fn read_node(place: &Path, stat: &Metadata) -> Node {
    let body = if stat.is_symlink() {
        fs::read_link(place).unwrap().as_os_str().as_bytes().to_vec()
    } else if stat.is_dir() {
        vec![]
    } else {
        fs::read(place).unwrap()
    };
    let mtime = stat.mtime() * 1_000_000_000 + stat.mtime_nsec();
    Node { mode: stat.mode(), uid: stat.uid(), gid: stat.gid(), mtime, body }
}

pub(crate) fn read_tree(root: &Path) -> Tree {
    let mut tree = Tree::new();
    let mut directories = vec![root.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let place = entry.unwrap().path();
            let stat = fs::symlink_metadata(&place).unwrap();
            let node = read_node(&place, &stat);
            if stat.is_dir() {
                directories.push(place.clone());
            }
            tree.insert(format!("/{}", place.strip_prefix(root).unwrap().to_str().unwrap()), node);
        }
    }
    tree
}

fn remove_if_present(place: &Path) {
    let _absent = fs::remove_file(place);
}

/// Changes a few things. Directories, and files or symlinks, have names of their own: what happens
/// when one becomes the other is tested apart.
pub(crate) fn edit_tree(root: &Path, random: &mut Random) {
    for _ in 0..=random.next_below(6) {
        let directory = random_directory(root, random);
        let place =
            directory.join(*random.pick_from(&["f0", "f1", "f+2 x", "fü", "f4.tmp", "f-5"]));
        match random.next_below(10) {
            0..=3 => write_file(&place, random),
            4 => {
                remove_if_present(&place);
                symlink(random.pick_from(&["f0", "../gone", "/etc"]), &place).unwrap();
            }
            5 => remove_if_present(&place),
            6 if directory != root => fs::remove_dir_all(&directory).unwrap(),
            7 => touch_file(&place, random),
            8 => change_mode(&place, random),
            _ => change_owner(&place, random),
        }
    }
}

fn random_directory(root: &Path, random: &mut Random) -> std::path::PathBuf {
    let mut directory = root.to_owned();
    for _ in 0..random.next_below(4) {
        directory = directory.join(*random.pick_from(&["d0", "d1", "d+2", "f0.d"]));
    }
    fs::create_dir_all(&directory).unwrap();
    directory
}

fn write_file(place: &Path, random: &mut Random) {
    let before = fs::symlink_metadata(place).ok().filter(Metadata::is_file);
    if before.is_none() {
        let _absent = fs::remove_file(place);
    }
    let length = if random.once_in(60) { 17 * 1024 * 1024 } else { random.next_below(3) * 100 };
    let byte = u8::try_from(random.next_below(256)).unwrap();
    fs::write(place, vec![byte; length]).unwrap();
    // What a comparison by size and time does not see.
    if let Some(before) = before.filter(|_| random.once_in(4)) {
        File::options()
            .write(true)
            .open(place)
            .unwrap()
            .set_modified(before.modified().unwrap())
            .unwrap();
    }
}

fn touch_file(place: &Path, random: &mut Random) {
    if place.is_file() && !place.is_symlink() {
        let time = SystemTime::UNIX_EPOCH
            + Duration::from_nanos(random.next() % 2_000_000_000_000_000_000);
        File::options().write(true).open(place).unwrap().set_modified(time).unwrap();
    }
}

fn change_mode(place: &Path, random: &mut Random) {
    let mode = *random.pick_from(&[0o600, 0o644, 0o4755, 0o777]);
    if place.is_file() && !place.is_symlink() {
        fs::set_permissions(place, Permissions::from_mode(mode)).unwrap();
    }
    if let Some(directory) = place.parent().filter(|_| random.once_in(3)) {
        fs::set_permissions(
            directory,
            Permissions::from_mode(*random.pick_from(&[0o755, 0o700, 0o1777])),
        )
        .unwrap();
    }
}

fn change_owner(place: &Path, random: &mut Random) {
    if is_root(place) && fs::symlink_metadata(place).is_ok() {
        lchown(place, Some(u32::try_from(random.next_below(3)).unwrap()), Some(7)).unwrap();
    }
}

fn is_root(place: &Path) -> bool {
    fs::metadata(place.parent().unwrap()).is_ok_and(|parent| parent.uid() == 0)
}
