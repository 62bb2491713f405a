//! Objects that others wrote: restored by the documented defaults, and what they state in
//! DataSync's keys honoured.

use std::fs;
use std::os::unix::fs::MetadataExt;

use serde_json::json;

use crate::fake::BUCKET;
use crate::world::World;

/// To whom files without an owner belong (DataSync User Guide, "Default POSIX metadata").
const NOBODY: u32 = 65_534;

/// Mode, owner, group and time; `None` is the time of the version.
type Expected = (u32, u32, u32, Option<(i64, i64)>);

/// The writer of an object, the object's metadata, and the expected file.
type Case = (&'static str, &'static [(&'static str, &'static str)], Expected);

const DEFAULTS: Expected = (0o644, NOBODY, NOBODY, None);

const CASES: [Case; 14] = [
    ("rclone", &[("mtime", "1700000000.123456789")], DEFAULTS),
    (
        "s3fs",
        &[("uid", "1000"), ("gid", "1000"), ("mode", "33188"), ("mtime", "1700000000")],
        DEFAULTS,
    ),
    (
        "gateway",
        &[
            ("file-owner", "1001"),
            ("file-group", "1002"),
            ("file-permissions", "0640"),
            ("file-mtime", "1734968895123"),
            ("user-agent", "aws-storagegateway"),
        ],
        (0o640, 1001, 1002, Some((1_734_968_895, 123_000_000))),
    ),
    (
        "seconds and nanoseconds",
        &[("file-permissions", "100755"), ("file-mtime", "1602647222/222919600")],
        (0o755, NOBODY, NOBODY, Some((1_602_647_222, 222_919_600))),
    ),
    ("before 1970", &[("file-mtime", "-1")], (0o644, NOBODY, NOBODY, Some((-1, 999_000_000)))),
    (
        "owner that means none",
        &[("file-owner", "4294967295"), ("file-group", "4294967295")],
        DEFAULTS,
    ),
    ("owner beyond 32 bits", &[("file-owner", "4294967296"), ("file-group", "-1")], DEFAULTS),
    ("owner by name", &[("file-owner", "nobody"), ("file-group", "0x7")], DEFAULTS),
    ("time that is none", &[("file-mtime", "yesterday")], DEFAULTS),
    ("time beyond 64 bits", &[("file-mtime", "99999999999999999999999999999999ns")], DEFAULTS),
    ("mode that is none", &[("file-permissions", "rwxr-xr-x")], DEFAULTS),
    ("mode of a FIFO", &[("file-permissions", "0010600")], (0o600, NOBODY, NOBODY, None)),
    ("mode of a device", &[("file-permissions", "0060600")], (0o600, NOBODY, NOBODY, None)),
    ("nothing", &[], DEFAULTS),
];

#[tokio::test]
async fn metadata_of_other_writers_is_read_or_left_and_never_guessed() {
    let world = World::new().await;
    for (key, metadata, _) in CASES {
        world.fake.put_object(BUCKET, key, b"content", metadata);
    }
    let modified: i64 = 1_600_000_000;
    for versions in world.fake.lock_store().buckets.get_mut(BUCKET).unwrap().values_mut() {
        versions.iter_mut().for_each(|version| version.modified = modified.unsigned_abs());
    }
    let restore = world.restore_task(json!({})).await;
    world.run_task(&restore).await.expect_success();
    check_cases(&world, modified);
    let again = world.run_task(&restore).await.expect_success();
    assert_eq!(again.described["FilesTransferred"], 0);
}

fn check_cases(world: &World, modified: i64) {
    let is_root = fs::metadata(world.root_path()).unwrap().uid() == 0;
    for (key, _, (mode, uid, gid, time)) in CASES {
        let at = fs::symlink_metadata(world.root_path().join(key)).unwrap();
        assert!(at.is_file() && at.len() == 7, "{key}");
        assert_eq!(at.mode() & 0o7777, mode, "{key}");
        assert_eq!((at.mtime(), at.mtime_nsec()), time.unwrap_or((modified, 0)), "{key}");
        if is_root {
            assert_eq!((at.uid(), at.gid()), (uid, gid), "{key}");
        }
    }
}

/// Keys that no path has, links that no file system takes, and a directory's object with content.
#[tokio::test]
async fn an_object_that_no_file_system_accepts_is_reported_by_name() {
    let world = World::new().await;
    let long = "x".repeat(5_000);
    let targets =
        [("link to nothing", ""), ("link with a zero", "a\0b"), ("link too long", long.as_str())];
    for (key, target) in targets {
        world.fake.put_object(BUCKET, key, target.as_bytes(), &[("file-permissions", "0120777")]);
    }
    let keys = ["dbl//slash", "./dot", "a/./b", "a/../b", "../up", "/abs", "trail//", "marker/"];
    for key in keys {
        world.fake.put_object(BUCKET, key, b"content", &[]);
    }
    world.fake.put_object(BUCKET, "good", b"content", &[]);
    let restore = world.restore_task(json!({ "VerifyMode": "ONLY_FILES_TRANSFERRED" })).await;
    let ended = world.run_task(&restore).await;
    assert_eq!(ended.status(), "ERROR");
    let rows = world.read_report(&ended).transferred;
    let failed = rows.iter().filter(|row| !row.transfer_status.is_success());
    let mut told: Vec<_> =
        failed.map(|row| row.relative_path.trim_start_matches('/').to_owned()).collect();
    told.sort();
    let mut expected: Vec<_> =
        targets.iter().map(|(key, _)| *key).chain(keys).map(str::to_owned).collect();
    expected.iter_mut().for_each(|key| *key = key.trim_matches('/').to_owned());
    expected.sort();
    let trimmed: Vec<_> = told.iter().map(|path| path.trim_matches('/')).collect();
    assert_eq!(trimmed, expected);
    let names: Vec<_> =
        fs::read_dir(world.root_path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["good"], "nothing else is written");
}
