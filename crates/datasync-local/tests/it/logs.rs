//! The task's log.

use std::fs;

use domain::arn::resource_id;
use serde_json::json;

use crate::world::{LOG_GROUP, World};

async fn log_lines_at(level: &str) -> Vec<String> {
    let world = World::new().await;
    for name in ["good", "secret"] {
        fs::write(world.root_path().join(name), name).unwrap();
    }
    world.fake.lock_store().refused.push(("PUT", "secret".to_owned()));
    let options = json!({ "LogLevel": level, "VerifyMode": "ONLY_FILES_TRANSFERRED" });
    let task = world
        .create_task(json!({ "SourceLocationArn": world.efs,
        "DestinationLocationArn": world.s3, "Options": options,
            "CloudWatchLogGroupArn": LOG_GROUP }))
        .await;
    let ended = world.run_task(&task).await;
    let stream = format!("{}-{}", resource_id(&task), ended.id());
    world.fake.lock_store().log_lines.get(&stream).cloned().unwrap_or_default()
}

#[tokio::test]
async fn each_level_writes_its_lines() {
    assert!(log_lines_at("OFF").await.is_empty());
    let basic = log_lines_at("BASIC").await;
    assert!(basic.iter().any(
        |line| line.starts_with("[ERROR] S3 Put Object Failed") && line.ends_with(": /secret")
    ));
    assert!(!basic.iter().any(|line| line.contains("/good")), "{basic:?}");
    let transfer = log_lines_at("TRANSFER").await;
    for line in
        ["[NOTICE] Transferred file /good, 4 bytes", "[NOTICE] Verified file /good, 4 bytes"]
    {
        assert!(transfer.iter().any(|written| written == line), "{transfer:?}");
    }
}
