//! The API called in process, without a socket and without S3.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{ApiError, call_operation};
use crate::app::DataSyncApp;
use crate::clients::Clients;
use crate::state::AccountRegion;

const FILE_SYSTEM: &str =
    "arn:aws:elasticfilesystem:eu-central-1:111122223333:file-system/fs-01234567";
const SECURITY_GROUP: &str = "arn:aws:ec2:eu-central-1:111122223333:security-group/sg-0a";
const ROLE: &str = "arn:aws:iam::111122223333:role/r";
const SUBNET: &str = "arn:aws:ec2:eu-central-1:111122223333:subnet/subnet-0a";

struct Api {
    app: Arc<DataSyncApp>,
    account_region: AccountRegion,
    _state: tempfile::TempDir,
}

impl Api {
    fn new() -> Self {
        let state = tempfile::tempdir().unwrap();
        let app = DataSyncApp::new(
            &state.path().join("state"),
            &state.path().join("efs"),
            Clients::new("http://127.0.0.1:1"),
        )
        .unwrap();
        let account_region =
            AccountRegion { account: "111122223333".into(), region: "eu-central-1".into() };
        Self { app: Arc::new(app), account_region, _state: state }
    }

    async fn call_operation(&self, operation: &str, body: Value) -> Result<Value, String> {
        let answer =
            call_operation(&self.app, &self.account_region, operation, body.to_string().as_bytes())
                .await;
        answer.map_err(|error: ApiError| error.to_string())
    }

    async fn create_efs_location(&self) -> String {
        let answer = self.call_operation("CreateLocationEfs", efs_request()).await.unwrap();
        answer["LocationArn"].as_str().unwrap().to_owned()
    }
}

fn efs_request() -> Value {
    json!({
        "EfsFilesystemArn": FILE_SYSTEM,
        "Subdirectory": "/data",
        "Ec2Config": { "SubnetArn": SUBNET, "SecurityGroupArns": [SECURITY_GROUP] },
        "Tags": [{ "Key": "efs-s3:stack", "Value": "s" }],
    })
}

