//! Manifests, in both directions.

use std::fs;

use serde_json::json;

use crate::world::{BUCKET, World};

#[tokio::test]
async fn a_backup_takes_only_what_its_manifest_lists() {
    let world = World::with("", "p").await;
    fs::create_dir(world.root().join("d")).unwrap();
    for name in ["d/a", "d/b", "with,comma"] {
        fs::write(world.root().join(name), name).unwrap();
    }
    let task = world.backup_task(json!({})).await;
    let ended = world.run_with(&task, world.manifest("d/a\n\"/with,comma\"\n")).await.succeeded();
    let keys: Vec<_> = world.fake.objects(BUCKET).into_keys().collect();
    assert_eq!(keys, ["p/d/a", "p/with,comma"]);
    assert_eq!(world.report(&ended).verified.len(), 2);
    assert_eq!(ended.described["ManifestConfig"]["Format"], "CSV");

    let again = world.run_with(&task, world.manifest("d/a\n")).await.succeeded();
    assert_eq!(again.described["FilesTransferred"], 0);
}

#[tokio::test]
async fn a_restore_brings_back_the_versions_its_manifest_names() {
    let world = World::new().await;
    let first = world.fake.put(BUCKET, "d/a", b"first", &[]);
    world.fake.put(BUCKET, "d/a", b"second", &[]);
    world.fake.put(BUCKET, "b", b"latest", &[]);
    let gone = world.fake.put(BUCKET, "gone", b"deleted", &[]);
    world.fake.store().delete(BUCKET, "gone");
    world.fake.put(BUCKET, "unlisted", b"", &[]);
    let task = world.restore_task(json!({})).await;
    let manifest = world.manifest(&format!("d/a,{first}\nb\ngone,{gone}\n"));
    let ended = world.run_with(&task, manifest).await.succeeded();
    assert_eq!(fs::read(world.root().join("d/a")).unwrap(), b"first");
    assert_eq!(fs::read(world.root().join("b")).unwrap(), b"latest");
    assert_eq!(fs::read(world.root().join("gone")).unwrap(), b"deleted");
    assert!(!world.root().join("unlisted").exists());
    assert_eq!(ended.described["FilesVerified"], 3);
}

#[tokio::test]
async fn wrong_lines_are_told_and_the_others_are_transferred() {
    let world = World::new().await;
    fs::create_dir(world.root().join("d")).unwrap();
    fs::write(world.root().join("d/a"), "x").unwrap();
    let task = world.backup_task(json!({})).await;
    let ended = world.run_with(&task, world.manifest("missing\nd\nd/\nd/a\n../x\nd/a2,v1\n")).await;
    assert_eq!(ended.status(), "ERROR");
    assert!(world.fake.objects(BUCKET).contains_key("d/a"));
    let report = world.report(&ended);
    assert_eq!(report.transferred.iter().filter(|row| !row.transfer_status.is_success()).count(), 5);
}

#[tokio::test]
async fn a_manifest_that_is_absent_or_invalid_ends_the_execution() {
    let world = World::new().await;
    let task = world.backup_task(json!({})).await;
    let missing = world.manifest("a\n");
    world.fake.store().delete(crate::world::REPORTS, "manifest.csv");
    let ended = world.run_with(&task, missing).await;
    assert_eq!(ended.described["Result"]["ErrorCode"], "ManifestFileDoesNotExist", "{:#}", ended.described);
    for text in ["a\na\n", "\"a", "a,b,c\n"] {
        let ended = world.run_with(&task, world.manifest(text)).await;
        assert_eq!(ended.described["Result"]["ErrorCode"], "ManifestInvalid", "{text:?}");
    }
}

#[tokio::test]
async fn a_manifest_is_kept_with_the_task_and_removed_by_an_empty_one() {
    let world = World::new().await;
    let task = world.backup_task(json!({})).await;
    let mut update = world.manifest("a\n");
    update["TaskArn"] = json!(task);
    world.call("UpdateTask", update.clone()).await.unwrap();
    let described = world.call("DescribeTask", json!({ "TaskArn": task })).await.unwrap();
    assert_eq!(described["ManifestConfig"], update["ManifestConfig"]);
    let filters = json!([{ "FilterType": "SIMPLE_PATTERN", "Value": "/a" }]);
    let both = world.call("StartTaskExecution", json!({ "TaskArn": task, "Includes": filters })).await;
    assert!(both.unwrap_err().contains("manifest"));
    world.call("UpdateTask", json!({ "TaskArn": task, "ManifestConfig": {} })).await.unwrap();
    let described = world.call("DescribeTask", json!({ "TaskArn": task })).await.unwrap();
    assert!(described.get("ManifestConfig").is_none());
}
