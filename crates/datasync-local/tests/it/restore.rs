//! Bucket to directory.

use std::fs::{self, Metadata};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use serde_json::json;

use crate::world::{BUCKET, World};

fn content_text(path: &Path, stat: &Metadata) -> String {
    if stat.is_symlink() {
        format!("-> {}", fs::read_link(path).unwrap().display())
    } else if stat.is_dir() {
        "/".to_owned()
    } else {
        format!("{:?}", fs::read(path).unwrap())
    }
}

/// Everything of a tree that a restore must bring back.
pub(crate) fn snapshot_of(root: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    let mut directories = vec![root.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let stat = fs::symlink_metadata(&path).unwrap();
            if stat.is_dir() {
                directories.push(path.clone());
            }
            let name = path.strip_prefix(root).unwrap().display();
            let owner = (stat.uid(), stat.gid(), stat.mtime(), stat.mtime_nsec());
            let content = content_text(&path, &stat);
            lines.push(format!("{name} {:o} {owner:?} {content}", stat.mode()));
        }
    }
    lines.sort();
    lines
}

fn make_docs(root: &Path) {
    fs::create_dir_all(root.join("a/empty")).unwrap();
    fs::create_dir_all(root.join("locked")).unwrap();
    fs::write(root.join("a/x"), "hello").unwrap();
    fs::write(root.join("a/none"), "").unwrap();
    fs::write(root.join("locked/in"), vec![7; 20 * 1024 * 1024]).unwrap();
    fs::set_permissions(root.join("a/x"), fs::Permissions::from_mode(0o4751)).unwrap();
    fs::set_permissions(root.join("locked"), fs::Permissions::from_mode(0o555)).unwrap();
    symlink("../gone", root.join("a/link")).unwrap();
}

