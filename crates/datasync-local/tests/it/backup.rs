//! Directory to bucket.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, symlink};
use std::process::Command;

use serde_json::json;

use crate::world::{BUCKET, World};

#[tokio::test]
async fn a_tree_becomes_objects_with_its_metadata() {
    let world = World::with_paths("/docs", "backup").await;
    let root = world.root_path().join("docs");
    fs::create_dir_all(root.join("a/empty")).unwrap();
    fs::write(root.join("a/x"), "hello").unwrap();
    symlink("a/x", root.join("link")).unwrap();
    let task = world.backup_task(json!({})).await;
    let ended = world.run_task(&task).await.expect_success();
    let objects = world.fake.latest_objects(BUCKET);
    let keys: Vec<_> = objects.keys().map(String::as_str).collect();
    assert_eq!(keys, ["backup/a/", "backup/a/empty/", "backup/a/x", "backup/link"]);
    assert_eq!(objects["backup/link"].body, "a/x");
    let stat = fs::metadata(root.join("a/x")).unwrap();
    assert_eq!(objects["backup/a/x"].metadata["file-permissions"], format!("{:07o}", stat.mode()));
    let report = world.read_report(&ended);
    assert_eq!(report.transferred.len(), 4);
    assert_eq!(report.verified.len(), 4);
    let row = report.transferred.iter().find(|row| row.relative_path == "/a/x").unwrap();
    assert_eq!(row.dst_s3_version_id.as_ref(), Some(&objects["backup/a/x"].id));
    assert_eq!(ended.described["FilesTransferred"], 4);
    assert_eq!(world.read_summary(&ended).result.files_verified, 4);

    let again = world.run_task(&task).await.expect_success();
    assert_eq!(again.described["FilesTransferred"], 0);
    assert!(world.read_report(&again).transferred.is_empty());
}

const HOSTILE_NAMES: [&str; 9] = [
    "plus+and space",
    "per%cent",
    "new\nline",
    "tab\tand\u{1}",
    "ü😀",
    "quote\"<&>",
    "-",
    "a\\b",
    "*|?",
];

#[tokio::test]
async fn hostile_names_and_files_are_copied_or_reported() {
    let world = World::new().await;
    let root = world.root_path();
    for name in HOSTILE_NAMES {
        fs::write(root.join(name), name).unwrap();
    }
    fs::write(root.join(std::ffi::OsStr::from_bytes(b"bad\xff")), "").unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap();
    assert!(Command::new("mkfifo").arg(root.join("pipe")).status().unwrap().success());
    fs::hard_link(root.join("-"), root.join("hard")).unwrap();
    let sparse = fs::File::create(root.join("sparse")).unwrap();
    sparse.set_len(20 * 1024 * 1024).unwrap();
    let deep = format!("{0}/{0}/{0}/{0}/{0}", "d".repeat(220));
    fs::create_dir_all(root.join(&deep)).unwrap();
    let task = world.backup_task(json!({})).await;
    let ended = world.run_task(&task).await;
    assert_eq!(ended.status(), "ERROR", "{:#}", ended.described);
    let objects = world.fake.latest_objects(BUCKET);
    for name in HOSTILE_NAMES {
        assert_eq!(objects[name].body, name, "{name:?}");
    }
    assert_eq!(objects["hard"].body, "-");
    assert_eq!(objects["sparse"].body.len(), 20 * 1024 * 1024);
    let report = world.read_report(&ended);
    let failed: Vec<_> =
        report.transferred.iter().filter(|row| !row.transfer_status.is_success()).collect();
    let reasons: Vec<_> = failed.iter().map(|row| row.failure_reason.as_deref().unwrap()).collect();
    assert_eq!(reasons.len(), 2, "{failed:?}");
    assert!(reasons[0].contains("UTF-8") && reasons[1].contains("1,024"), "{reasons:?}");
    let skipped: Vec<_> = report.skipped.iter().map(|row| row.relative_path.as_str()).collect();
    assert_eq!(skipped, ["/pipe", "/socket"]);
}

