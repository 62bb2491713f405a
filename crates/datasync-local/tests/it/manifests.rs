//! Manifests, in both directions.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::json;

use crate::world::{BUCKET, World};

#[tokio::test]
async fn a_backup_takes_only_what_its_manifest_lists() {
    let world = World::with_paths("", "p").await;
    fs::create_dir(world.root_path().join("d")).unwrap();
    for name in ["d/a", "d/b", "with,comma"] {
        fs::write(world.root_path().join(name), name).unwrap();
    }
    let task = world.backup_task(json!({})).await;
    let ended = world
        .run_task_with(&task, world.put_manifest("d/a\n\"/with,comma\"\n"))
        .await
        .expect_success();
    let keys: Vec<_> = world.fake.latest_objects(BUCKET).into_keys().collect();
    assert_eq!(keys, ["p/d/a", "p/with,comma"]);
    assert_eq!(world.read_report(&ended).verified.len(), 2);
    assert_eq!(ended.described["ManifestConfig"]["Format"], "CSV");

    let again = world.run_task_with(&task, world.put_manifest("d/a\n")).await.expect_success();
    assert_eq!(again.described["FilesTransferred"], 0);
}

#[tokio::test]
async fn a_restore_brings_back_the_versions_its_manifest_names() {
    let world = World::new().await;
    let first = world.fake.put_object(BUCKET, "d/a", b"first", &[]);
    world.fake.put_object(BUCKET, "d/a", b"second", &[]);
    world.fake.put_object(BUCKET, "b", b"latest", &[]);
    let gone = world.fake.put_object(BUCKET, "gone", b"deleted", &[]);
    world.fake.lock_store().delete_object(BUCKET, "gone");
    world.fake.put_object(BUCKET, "unlisted", b"", &[]);
    let task = world.restore_task(json!({})).await;
    let manifest = world.put_manifest(&format!("d/a,{first}\nb\ngone,{gone}\n"));
    let ended = world.run_task_with(&task, manifest).await.expect_success();
    assert_eq!(fs::read(world.root_path().join("d/a")).unwrap(), b"first");
    assert_eq!(fs::read(world.root_path().join("b")).unwrap(), b"latest");
    assert_eq!(fs::read(world.root_path().join("gone")).unwrap(), b"deleted");
    assert!(!world.root_path().join("unlisted").exists());
    assert_eq!(ended.described["FilesVerified"], 3);
}

#[tokio::test]
async fn wrong_lines_are_reported_and_the_others_are_transferred() {
    let world = World::new().await;
    fs::create_dir(world.root_path().join("d")).unwrap();
    fs::write(world.root_path().join("d/a"), "x").unwrap();
    let task = world.backup_task(json!({})).await;
    let ended = world
        .run_task_with(&task, world.put_manifest("missing\nd\nd/\nd/a\n../x\nd/a2,v1\n"))
        .await;
    assert_eq!(ended.status(), "ERROR");
    assert!(world.fake.latest_objects(BUCKET).contains_key("d/a"));
    let report = world.read_report(&ended);
    assert_eq!(
        report.transferred.iter().filter(|row| !row.transfer_status.is_success()).count(),
        5
    );
}

#[tokio::test]
async fn a_manifest_that_is_absent_or_invalid_ends_the_execution() {
    let world = World::new().await;
    let task = world.backup_task(json!({})).await;
    let missing = world.put_manifest("a\n");
    world.fake.lock_store().delete_object(crate::world::REPORTS, "manifest.csv");
    let ended = world.run_task_with(&task, missing).await;
    assert_eq!(
        ended.described["Result"]["ErrorCode"], "ManifestFileDoesNotExist",
        "{:#}",
        ended.described
    );
    for text in ["a\na\n", "\"a", "a,b,c\n", "a\"b\n", "\u{feff}a\n\"\u{feff}\"\"\n"] {
        let ended = world.run_task_with(&task, world.put_manifest(text)).await;
        assert_eq!(ended.described["Result"]["ErrorCode"], "ManifestInvalid", "{text:?}");
    }
}

#[tokio::test]
async fn every_form_of_the_guide_names_its_file() {
    let world = World::new().await;
    for name in ["filename\"with\"quotes.txt", "with,comma", "two\nlines", "old mac", "last"] {
        fs::write(world.root_path().join(name), name).unwrap();
    }
    let task = world.backup_task(json!({})).await;
    let list = "\u{feff}filename\"\"with\"\"quotes.txt\r\n\"with,comma\"\n\r\n\"two\nlines\"\rold \
        mac\rlast";
    let ended = world.run_task_with(&task, world.put_manifest(list)).await.expect_success();
    assert_eq!(world.fake.latest_objects(BUCKET).len(), 5, "{:#}", ended.described);
}