#[tokio::test]
async fn a_backed_up_tree_is_restored_as_it_was() {
    let world = World::with_paths("/docs", "p").await;
    let root = world.root_path().join("docs");
    make_docs(&root);
    let before = snapshot_of(&root);
    let backup = world.backup_task(json!({})).await;
    world.run_task(&backup).await.expect_success();

    fs::set_permissions(root.join("locked"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::remove_dir_all(&root).unwrap();
    fs::create_dir(&root).unwrap();
    let restore = world.restore_task(json!({})).await;
    let ended = world.run_task(&restore).await.expect_success();
    assert_eq!(snapshot_of(&root), before);
    assert_eq!(ended.described["FilesTransferred"], 7);
    assert_eq!(world.read_report(&ended).verified.len(), 7);

    let again = world.run_task(&restore).await.expect_success();
    assert_eq!(again.described["FilesTransferred"], 0);
    assert_eq!(snapshot_of(&root), before);
    assert!(!root.join(".aws-datasync").exists());
}

#[tokio::test]
async fn a_restore_repairs_content_and_metadata_and_leaves_what_is_more() {
    let world = World::new().await;
    let root = world.root_path();
    fs::create_dir(root.join("d")).unwrap();
    for name in ["d/content", "d/mode", "d/same"] {
        fs::write(root.join(name), "12345").unwrap();
    }
    let before = snapshot_of(&root);
    let backup = world.backup_task(json!({})).await;
    world.run_task(&backup).await.expect_success();
    fs::write(root.join("d/content"), "54321").unwrap();
    fs::set_permissions(root.join("d/mode"), fs::Permissions::from_mode(0o600)).unwrap();
    let inode = fs::metadata(root.join("d/mode")).unwrap().ino();
    let restore = world.restore_task(json!({})).await;
    let ended = world.run_task(&restore).await.expect_success();
    assert_eq!(snapshot_of(&root), before, "the directory's time, too");
    assert_eq!(fs::metadata(root.join("d/mode")).unwrap().ino(), inode, "only its mode was set");
    assert_eq!(ended.described["FilesTransferred"], 2);

    fs::write(root.join("d/more"), "").unwrap();
    world.run_task(&restore).await.expect_success();
    assert!(root.join("d/more").exists());
    let remove = json!({ "OverrideOptions": { "PreserveDeletedFiles": "REMOVE" } });
    let ended = world.run_task_with(&restore, remove).await.expect_success();
    assert_eq!(snapshot_of(&root), before);
    assert_eq!(world.read_report(&ended).deleted[0].relative_path, "/d/more");
}

#[tokio::test]
async fn objects_without_metadata_get_the_documented_defaults() {
    let world = World::new().await;
    world.fake.put_object(BUCKET, "a/b/file", b"x", &[]);
    let restore = world.restore_task(json!({})).await;
    world.run_task(&restore).await.expect_success();
    let file = fs::metadata(world.root_path().join("a/b/file")).unwrap();
    assert_eq!(file.mode() & 0o7777, 0o644);
    assert_eq!(fs::metadata(world.root_path().join("a/b")).unwrap().mode() & 0o7777, 0o755);
    if fs::metadata(world.root_path()).unwrap().uid() == 0 {
        assert_eq!((file.uid(), file.gid()), (65_534, 65_534));
    }
    let again = world.run_task(&restore).await.expect_success();
    assert_eq!(again.described["FilesTransferred"], 0);
    let remove = json!({ "OverrideOptions": { "PreserveDeletedFiles": "REMOVE" } });
    let ended = world.run_task_with(&restore, remove).await.expect_success();
    assert_eq!(
        ended.described["FilesDeleted"], 0,
        "a directory above objects is not more than the source has"
    );
}

#[tokio::test]
async fn nothing_is_written_outside_and_nothing_through_a_symlink() {
    let world = World::new().await;
    let outside = world.directory().join("outside");
    fs::create_dir(&outside).unwrap();
    symlink(&outside, world.root_path().join("link")).unwrap();
    for key in ["../evil", "a/../../evil", "/abs", "a//b", "./c", "link/evil", "good"] {
        world.fake.put_object(BUCKET, key, b"x", &[]);
    }
    let restore = world.restore_task(json!({ "VerifyMode": "ONLY_FILES_TRANSFERRED" })).await;
    let ended = world.run_task(&restore).await;
    assert_eq!(ended.status(), "ERROR");
    assert!(fs::read_dir(&outside).unwrap().next().is_none());
    assert!(!world.directory().join("efs/evil").exists());
    assert_eq!(fs::read(world.root_path().join("good")).unwrap(), b"x");
    let report = world.read_report(&ended);
    let failed = report.transferred.iter().filter(|row| !row.transfer_status.is_success()).count();
    assert_eq!(failed, 6, "{report:#?}");
    fs::write(world.root_path().join("evil"), "x").unwrap();
    require_only_good_verified(&world, &restore).await;
}

async fn require_only_good_verified(world: &World, restore: &str) {
    let everything = json!({ "OverrideOptions": { "VerifyMode": "POINT_IN_TIME_CONSISTENT" } });
    let ended = world.run_task_with(restore, everything).await;
    let report = world.read_report(&ended);
    let verified = report.verified.iter().filter(|row| row.verify_status.is_success());
    assert_eq!(verified.map(|row| row.relative_path.as_str()).collect::<Vec<_>>(), ["/good"]);
}

#[tokio::test]
async fn names_at_the_destination_that_no_key_can_have_are_left_alone() {
    use std::os::unix::ffi::OsStrExt;
    let world = World::new().await;
    world.fake.put_object(BUCKET, "good", b"x", &[]);
    let odd = world.root_path().join(std::ffi::OsStr::from_bytes(b"bad\xff"));
    fs::write(&odd, "").unwrap();
    let restore = world.restore_task(json!({ "PreserveDeletedFiles": "REMOVE" })).await;
    world.run_task(&restore).await.expect_success();
    assert!(odd.exists() && world.root_path().join("good").exists());
}

#[tokio::test]
async fn what_is_of_another_type_makes_room_only_with_remove() {
    let world = World::new().await;
    let root = world.root_path();
    world.fake.put_object(BUCKET, "was-folder", b"file now", &[]);
    world.fake.put_object(BUCKET, "was-file/in", b"below", &[]);
    world.fake.put_object(BUCKET, "was-file/", b"", &[]);
    fs::create_dir(root.join("was-folder")).unwrap();
    fs::write(root.join("was-folder/old"), "").unwrap();
    fs::write(root.join("was-file"), "").unwrap();
    let restore = world.restore_task(json!({ "VerifyMode": "NONE" })).await;
    let ended = world.run_task(&restore).await;
    assert_eq!(ended.status(), "ERROR");
    assert!(root.join("was-folder/old").exists(), "{:#}", ended.described);
    let remove = json!({ "OverrideOptions": { "PreserveDeletedFiles": "REMOVE",
        "VerifyMode": "POINT_IN_TIME_CONSISTENT" } });
    world.run_task_with(&restore, remove).await.expect_success();
    assert_eq!(fs::read(root.join("was-folder")).unwrap(), b"file now");
    assert_eq!(fs::read(root.join("was-file/in")).unwrap(), b"below");
}

#[tokio::test]
async fn an_incomplete_body_is_requested_again() {
    let world = World::new().await;
    let content = vec![9; 3_000_000];
    world.fake.put_object(BUCKET, "big", &content, &[]);
    world.fake.lock_store().bodies_to_cut = 2;
    let restore = world.restore_task(json!({ "VerifyMode": "ONLY_FILES_TRANSFERRED" })).await;
    world.run_task(&restore).await.expect_success();
    assert_eq!(fs::read(world.root_path().join("big")).unwrap(), content);

    world.fake.put_object(BUCKET, "big", &vec![8; 3_000_001], &[]);
    world.fake.lock_store().bodies_to_cut = 1000;
    let ended = world.run_task(&restore).await;
    assert_eq!(ended.status(), "ERROR");
    world.fake.lock_store().bodies_to_cut = 0;
    assert_eq!(
        fs::read(world.root_path().join("big")).unwrap(),
        content,
        "the old file stays until the new one is whole"
    );
}

#[tokio::test]
async fn filters_and_never_hold_in_this_direction_too() {
    let world = World::new().await;
    for key in ["keep/a", "keep/b.tmp", "other/c", "keep/old"] {
        world.fake.put_object(BUCKET, key, key.as_bytes(), &[]);
    }
    fs::create_dir(world.root_path().join("keep")).unwrap();
    fs::write(world.root_path().join("keep/old"), "mine").unwrap();
    let restore = world.restore_task(json!({ "OverwriteMode": "NEVER" })).await;
    let rule = |value: &str| json!([{ "FilterType": "SIMPLE_PATTERN", "Value": value }]);
    let ended = world
        .run_task_with(&restore, json!({ "Includes": rule("/keep*"), "Excludes": rule("*.tmp") }))
        .await
        .expect_success();
    assert_eq!(fs::read(world.root_path().join("keep/a")).unwrap(), b"keep/a");
    assert_eq!(fs::read(world.root_path().join("keep/old")).unwrap(), b"mine");
    assert!(
        !world.root_path().join("keep/b.tmp").exists() && !world.root_path().join("other").exists()
    );
    assert_eq!(world.read_report(&ended).skipped[0].relative_path, "/keep/old");
}
