//! The program without the rights of `root`.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::fake::BUCKET;
use crate::process::{PROGRAM, Server, create_locations, create_task};
use crate::world::start_fake;

const WITHIN: Duration = Duration::from_secs(60);
const SOMEBODY: u32 = 1000;

fn give_away(path: &Path) {
    chown(path, Some(SOMEBODY), Some(SOMEBODY)).unwrap();
}

/// A directory that can't be read may be full: nothing below it is deleted from the bucket (B43).
#[tokio::test]
async fn an_unreadable_directory_is_reported_and_nothing_below_it_deleted() {
    let fake = start_fake().await;
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("efs/fs-01234567");
    fs::create_dir_all(root.join("secret/deep")).unwrap();
    for file in ["kept", "gone", "secret/one", "secret/deep/two"] {
        fs::write(root.join(file), file).unwrap();
    }
    // A copy that anybody may run, wherever the workspace lies.
    let program = directory.path().join("datasync-local");
    fs::copy(PROGRAM, &program).unwrap();
    let mut command = Command::new(&program);
    if fs::metadata(&root).unwrap().uid() == 0 {
        fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
        for path in
            ["", "efs", "efs/fs-01234567", "efs/fs-01234567/secret", "efs/fs-01234567/secret/deep"]
        {
            give_away(&directory.path().join(path));
        }
        command.uid(SOMEBODY).gid(SOMEBODY);
    }
    let server = Server::start_with(command, directory.path(), &fake.url).await;
    let (efs, s3) = create_locations(&server).await;
    let task = create_task(&server, &efs, &s3, json!({ "PreserveDeletedFiles": "REMOVE" })).await;
    let first = server.wait_for_end(&server.start_execution(&task).await, WITHIN).await;
    assert_eq!(first["Status"], "SUCCESS", "{first:#}");

    fs::remove_file(root.join("gone")).unwrap();
    fs::set_permissions(root.join("secret"), Permissions::from_mode(0o000)).unwrap();
    let second = server.wait_for_end(&server.start_execution(&task).await, WITHIN).await;
    fs::set_permissions(root.join("secret"), Permissions::from_mode(0o755)).unwrap();
    assert_eq!(second["Status"], "ERROR", "{second:#}");
    let keys: Vec<_> = fake.latest_objects(BUCKET).into_keys().collect();
    for key in ["kept", "gone", "secret/", "secret/one", "secret/deep/", "secret/deep/two"] {
        assert!(keys.iter().any(|there| there == key), "`{key}` was deleted: {keys:?}");
    }
    let third = server.wait_for_end(&server.start_execution(&task).await, WITHIN).await;
    assert_eq!(third["Status"], "SUCCESS", "{third:#}");
    assert!(
        !fake.latest_objects(BUCKET).contains_key("gone"),
        "what is gone is deleted once all can be read"
    );
}
