//! Times over the whole range of a file system, to the bucket and back.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, utimensat};
use serde_json::json;
use tempfile::TempDir;

use crate::fake::BUCKET;
use crate::model::random::Random;
use crate::restore::snapshot_of;
use crate::world::World;

const SEED: u64 = 1;
const RANDOM_TIMES: usize = 400;
/// 1902, 1960, a second and a nanosecond before the epoch, the epoch, 2038, 2106, the last
/// nanosecond that 64 bits count, and the ends.
const TIMES: [(i64, i64); 13] = [
    (-2_145_916_800, 1),
    (-315_619_200, 500_000_000),
    (-1, 0),
    (-1, 999_999_999),
    (0, 0),
    (2_147_483_647, 999_999_999),
    (2_147_483_648, 0),
    (4_294_967_296, 5),
    (9_223_372_036, 854_775_807),
    (9_223_372_036, 854_775_808),
    (10_413_792_000, 0),
    (i64::MIN, 0),
    (i64::MAX, 999_999_999),
];

/// A directory that holds any time: in memory, if this machine has such a place.
fn any_time_directory() -> TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

fn set_time(path: &Path, (seconds, nanos): (i64, i64)) {
    let time = Timespec { tv_sec: seconds, tv_nsec: nanos };
    let times = Timestamps { last_access: time, last_modification: time };
    utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW).unwrap();
}

fn time_of(path: &Path) -> (i64, i64) {
    let at = path.symlink_metadata().unwrap();
    (at.mtime(), at.mtime_nsec())
}

/// Of any size: the seed also says how many bits of the seconds count.
fn random_times() -> impl Iterator<Item = (i64, i64)> {
    let mut random = Random(SEED);
    std::iter::repeat_with(move || {
        let seconds = i64::from_ne_bytes(random.next().to_ne_bytes()) >> random.next_below(64);
        (seconds, i64::try_from(random.next_below(1_000_000_000)).unwrap())
    })
}

#[tokio::test]
async fn every_time_of_files_directories_and_links_comes_back() {
    let world = World::in_directory(any_time_directory(), "", "").await;
    let root = world.root_path();
    let mut exact = 0;
    for (number, time) in TIMES.into_iter().chain(random_times().take(RANDOM_TIMES)).enumerate() {
        let path = root.join(format!("{number:04}"));
        match number % 3 {
            0 => fs::create_dir(&path).unwrap(),
            1 => symlink("nowhere", &path).unwrap(),
            _ => drop(File::create(&path).unwrap()),
        }
        set_time(&path, time);
        let held = time_of(&path);
        exact += usize::from(held == time);
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let nanos = i128::from(held.0) * 1_000_000_000 + i128::from(held.1);
        fs::write(world.directory().join(&name), format!("{nanos}ns")).unwrap();
    }
    let before = snapshot_of(&root);
    let backup = world.backup_task(json!({})).await;
    world.run_task(&backup).await.expect_success();
    for (key, object) in world.fake.latest_objects(BUCKET) {
        let expected =
            fs::read_to_string(world.directory().join(key.trim_end_matches('/'))).unwrap();
        assert_eq!(object.metadata["file-mtime"], expected, "{key}");
    }
    let again = world.run_task(&backup).await.expect_success();
    assert_eq!(again.described["FilesTransferred"], 0, "each compares as equal");

    fs::remove_dir_all(&root).unwrap();
    fs::create_dir(&root).unwrap();
    let restore = world.restore_task(json!({})).await;
    world.run_task(&restore).await.expect_success();
    assert_eq!(snapshot_of(&root), before);
    let again = world.run_task(&restore).await.expect_success();
    assert_eq!(again.described["FilesTransferred"], 0, "each compares as equal");
    measurements::proven(
        &format!("times copied and restored (seed {SEED})"),
        before.len(),
        "times",
    );
    measurements::proven("of which the test's file system holds exactly", exact, "times");
}

#[tokio::test]
async fn a_change_far_in_the_future_is_seen() {
    for verify in ["ONLY_FILES_TRANSFERRED", "POINT_IN_TIME_CONSISTENT"] {
        let world = World::new().await;
        let file = world.root_path().join("file");
        let backup = world.backup_task(json!({ "VerifyMode": verify })).await;
        for (content, seconds) in [("old", 10_413_792_000), ("new", 10_445_328_000)] {
            fs::write(&file, content).unwrap();
            set_time(&file, (seconds, 0));
            world.run_task(&backup).await.expect_success();
            assert_eq!(world.fake.latest_objects(BUCKET)["file"].body, content, "{verify}");
        }
    }
}

/// The limits of times depend on the file system: a file whose time it cannot hold fails by name,
/// and has its content.
#[tokio::test]
async fn a_time_that_the_file_system_cannot_hold_is_reported() {
    let mut told = 0;
    for directory in [tempfile::tempdir().unwrap(), any_time_directory()] {
        let world = World::in_directory(directory, "", "").await;
        let time = (i64::MAX, 0);
        let probe = world.directory().join("probe");
        fs::write(&probe, "").unwrap();
        set_time(&probe, time);
        let holds = time_of(&probe) == time;
        let mtime = format!("{}ns", i128::from(i64::MAX) * 1_000_000_000);
        for (key, mode) in [("file", "0100644"), ("link", "0120777"), ("directory/", "0040755")] {
            let body: &[u8] = if mode == "0040755" { b"" } else { b"content" };
            world.fake.put_object(
                BUCKET,
                key,
                body,
                &[("file-mtime", mtime.as_str()), ("file-permissions", mode)],
            );
        }
        let restore = world.restore_task(json!({ "VerifyMode": "ONLY_FILES_TRANSFERRED" })).await;
        for _ in 0..2 {
            let ended = world.run_task(&restore).await;
            assert_eq!(fs::read(world.root_path().join("file")).unwrap(), b"content");
            if holds {
                assert_eq!(ended.status(), "SUCCESS", "{:#}", ended.described);
                continue;
            }
            assert_eq!(ended.status(), "ERROR");
            let rows = world.read_report(&ended).transferred;
            let reasons: Vec<_> =
                rows.iter().filter_map(|row| row.failure_reason.as_deref()).collect();
            assert_eq!(reasons.len(), 3, "{rows:#?}");
            assert!(reasons.iter().all(|why| why.contains(
                "can't hold the modification time \
                +292277026596-12-04"
            )));
            told += reasons.len();
        }
    }
    measurements::proven("times that a file system can't hold, told", told, "times");
}
