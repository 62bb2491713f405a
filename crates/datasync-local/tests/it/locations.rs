//! Locations of a file system: below its root nothing is reached through a symlink.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::fake::BUCKET;
use crate::world::World;

/// A world whose subdirectory leads out of the file system, by the symlink `lnk`.
async fn world_with_a_link(subdirectory: &str) -> (World, PathBuf) {
    let world = World::with_paths(subdirectory, "").await;
    fs::remove_dir_all(world.root_path()).unwrap();
    fs::create_dir_all(world.root_path().join("dir")).unwrap();
    let outside = world.directory().join("outside");
    fs::create_dir_all(outside.join("x")).unwrap();
    fs::write(outside.join("secret"), "secret").unwrap();
    fs::write(outside.join("x/secret"), "secret").unwrap();
    symlink(&outside, world.root_path().join("lnk")).unwrap();
    symlink("../lnk", world.root_path().join("dir/near")).unwrap();
    (world, outside)
}

#[tokio::test]
async fn one_below_a_symlink_is_not_mounted() {
    for (subdirectory, link) in [
        ("/lnk", "/lnk"),
        ("/lnk/x", "/lnk"),
        ("/lnk/new", "/lnk"),
        ("/dir/near", "/dir/near"),
        ("/dir/near/x/", "/dir/near"),
    ] {
        let (world, outside) = world_with_a_link(subdirectory).await;
        world.fake.put_object(BUCKET, "evil", b"evil", &[]);
        let says = format!("`{link}` is a symbolic link");
        for task in [world.backup_task(json!({})).await, world.restore_task(json!({})).await] {
            let ended = world.run_task(&task).await;
            let code = ended.described["Result"]["ErrorCode"].as_str();
            assert_eq!((ended.status(), code), ("ERROR", Some("FsMountFailed")));
            let detail = ended.error_detail();
            assert!(detail.contains(&says), "{subdirectory}: {detail}");
        }
        check_nothing_copied(&world, &outside, subdirectory);
    }
}

fn check_nothing_copied(world: &World, outside: &Path, case: &str) {
    let objects = world.fake.latest_objects(BUCKET);
    let keys: Vec<_> = objects.keys().collect();
    assert_eq!(keys, ["evil"], "{case}: something outside was copied");
    for path in ["evil", "x/evil", ".aws-datasync", "new"] {
        assert!(!outside.join(path).exists(), "{case}: {path}");
    }
}

#[tokio::test]
async fn only_the_file_system_itself_may_be_a_symlink() {
    let world = World::with_paths("/docs", "").await;
    let elsewhere = world.directory().join("elsewhere");
    fs::rename(world.root_path(), &elsewhere).unwrap();
    symlink(&elsewhere, world.root_path()).unwrap();
    fs::write(elsewhere.join("docs/file"), "content").unwrap();
    let (backup, restore) =
        (world.backup_task(json!({})).await, world.restore_task(json!({})).await);
    world.run_task(&backup).await.expect_success();
    assert_eq!(world.fake.latest_objects(BUCKET)["file"].body, "content");
    fs::remove_file(elsewhere.join("docs/file")).unwrap();
    world.run_task(&restore).await.expect_success();
    assert_eq!(fs::read(elsewhere.join("docs/file")).unwrap(), b"content");
}

#[tokio::test]
async fn the_staging_directory_is_no_way_out() {
    let world = World::new().await;
    let outside = world.directory().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("mine"), "mine").unwrap();
    symlink(&outside, world.root_path().join(".aws-datasync")).unwrap();
    world.fake.put_object(BUCKET, "evil", b"evil", &[]);
    let restore = world.restore_task(json!({})).await;
    let ended = world.run_task(&restore).await;
    assert_eq!(ended.status(), "ERROR", "{:#}", ended.described);
    let names: Vec<_> =
        fs::read_dir(&outside).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["mine"]);
}

/// A link of the bucket's own, and an object below it (B45).
#[tokio::test]
async fn a_restored_link_is_no_way_out() {
    let world = World::new().await;
    let outside = world.directory().join("outside");
    fs::create_dir(&outside).unwrap();
    let target = outside.display().to_string();
    let metadata = [("file-permissions", "0120777")];
    world.fake.put_object(BUCKET, "link-out", target.as_bytes(), &metadata);
    world.fake.put_object(BUCKET, "link-out/evil", b"evil", &[]);
    let restore = world.restore_task(json!({ "VerifyMode": "ONLY_FILES_TRANSFERRED" })).await;
    let ended = world.run_task(&restore).await;
    assert_eq!(ended.status(), "ERROR", "both can't have stood");
    let rows = world.read_report(&ended).transferred;
    let failed = rows.iter().filter(|row| !row.transfer_status.is_success());
    assert_eq!(failed.count(), 1, "the one that came second is told");
    assert!(fs::read_dir(&outside).unwrap().next().is_none());
}
