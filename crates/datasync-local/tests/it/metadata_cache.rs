//! Metadata that an execution has read is not read again by the next one, and every change by other
//! writers is still detected.

use std::fs;
use std::path::PathBuf;

use domain::arn::resource_id;
use serde_json::json;

use crate::world::{BUCKET, Ended, World};

const FILES: usize = 30;

/// Files that have been backed up once.
async fn backed_up(unversioned: bool) -> (World, String) {
    let world = World::new().await;
    world.fake.lock_store().unversioned = unversioned;
    for number in 0..FILES {
        let directory = world.root_path().join(format!("d{}", number % 3));
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join(format!("f{number}")), vec![7; number]).unwrap();
    }
    let task =
        world.backup_task(json!({ "VerifyMode": "NONE", "PreserveDeletedFiles": "REMOVE" })).await;
    run_task(&world, &task).await;
    (world, task)
}

/// Runs the task; its calls are counted from zero.
async fn run_task(world: &World, task: &str) -> Ended {
    world.fake.lock_store().calls.clear();
    world.run_task(task).await.expect_success()
}

fn count_calls(world: &World, name: &str) -> u64 {
    world.fake.lock_store().calls.get(name).copied().unwrap_or_default()
}

fn count_transferred(ended: &Ended) -> u64 {
    ended.described["FilesTransferred"].as_u64().unwrap()
}

/// Changes the owner in the object's metadata.
fn change_owner(world: &World, key: &str) {
    let mut store = world.fake.lock_store();
    let mut version = store.find_version(BUCKET, key, None).unwrap().clone();
    version.metadata.insert("file-owner".to_owned(), "77".to_owned());
    store.put_version(BUCKET, key, version);
}

fn cache_file(world: &World, task: &str) -> PathBuf {
    let id = resource_id(task);
    world.directory().join("state/ledgers/111122223333.eu-central-1").join(id)
}

#[tokio::test]
async fn an_unchanged_object_needs_no_request_of_its_own() {
    let (world, task) = backed_up(false).await;
    for _ in 0..2 {
        let ended = run_task(&world, &task).await;
        assert_eq!(count_transferred(&ended), 0);
        let made: Vec<_> = world.fake.lock_store().calls.clone().into_iter().collect();
        assert_eq!(
            made,
            [("PUT", 2), ("VERSIONS", 1)],
            "the rows of unchanged files, the summary, and one page"
        );
    }
    fs::write(world.root_path().join("d1/f1"), "changed").unwrap();
    assert_eq!(count_transferred(&run_task(&world, &task).await), 1);
    let made = (count_calls(&world, "HEAD"), count_calls(&world, "PUT"));
    assert_eq!(made, (0, 4), "the object and three reports");
    assert_eq!(count_transferred(&run_task(&world, &task).await), 0);
    assert_eq!(count_calls(&world, "HEAD"), 0);
}

#[tokio::test]
async fn a_change_by_another_writer_is_detected() {
    let (world, task) = backed_up(false).await;
    change_owner(&world, "d0/f0");
    change_owner(&world, "d0/f3");
    world.fake.lock_store().delete_object(BUCKET, "d1/f1");
    world.fake.put_object(BUCKET, "d1/f4", &[8; 4], &[]);
    world.fake.put_object(BUCKET, "d1/foreign", b"x", &[]);
    let ended = run_task(&world, &task).await;
    assert_eq!(count_transferred(&ended), 4, "{:#}", ended.described);
    assert_eq!(
        (count_calls(&world, "HEAD"), count_calls(&world, "COPY"), count_calls(&world, "DELETE")),
        (3, 2, 1)
    );
    assert_eq!(count_transferred(&run_task(&world, &task).await), 0);
    assert_eq!(count_calls(&world, "HEAD"), 0);
}

#[tokio::test]
async fn without_versions_metadata_is_read_until_the_time_identifies_the_write() {
    let (world, task) = backed_up(true).await;
    assert_eq!(count_transferred(&run_task(&world, &task).await), 0);
    let objects = u64::try_from(FILES + 3).unwrap();
    assert_eq!(count_calls(&world, "HEAD"), objects, "a write in the same second would look alike");
    for version in world.fake.lock_store().buckets.get_mut(BUCKET).unwrap().values_mut().flatten() {
        version.modified -= 3_600;
    }
    run_task(&world, &task).await;
    assert_eq!(count_calls(&world, "HEAD"), objects);
    run_task(&world, &task).await;
    assert_eq!(count_calls(&world, "HEAD"), 0);
    change_owner(&world, "d0/f0");
    assert_eq!(
        count_transferred(&run_task(&world, &task).await),
        0,
        "it was put back to where it was"
    );
}

#[tokio::test]
async fn a_store_that_does_not_list_versions_is_read_by_head() {
    let (world, task) = backed_up(false).await;
    world.fake.lock_store().refused.push(("VERSIONS", String::new()));
    change_owner(&world, "d0/f0");
    assert_eq!(count_transferred(&run_task(&world, &task).await), 1);
    assert_eq!(count_calls(&world, "HEAD"), u64::try_from(FILES + 3).unwrap());
}

#[tokio::test]
async fn a_damaged_or_missing_cache_costs_only_requests() {
    let (world, task) = backed_up(false).await;
    let file = cache_file(&world, &task);
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(count_transferred(&run_task(&world, &task).await), 0);
    let asked = count_calls(&world, "HEAD");
    assert!((1..u64::try_from(FILES).unwrap()).contains(&asked), "{asked}");
    fs::remove_file(&file).unwrap();
    assert_eq!(count_transferred(&run_task(&world, &task).await), 0);
    assert_eq!(count_calls(&world, "HEAD"), u64::try_from(FILES + 3).unwrap());
    assert_eq!(fs::read(&file).unwrap(), whole, "what was asked is what was written");
    run_task(&world, &task).await;
    assert_eq!(count_calls(&world, "HEAD"), 0);
}

#[tokio::test]
async fn a_restore_has_its_own_cache_and_a_deleted_task_none() {
    let (world, _) = backed_up(false).await;
    let restore = world.restore_task(json!({ "VerifyMode": "NONE" })).await;
    fs::remove_dir_all(world.root_path().join("d0")).unwrap();
    assert!(count_transferred(&run_task(&world, &restore).await) > 10);
    let ended = run_task(&world, &restore).await;
    assert_eq!((count_transferred(&ended), count_calls(&world, "GET")), (0, 0));
    assert!(cache_file(&world, &restore).exists());
    run_task(&world, &restore).await;
    assert_eq!(count_calls(&world, "HEAD"), 0);
    world.call_operation("DeleteTask", json!({ "TaskArn": restore })).await.unwrap();
    assert!(!cache_file(&world, &restore).exists());
}
