//! Modes, owners and links, to the bucket and back.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown, symlink};

use serde_json::json;

use crate::fake::BUCKET;
use crate::restore::snapshot_of;
use crate::world::World;

/// All of them as `root`, who reads what no mode lets be read.
const FILE_MODES: [u32; 9] = [0o4755, 0o2755, 0o1777, 0o6777, 0o7777, 0o000, 0o111, 0o222, 0o7000];
const DIRECTORY_MODES: [u32; 5] = [0o1777, 0o2775, 0o000, 0o555, 0o3770];
const OWNERS: [u32; 7] = [0, 1000, 65_535, 65_536, (1 << 31) - 1, 1 << 31, u32::MAX - 1];

/// Targets of links; the first link is named as its target.
const TARGETS: [&[u8]; 12] = [
    b"itself",
    b"b",
    b"a",
    b"/etc/passwd",
    b"gone",
    b"..",
    b"../../..",
    b"bad\xff",
    b"two\nlines",
    b" ",
    b"trailing/",
    b".",
];

/// Copies the tree, empties the file system, and restores it.
async fn require_round_trip(world: &World) {
    let root = world.root_path();
    let before = snapshot_of(&root);
    let backup = world.backup_task(json!({})).await;
    world.run_task(&backup).await.expect_success();
    fs::rename(&root, world.directory().join("before")).unwrap();
    fs::create_dir(&root).unwrap();
    let restore = world.restore_task(json!({})).await;
    world.run_task(&restore).await.expect_success();
    assert_eq!(snapshot_of(&root), before);
    let again = world.run_task(&restore).await.expect_success();
    assert_eq!(again.described["FilesTransferred"], 0);
}

#[tokio::test]
async fn every_mode_comes_back() {
    let world = World::new().await;
    let root = world.root_path();
    let may_read = |mode: u32| fs::metadata(&root).unwrap().uid() == 0 || mode & 0o400 != 0;
    for mode in FILE_MODES.into_iter().filter(|mode| may_read(*mode)) {
        let path = root.join(format!("file {mode:o}"));
        fs::write(&path, "content").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    }
    for mode in DIRECTORY_MODES.into_iter().filter(|mode| may_read(*mode)) {
        let path = root.join(format!("directory {mode:o}"));
        fs::create_dir(&path).unwrap();
        fs::write(path.join("within"), "content").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    }
    require_round_trip(&world).await;
}

#[tokio::test]
async fn every_owner_comes_back() {
    let world = World::new().await;
    let root = world.root_path();
    if fs::metadata(&root).unwrap().uid() != 0 {
        return;
    }
    for owner in OWNERS {
        let [file, link, directory] =
            ["file ", "link ", ""].map(|kind| root.join(format!("{kind}{owner}")));
        fs::write(&file, "content").unwrap();
        symlink("nowhere", &link).unwrap();
        fs::create_dir(&directory).unwrap();
        for path in [file, link, directory] {
            lchown(path, Some(owner), Some(u32::MAX - 1 - owner)).unwrap();
        }
    }
    require_round_trip(&world).await;
}

#[tokio::test]
async fn every_link_comes_back() {
    let world = World::new().await;
    let root = world.root_path();
    let longest = "x/".repeat(2_047) + "x";
    let targets = || TARGETS.into_iter().chain([longest.as_bytes()]).enumerate();
    for (number, target) in targets() {
        let name = if number == 0 { "itself".to_owned() } else { format!("link {number}") };
        symlink(OsStr::from_bytes(target), root.join(name)).unwrap();
    }
    require_round_trip(&world).await;
    for (number, target) in targets().skip(1) {
        assert_eq!(
            world.fake.latest_objects(BUCKET)[&format!("link {number}")].body,
            target,
            "the object is the target"
        );
    }
}

/// "Separate Amazon S3 objects are created for each copy" (DataSync User Guide, "Hard links").
#[tokio::test]
async fn each_hard_link_is_an_object_and_comes_back_as_a_file_of_its_own() {
    let world = World::new().await;
    let root = world.root_path();
    fs::write(root.join("one"), "content").unwrap();
    fs::hard_link(root.join("one"), root.join("two")).unwrap();
    require_round_trip(&world).await;
    let bodies: Vec<_> =
        world.fake.latest_objects(BUCKET).into_values().map(|object| object.body).collect();
    assert_eq!(bodies, ["content", "content"]);
    let inode = |name: &str| root.join(name).metadata().unwrap().ino();
    assert_ne!(inode("one"), inode("two"));
}