#[tokio::test]
async fn only_what_is_large_enough_gets_the_storage_class() {
    let world = World::new().await;
    fs::write(world.root_path().join("small"), "x").unwrap();
    fs::write(world.root_path().join("large"), vec![1; 200 * 1024]).unwrap();
    fs::write(world.root_path().join("huge"), vec![1; 17 * 1024 * 1024]).unwrap();
    let update = json!({ "LocationArn": world.s3, "S3StorageClass": "STANDARD_IA" });
    world.call_operation("UpdateLocationS3", update).await.unwrap();
    let task = world.backup_task(json!({})).await;
    world.run_task(&task).await.expect_success();
    let objects = world.fake.latest_objects(BUCKET);
    let classes: Vec<_> =
        ["small", "large", "huge"].map(|key| objects[key].storage_class.as_str()).into();
    assert_eq!(classes, ["STANDARD", "STANDARD_IA", "STANDARD_IA"]);
}

#[tokio::test]
async fn an_empty_source_is_a_success_with_nothing_in_it() {
    let world = World::new().await;
    let task = world.backup_task(json!({})).await;
    let ended = world.run_task(&task).await.expect_success();
    assert!(world.fake.latest_objects(BUCKET).is_empty());
    assert_eq!(ended.described["EstimatedFilesToTransfer"], 0);
}

#[tokio::test]
async fn files_deleted_at_the_source_are_removed_and_versions_stay() {
    let world = World::new().await;
    let root = world.root_path();
    fs::create_dir(root.join("d")).unwrap();
    fs::write(root.join("d/x"), "1").unwrap();
    fs::write(root.join("d/y"), "2").unwrap();
    let task = world.backup_task(json!({ "PreserveDeletedFiles": "REMOVE" })).await;
    world.run_task(&task).await.expect_success();
    fs::remove_file(root.join("d/x")).unwrap();
    let ended = world.run_task(&task).await.expect_success();
    assert_eq!(ended.described["FilesDeleted"], 1);
    let report = world.read_report(&ended);
    assert_eq!(report.deleted[0].relative_path, "/d/x");
    let keys: Vec<_> = world.fake.latest_objects(BUCKET).into_keys().collect();
    assert_eq!(keys, ["d/", "d/y"]);
    assert_eq!(
        world.fake.lock_store().buckets[BUCKET]["d/x"].len(),
        2,
        "the version and the delete marker"
    );
}

#[tokio::test]
async fn a_file_that_must_not_be_overwritten_stays_and_is_reported() {
    let world = World::new().await;
    fs::write(world.root_path().join("x"), "1").unwrap();
    fs::write(world.root_path().join("y"), "1").unwrap();
    let task = world.backup_task(json!({ "OverwriteMode": "NEVER" })).await;
    world.run_task(&task).await.expect_success();
    fs::write(world.root_path().join("x"), "22").unwrap();
    fs::write(world.root_path().join("z"), "new").unwrap();
    let ended = world.run_task(&task).await.expect_success();
    assert_eq!(world.fake.latest_objects(BUCKET)["x"].body, "1");
    let report = world.read_report(&ended);
    let skipped =
        |unchanged| report.skipped.iter().filter(move |row| row.is_unchanged() == unchanged);
    assert_eq!(skipped(false).map(|row| row.relative_path.as_str()).collect::<Vec<_>>(), ["/x"]);
    assert_eq!(skipped(true).map(|row| row.relative_path.as_str()).collect::<Vec<_>>(), ["/y"]);
    assert_eq!(ended.described["FilesSkipped"], 2);
    assert_eq!(ended.described["FilesTransferred"], 1);
}

