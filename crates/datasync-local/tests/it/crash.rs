//! kill -9 at any moment: the interrupted execution ends as ERROR, and a new one completes the
//! copy, byte for byte.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tokio::time::sleep;

use crate::fake::{BUCKET, Fake};
use crate::process::{Server, create_tasks};
use crate::world::start_fake;

const FILES: usize = 10_000;
const KILLS: u64 = 5;
/// The limit on the duration of the last execution.
const WITHIN: Duration = Duration::from_secs(300);

/// Creates many files, and a few large ones that are sent in parts.
fn make_tree(root: &Path) {
    for number in 0..FILES {
        let directory = root.join(format!("d{:02}", number % 50));
        fs::create_dir_all(&directory).unwrap();
        let length = if number % 2_500 == 7 { 20 * 1024 * 1024 } else { number % 300 };
        fs::write(
            directory.join(format!("f{number}")),
            vec![u8::try_from(number % 251).unwrap(); length],
        )
        .unwrap();
    }
}

fn read_tree(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut directories = vec![root.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else {
                files.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    files
}

fn read_bucket(fake: &Fake) -> BTreeMap<PathBuf, Vec<u8>> {
    let objects = fake.latest_objects(BUCKET).into_iter();
    let files = objects.filter(|(key, _)| !key.ends_with('/'));
    files.map(|(key, object)| (PathBuf::from(key), object.body.to_vec())).collect()
}

/// Whether the execution was interrupted; otherwise it has succeeded.
fn was_interrupted(described: &Value) -> bool {
    if described["Status"] == "SUCCESS" {
        return false;
    }
    assert_eq!(described["Status"], "ERROR", "{described:#}");
    let detail = described["Result"]["ErrorDetail"].as_str().unwrap_or_default();
    assert!(detail.contains("interrupted"), "{described:#}");
    true
}

/// Kills the server again and again while the task runs, each time a little later; then lets it
/// end.
#[expect(clippy::print_stderr, reason = "how much was tried is told")]
async fn run_through_kills(directory: &Path, fake: &Fake, task: &str) -> Value {
    let mut interrupted = 0;
    for kill in 1..=KILLS {
        let server = Server::start(directory, &fake.url).await;
        let execution = server.start_execution(task).await;
        sleep(Duration::from_millis(kill * kill * 25)).await;
        server.kill();
        let server = Server::start(directory, &fake.url).await;
        interrupted += u32::from(was_interrupted(&server.describe_execution(&execution).await));
        server.kill();
    }
    eprintln!("{KILLS} kills of a copy of {FILES} files, {interrupted} of them before its end");
    assert!(interrupted > 0, "no execution was interrupted");
    let server = Server::start(directory, &fake.url).await;
    let execution = server.start_execution(task).await;
    server.wait_for_end(&execution, WITHIN).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_is_killed_again_and_again_converges() {
    let fake = start_fake().await;
    let directory = tempfile::tempdir().unwrap();
    let (backup, restore) = create_tasks(directory.path(), &fake.url).await;
    let root = directory.path().join("efs/fs-01234567");
    make_tree(&root);
    let before = read_tree(&root);

    let ended = run_through_kills(directory.path(), &fake, &backup).await;
    assert_eq!(ended["Status"], "SUCCESS", "{ended:#}");
    assert!(read_bucket(&fake) == before, "the bucket is not what the directory is");
    assert_eq!(fake.latest_objects(BUCKET).len(), FILES + 50);

    fs::remove_dir_all(&root).unwrap();
    fs::create_dir(&root).unwrap();
    let ended = run_through_kills(directory.path(), &fake, &restore).await;
    assert_eq!(ended["Status"], "SUCCESS", "{ended:#}");
    assert!(read_tree(&root) == before, "the directory is not what it was");
    let uploads = || fake.lock_store().uploads.len();
    assert_eq!(uploads(), 0, "parts were left in the bucket");
}
