//! Locations in other Regions than their task, and the roles that buckets are reached with.

use serde_json::{Value, json};

use crate::fake::{BUCKET, REPORTS};
use crate::world::World;

const HOME: &str = "eu-central-1";
const AWAY: &str = "eu-west-1";
const ROLE_AWAY: &str = "arn:aws:iam::111122223333:role/away";

/// A location of the bucket in a region.
async fn create_location(world: &World, region: &str) -> String {
    let request = json!({ "S3BucketArn": format!("arn:aws:s3:::{BUCKET}"),
        "S3Config": { "BucketAccessRoleArn": ROLE_AWAY } });
    let made = world.call_in_region(region, "CreateLocationS3", request).await.unwrap();
    made["LocationArn"].as_str().unwrap().to_owned()
}

async fn count_locations(world: &World, region: &str) -> usize {
    let listed = world.call_in_region(region, "ListLocations", json!({})).await.unwrap();
    listed["Locations"].as_array().unwrap().len()
}

fn task_between(source: &str, destination: &str) -> Value {
    json!({ "SourceLocationArn": source, "DestinationLocationArn": destination })
}

#[tokio::test]
async fn a_bucket_of_another_region_is_reached_there_with_its_locations_role() {
    let world = World::new().await;
    std::fs::write(world.root_path().join("file"), "content").unwrap();
    let away = create_location(&world, AWAY).await;
    assert!(away.starts_with("arn:aws:datasync:eu-west-1:111122223333:location/loc-"), "{away}");
    world.fake.lock_store().signers.clear();
    let task = world.create_task(task_between(&world.efs, &away)).await;
    let ended = world.run_task(&task).await.expect_success();
    assert_eq!(world.fake.latest_objects(BUCKET)["file"].body, "content");
    let summary = world.read_summary(&ended);
    assert!(away.ends_with(&summary.destination_location.location_id), "{summary:?}");
    let signers = world.fake.lock_store().signers.clone();
    let role = "arn:aws:iam::111122223333:role/r";
    let expected = [[BUCKET, AWAY, ROLE_AWAY], [REPORTS, HOME, role]];
    assert_eq!(Vec::from_iter(signers), expected.map(|signer| signer.map(str::to_owned)));
    let listed = [count_locations(&world, HOME).await, count_locations(&world, AWAY).await];
    assert_eq!(listed, [2, 1], "each region lists its own");
}

#[tokio::test]
async fn a_location_is_deleted_in_its_own_region_once_no_task_needs_it() {
    let world = World::new().await;
    let away = create_location(&world, AWAY).await;
    let task = world.create_task(task_between(&world.efs, &away)).await;
    let location = json!({ "LocationArn": away });
    let used = world.call_in_region(AWAY, "DeleteLocation", location.clone()).await.unwrap_err();
    assert!(used.contains("is in use by task"), "{used}");
    world.call_operation("DeleteTask", json!({ "TaskArn": task })).await.unwrap();
    for operation in ["DescribeLocationS3", "DeleteLocation"] {
        let elsewhere = world.call_operation(operation, location.clone()).await.unwrap_err();
        assert!(elsewhere.ends_with("is not found."), "{operation}: {elsewhere}");
    }
    world.call_in_region(AWAY, "DeleteLocation", location).await.unwrap();
    assert_eq!(count_locations(&world, AWAY).await, 0);
}

#[tokio::test]
async fn one_location_is_in_the_region_of_the_task() {
    let world = World::new().await;
    let away = create_location(&world, AWAY).await;
    let between = task_between(&world.efs, &away);
    let refused = world.call_in_region("us-east-1", "CreateTask", between).await.unwrap_err();
    assert!(refused.contains("one of them must be in us-east-1"), "{refused}");
    let unknown = away.replace(AWAY, "eu-west-2");
    let between = task_between(&world.efs, &unknown);
    let refused = world.call_operation("CreateTask", between).await.unwrap_err();
    assert!(refused.ends_with("is not found."), "{refused}");
}

#[tokio::test]
async fn a_manifest_is_read_with_its_own_role() {
    let world = World::new().await;
    std::fs::write(world.root_path().join("file"), "content").unwrap();
    let away = create_location(&world, AWAY).await;
    let task = world.create_task(task_between(&world.efs, &away)).await;
    let manifest = world.put_manifest("file\n");
    world.fake.lock_store().signers.clear();
    world.run_task_with(&task, manifest).await.expect_success();
    let signers = world.fake.lock_store().signers.clone();
    let of_reports: Vec<_> = signers.iter().filter(|[bucket, ..]| bucket == REPORTS).collect();
    assert_eq!(of_reports.len(), 1, "{of_reports:?}");
    assert_eq!(of_reports[0][1], HOME);
    assert!(of_reports[0][2].ends_with(":role/r"), "{of_reports:?}");
}