#[tokio::test]
async fn an_efs_location_is_described_as_it_was_created() {
    let api = Api::new();
    let arn = api.create_efs_location().await;
    let described =
        api.call_operation("DescribeLocationEfs", json!({ "LocationArn": arn })).await.unwrap();
    assert_eq!(described["LocationUri"], "efs://eu-central-1.fs-01234567/data/");
    assert_eq!(described["Ec2Config"]["SubnetArn"], SUBNET);
    assert_eq!(described["InTransitEncryption"], "NONE");
    let tags =
        api.call_operation("ListTagsForResource", json!({ "ResourceArn": arn })).await.unwrap();
    assert_eq!(tags["Tags"], json!([{ "Key": "efs-s3:stack", "Value": "s" }]));
    let other = AccountRegion { account: "444455556666".into(), ..api.account_region.clone() };
    let body = json!({ "LocationArn": arn }).to_string();
    assert!(
        call_operation(&api.app, &other, "DescribeLocationEfs", body.as_bytes()).await.is_err(),
        "accounts are apart"
    );
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_an_empty_text_clears() {
    let api = Api::new();
    let arn = api.create_efs_location().await;
    let set = json!({
        "LocationArn": arn, "FileSystemAccessRoleArn": ROLE, "InTransitEncryption": "TLS1_2",
    });
    api.call_operation("UpdateLocationEfs", set).await.unwrap();
    let described =
        api.call_operation("DescribeLocationEfs", json!({ "LocationArn": arn })).await.unwrap();
    assert_eq!(described["FileSystemAccessRoleArn"], ROLE);
    let clear =
        json!({ "LocationArn": arn, "FileSystemAccessRoleArn": "", "InTransitEncryption": "NONE" });
    api.call_operation("UpdateLocationEfs", clear).await.unwrap();
    let described =
        api.call_operation("DescribeLocationEfs", json!({ "LocationArn": arn })).await.unwrap();
    assert!(described.get("FileSystemAccessRoleArn").is_none());
}

#[tokio::test]
async fn a_request_that_the_model_forbids_is_refused() {
    let api = Api::new();
    let broken = |path: &str, value: Value| {
        let mut body = efs_request();
        *body.pointer_mut(path).unwrap() = value;
        body
    };
    let mut role = efs_request();
    role["FileSystemAccessRoleArn"] = json!(ROLE);
    for (operation, body, expected) in [
        ("CreateLocationEfs", json!({}), "missing field `EfsFilesystemArn`"),
        (
            "CreateLocationEfs",
            broken("/EfsFilesystemArn", json!("fs-1")),
            "EfsFilesystemArn must match",
        ),
        ("CreateLocationEfs", broken("/Ec2Config/SecurityGroupArns", json!([])), "between 1 and 5"),
        ("CreateLocationEfs", broken("/Subdirectory", json!("/a/../../b")), "must not contain"),
        ("CreateLocationEfs", role, "must be TLS1_2"),
        ("DescribeTask", json!({ "TaskArn": "task-1" }), "TaskArn must match"),
        (
            "ListLocations",
            json!({ "Filters": [{ "Name": "X", "Values": ["a"], "Operator": "Equals" }] }),
            "filter name X",
        ),
        ("CreateAgent", json!({}), "CreateAgent is not supported locally."),
        ("CreateLocationNfs", json!({}), "CreateLocationNfs is not supported locally."),
    ] {
        let message = api.call_operation(operation, body).await.unwrap_err();
        assert!(message.contains(expected), "{operation}: {message}");
    }
}

#[tokio::test]
async fn an_s3_location_needs_a_bucket_that_answers() {
    let api = Api::new();
    let request = json!({
        "S3BucketArn": "arn:aws:s3:::b", "S3Config": { "BucketAccessRoleArn": ROLE },
    });
    let message = api.call_operation("CreateLocationS3", request).await.unwrap_err();
    assert!(
        message.starts_with(
            "DataSync location access test failed: could not perform s3:ListObjectsV2"
        ),
        "{message}"
    );
}

#[tokio::test]
async fn tasks_of_other_kinds_are_refused() {
    let api = Api::new();
    let efs = api.create_efs_location().await;
    let both = json!({ "SourceLocationArn": efs, "DestinationLocationArn": efs });
    assert!(
        api.call_operation("CreateTask", both)
            .await
            .unwrap_err()
            .contains("Only transfers between EFS and S3")
    );
}

#[tokio::test]
async fn unknown_tasks_and_locations_are_refused() {
    let api = Api::new();
    let task = "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b";
    let message =
        api.call_operation("StartTaskExecution", json!({ "TaskArn": task })).await.unwrap_err();
    assert_eq!(message, "Task task-0806c70094b09457b is not found.");
    let efs = api.create_efs_location().await;
    api.call_operation("DeleteLocation", json!({ "LocationArn": efs })).await.unwrap();
    let message =
        api.call_operation("DeleteLocation", json!({ "LocationArn": efs })).await.unwrap_err();
    assert!(
        message.starts_with("Location loc-") && message.ends_with("is not found."),
        "{message}"
    );
}

#[tokio::test]
async fn locations_are_listed_in_pages_and_by_filter() {
    let api = Api::new();
    for _ in 0..3 {
        api.create_efs_location().await;
    }
    let first = api.call_operation("ListLocations", json!({ "MaxResults": 2 })).await.unwrap();
    assert_eq!(first["Locations"].as_array().unwrap().len(), 2);
    let rest = api
        .call_operation(
            "ListLocations",
            json!({ "MaxResults": 2, "NextToken": first["NextToken"] }),
        )
        .await
        .unwrap();
    assert_eq!(rest["Locations"].as_array().unwrap().len(), 1);
    assert!(rest.get("NextToken").is_none());
    let filter = json!([{ "Name": "LocationType", "Values": ["S3"], "Operator": "Equals" }]);
    let none = api.call_operation("ListLocations", json!({ "Filters": filter })).await.unwrap();
    assert_eq!(none["Locations"], json!([]));
}