/// Whatever stands at the destination: silence would be taken for success.
#[tokio::test]
async fn every_line_of_a_restore_has_its_row() {
    for mode in ["NEVER", "ALWAYS"] {
        for verify in ["ONLY_FILES_TRANSFERRED", "POINT_IN_TIME_CONSISTENT", "NONE"] {
            let world = World::new().await;
            let root = world.root_path();
            fs::create_dir_all(root.join("folder/within")).unwrap();
            fs::write(root.join("file"), "in the way").unwrap();
            symlink("elsewhere", root.join("link")).unwrap();
            symlink("loop", root.join("loop")).unwrap();
            let long = "n".repeat(256);
            let paths = [
                "z",
                "file/x",
                "file/x/y",
                "link/x",
                "loop/x",
                "loop/x/y",
                "folder",
                "folder/within",
                &long,
            ];
            for path in paths {
                world.fake.put_object(BUCKET, path, b"content", &[]);
            }
            let task =
                world.restore_task(json!({ "OverwriteMode": mode, "VerifyMode": verify })).await;
            let ended = world
                .run_task_with(&task, world.put_manifest(&(paths.join("\n") + "\ngone\n")))
                .await;
            let (report, said) =
                (world.read_report(&ended), format!("{mode} {verify}: {:#}", ended.described));
            assert_eq!(ended.status(), "ERROR", "{said}");
            for path in paths.iter().chain(&["gone"]) {
                let is_it = |row: &str| row.trim_start_matches('/') == *path;
                let row = report.transferred.iter().find(|row| is_it(&row.relative_path));
                let left_alone = report.skipped.iter().any(|row| is_it(&row.relative_path));
                let ok = row.is_some_and(|row| row.transfer_status.is_success());
                assert!(row.is_some() != left_alone, "{path} has a row, and one alone, {said}");
                assert_eq!(ok, *path == "z", "{path}, {said}");
                assert!(
                    !left_alone || mode == "NEVER" && path.starts_with("folder"),
                    "{path}, {said}"
                );
                let reason = row.and_then(|row| row.failure_reason.clone());
                assert!(
                    ok || left_alone || reason.is_some(),
                    "{path} fails without a reason, {said}"
                );
            }
            assert_eq!(fs::read(root.join("file")).unwrap(), b"in the way", "{said}");
            assert_eq!(fs::read(root.join("z")).unwrap(), b"content", "{said}");
        }
    }
}

#[tokio::test]
async fn what_lies_below_a_file_is_not_at_the_source() {
    let world = World::new().await;
    fs::write(world.root_path().join("file"), "x").unwrap();
    symlink("file", world.root_path().join("link")).unwrap();
    let task = world.backup_task(json!({ "VerifyMode": "ONLY_FILES_TRANSFERRED" })).await;
    let ended =
        world.run_task_with(&task, world.put_manifest("file/a\nlink/a\nnone/a\nfile\n")).await;
    let report = world.read_report(&ended);
    let reasons = report.transferred.iter().filter_map(|row| row.failure_reason.as_deref());
    assert_eq!(
        reasons.collect::<Vec<_>>(),
        ["Listed in the manifest and not at the source"; 3],
        "{report:#?}"
    );
    assert!(world.fake.latest_objects(BUCKET).contains_key("file"));
}

#[tokio::test]
async fn a_manifest_is_kept_with_the_task_and_removed_by_an_empty_one() {
    let world = World::new().await;
    let task = world.backup_task(json!({})).await;
    let mut update = world.put_manifest("a\n");
    update["TaskArn"] = json!(task);
    world.call_operation("UpdateTask", update.clone()).await.unwrap();
    let described = world.call_operation("DescribeTask", json!({ "TaskArn": task })).await.unwrap();
    assert_eq!(described["ManifestConfig"], update["ManifestConfig"]);
    let filters = json!([{ "FilterType": "SIMPLE_PATTERN", "Value": "/a" }]);
    let both = world
        .call_operation("StartTaskExecution", json!({ "TaskArn": task, "Includes": filters }))
        .await;
    assert!(both.unwrap_err().contains("manifest"));
    world
        .call_operation("UpdateTask", json!({ "TaskArn": task, "ManifestConfig": {} }))
        .await
        .unwrap();
    let described = world.call_operation("DescribeTask", json!({ "TaskArn": task })).await.unwrap();
    assert!(described.get("ManifestConfig").is_none());
}