/// Unchanged files count as skipped each time, as in AWS, and are listed only at the level of
/// successes.
#[tokio::test]
async fn unchanged_files_are_counted_as_skipped_and_listed_with_successes() {
    for (overrides, listed) in
        [(json!({}), 21), (json!({ "Skipped": { "ReportLevel": "ERRORS_ONLY" } }), 1)]
    {
        let world = World::new().await;
        fs::create_dir(world.root_path().join("d")).unwrap();
        (0..19).for_each(|n| fs::write(world.root_path().join(format!("d/{n}")), "1").unwrap());
        let task = world.backup_task(json!({})).await;
        let mut report = world.report_config();
        report["Overrides"] = overrides;
        let mut sizes = Vec::new();
        for run in 0..3 {
            if run == 1 {
                let pipe =
                    Command::new("mkfifo").arg(world.root_path().join("d/pipe")).status().unwrap();
                assert!(pipe.success());
            }
            let ended = world
                .run_task_with(&task, json!({ "TaskReportConfig": report.clone() }))
                .await
                .expect_success();
            // 19 files and, from the third run on, their directory; a FIFO.
            assert_eq!(ended.described["FilesSkipped"], [0, 20, 21][run], "{:#}", ended.described);
            assert_eq!(ended.described["FilesTransferred"], [20, 1, 0][run]);
            let found = world.read_report(&ended);
            let failed = found
                .skipped
                .iter()
                .filter(|row| row.is_failed())
                .map(|row| row.relative_path.as_str());
            assert_eq!(failed.collect::<Vec<_>>(), if run == 0 { vec![] } else { vec!["/d/pipe"] });
            sizes.push(found.skipped.len());
        }
        assert_eq!(sizes[2], listed);
    }
}

#[tokio::test]
async fn an_object_that_changed_at_the_destination_is_written_again() {
    let world = World::new().await;
    fs::write(world.root_path().join("x"), "right").unwrap();
    let task = world.backup_task(json!({})).await;
    world.run_task(&task).await.expect_success();
    world.fake.put_object(BUCKET, "x", b"wrong", &[]);
    world.run_task(&task).await.expect_success();
    assert_eq!(world.fake.latest_objects(BUCKET)["x"].body, "right");
}

#[tokio::test]
async fn a_refused_object_fails_alone_and_is_reported() {
    let world = World::new().await;
    for name in ["good", "secret"] {
        fs::write(world.root_path().join(name), name).unwrap();
    }
    world.fake.lock_store().refused.push(("PUT", "secret".to_owned()));
    let task = world.backup_task(json!({ "VerifyMode": "ONLY_FILES_TRANSFERRED" })).await;
    let ended = world.run_task(&task).await;
    assert_eq!(ended.status(), "ERROR");
    assert!(
        ended
            .error_detail()
            .contains("Selected files transferred except for files skipped due to errors")
    );
    assert!(world.fake.latest_objects(BUCKET).contains_key("good"));
    let report = world.read_report(&ended);
    let row = report.transferred.iter().find(|row| row.relative_path == "/secret").unwrap();
    assert!(row.failure().unwrap().contains("S3 Put Object Failed"), "{row:?}");
}

#[tokio::test]
async fn in_enhanced_mode_files_and_directories_are_counted_apart() {
    let world = World::new().await;
    fs::create_dir(world.root_path().join("d")).unwrap();
    fs::write(world.root_path().join("d/x"), "1").unwrap();
    let body = json!({ "SourceLocationArn": world.efs, "DestinationLocationArn": world.s3,
        "TaskMode": "ENHANCED" });
    let task = world.create_task(body).await;
    // Nobody named a log group: DataSync did.
    let of_task = world.call_operation("DescribeTask", json!({ "TaskArn": task })).await.unwrap();
    assert!(
        of_task["CloudWatchLogGroupArn"].as_str().unwrap().ends_with(":log-group:/aws/datasync:*")
    );
    let ended = world.run_task(&task).await.expect_success();
    let described = &ended.described;
    assert_eq!(
        (&described["FilesTransferred"], &described["FoldersTransferred"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(described["FilesListed"]["AtSource"], 1);
    assert_eq!(described["Result"]["TransferDuration"], 0);
    let objects = world.fake.latest_objects(crate::world::REPORTS);
    let (_, part) = objects.iter().find(|(key, _)| key.contains("files-transferred")).unwrap();
    let part = String::from_utf8(part.body.to_vec()).unwrap();
    assert!(part.contains(r#""RelativePath":"d/x""#) && part.contains("SourceMetadata"), "{part}");
}
