//! What an execution learnt, the next one need not ask; and whatever somebody else does to an
//! object is seen all the same.

use std::fs;
use std::path::PathBuf;

use domain::arn::resource_id;
use serde_json::json;

use crate::world::{BUCKET, Ended, World};

const FILES: usize = 30;

/// Files that have been backed up once.
async fn backed_up(unversioned: bool) -> (World, String) {
    let world = World::new().await;
    world.fake.store().unversioned = unversioned;
    for number in 0..FILES {
        let folder = world.root().join(format!("d{}", number % 3));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("f{number}")), vec![7; number]).unwrap();
    }
    let task =
        world.backup_task(json!({ "VerifyMode": "NONE", "PreserveDeletedFiles": "REMOVE" })).await;
    run(&world, &task).await;
    (world, task)
}

/// Runs it; the calls that it made are what is counted afterwards.
async fn run(world: &World, task: &str) -> Ended {
    world.fake.store().calls.clear();
    world.run(task).await.succeeded()
}

fn calls(world: &World, name: &str) -> u64 {
    world.fake.store().calls.get(name).copied().unwrap_or_default()
}

fn transferred(ended: &Ended) -> u64 {
    ended.described["FilesTransferred"].as_u64().unwrap()
}

/// The object as it is, with this metadata added.
fn touch(world: &World, key: &str) {
    let mut store = world.fake.store();
    let mut version = store.get(BUCKET, key, None).unwrap().clone();
    version.metadata.insert("file-owner".to_owned(), "77".to_owned());
    store.put(BUCKET, key, version);
}

fn ledger_file(world: &World, task: &str) -> PathBuf {
    let id = resource_id(task);
    world.folder().join("state/ledgers/111122223333.eu-central-1").join(id)
}

#[tokio::test]
async fn what_is_unchanged_costs_no_request_of_its_own() {
    let (world, task) = backed_up(false).await;
    for _ in 0..2 {
        let ended = run(&world, &task).await;
        assert_eq!(transferred(&ended), 0);
        let made: Vec<_> = world.fake.store().calls.clone().into_iter().collect();
        assert_eq!(
            made,
            [("PUT", 2), ("VERSIONS", 1)],
            "the rows of unchanged files, the summary, and one page"
        );
    }
    fs::write(world.root().join("d1/f1"), "changed").unwrap();
    assert_eq!(transferred(&run(&world, &task).await), 1);
    assert_eq!(
        (calls(&world, "HEAD"), calls(&world, "PUT")),
        (0, 4),
        "the object and three reports"
    );
    assert_eq!(transferred(&run(&world, &task).await), 0);
    assert_eq!(calls(&world, "HEAD"), 0);
}

#[tokio::test]
async fn whatever_another_writer_does_is_seen() {
    let (world, task) = backed_up(false).await;
    touch(&world, "d0/f0");
    touch(&world, "d0/f3");
    world.fake.store().delete(BUCKET, "d1/f1");
    world.fake.put(BUCKET, "d1/f4", &[8; 4], &[]);
    world.fake.put(BUCKET, "d1/foreign", b"x", &[]);
    let ended = run(&world, &task).await;
    assert_eq!(transferred(&ended), 4, "{:#}", ended.described);
    assert_eq!((calls(&world, "HEAD"), calls(&world, "COPY"), calls(&world, "DELETE")), (3, 2, 1));
    assert_eq!(transferred(&run(&world, &task).await), 0);
    assert_eq!(calls(&world, "HEAD"), 0);
}

#[tokio::test]
async fn without_versions_an_object_is_asked_until_its_time_tells_it_apart() {
    let (world, task) = backed_up(true).await;
    assert_eq!(transferred(&run(&world, &task).await), 0);
    let objects = u64::try_from(FILES + 3).unwrap();
    assert_eq!(calls(&world, "HEAD"), objects, "a write in the same second would look alike");
    for version in world.fake.store().buckets.get_mut(BUCKET).unwrap().values_mut().flatten() {
        version.modified -= 3_600;
    }
    run(&world, &task).await;
    assert_eq!(calls(&world, "HEAD"), objects);
    run(&world, &task).await;
    assert_eq!(calls(&world, "HEAD"), 0);
    touch(&world, "d0/f0");
    assert_eq!(transferred(&run(&world, &task).await), 0, "it was put back to where it was");
}

#[tokio::test]
async fn a_store_that_does_not_list_versions_is_asked() {
    let (world, task) = backed_up(false).await;
    world.fake.store().refused.push(("VERSIONS", String::new()));
    touch(&world, "d0/f0");
    assert_eq!(transferred(&run(&world, &task).await), 1);
    assert_eq!(calls(&world, "HEAD"), u64::try_from(FILES + 3).unwrap());
}

#[tokio::test]
async fn a_ledger_that_is_damaged_or_gone_costs_requests_alone() {
    let (world, task) = backed_up(false).await;
    let file = ledger_file(&world, &task);
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(transferred(&run(&world, &task).await), 0);
    let asked = calls(&world, "HEAD");
    assert!((1..u64::try_from(FILES).unwrap()).contains(&asked), "{asked}");
    fs::remove_file(&file).unwrap();
    assert_eq!(transferred(&run(&world, &task).await), 0);
    assert_eq!(calls(&world, "HEAD"), u64::try_from(FILES + 3).unwrap());
    assert_eq!(fs::read(&file).unwrap(), whole, "what was asked is what was written");
    run(&world, &task).await;
    assert_eq!(calls(&world, "HEAD"), 0);
}

#[tokio::test]
async fn a_restore_has_a_ledger_of_its_own_and_a_deleted_task_none() {
    let (world, _) = backed_up(false).await;
    let restore = world.restore_task(json!({ "VerifyMode": "NONE" })).await;
    fs::remove_dir_all(world.root().join("d0")).unwrap();
    assert!(transferred(&run(&world, &restore).await) > 10);
    let ended = run(&world, &restore).await;
    assert_eq!((transferred(&ended), calls(&world, "GET")), (0, 0));
    assert!(ledger_file(&world, &restore).exists());
    run(&world, &restore).await;
    assert_eq!(calls(&world, "HEAD"), 0);
    world.call("DeleteTask", json!({ "TaskArn": restore })).await.unwrap();
    assert!(!ledger_file(&world, &restore).exists());
}
