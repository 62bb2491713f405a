//! A directory, a bucket and the API in this process.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use datasync_local::api;
use datasync_local::app::DataSyncApp;
use datasync_local::clients::Clients;
use datasync_local::state::AccountRegion;
use domain::arn::resource_id;
use domain::report::{DetailedReport, SummaryReport};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::fake::Fake;
pub(crate) use crate::fake::{BUCKET, REPORTS};

const FILE_SYSTEM: &str = "fs-01234567";
const FILE_SYSTEM_ARNS: &str = "arn:aws:elasticfilesystem:eu-central-1:111122223333:file-system";
const ROLE: &str = "arn:aws:iam::111122223333:role/r";
pub(crate) const LOG_GROUP: &str =
    "arn:aws:logs:eu-central-1:111122223333:log-group:/local/datasync:*";

pub(crate) struct World {
    pub(crate) fake: Fake,
    pub(crate) app: Arc<DataSyncApp>,
    pub(crate) account_region: AccountRegion,
    pub(crate) efs: String,
    pub s3: String,
    directory: TempDir,
}

/// A described execution that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) arn: String,
    pub(crate) described: Value,
}

/// An endpoint with the bucket for files and that for reports, both empty.
pub(crate) async fn start_fake() -> Fake {
    let fake = Fake::start().await;
    for bucket in [BUCKET, REPORTS] {
        fake.lock_store().buckets.insert(bucket.to_owned(), BTreeMap::new());
    }
    fake
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with_paths("", "").await
    }

    /// With this subdirectory of the file system and this prefix of the bucket.
    pub(crate) async fn with_paths(subdirectory: &str, prefix: &str) -> Self {
        Self::in_directory(tempfile::tempdir().unwrap(), subdirectory, prefix).await
    }

    /// With its state and its file system in this directory.
    pub(crate) async fn in_directory(directory: TempDir, subdirectory: &str, prefix: &str) -> Self {
        let fake = start_fake().await;
        let app = Arc::new(
            DataSyncApp::new(
                &directory.path().join("state"),
                &directory.path().join("efs"),
                Clients::new(&fake.url),
            )
            .unwrap(),
        );
        let account_region =
            AccountRegion { account: "111122223333".into(), region: "eu-central-1".into() };
        let mut world =
            Self { fake, app, account_region, efs: String::new(), s3: String::new(), directory };
        world.efs = world.create_location("CreateLocationEfs", efs_request(subdirectory)).await;
        world.s3 = world.create_location("CreateLocationS3", s3_request(prefix)).await;
        std::fs::create_dir_all(world.root_path().join(subdirectory.trim_matches('/'))).unwrap();
        world
    }

    /// The directory of the file system.
    pub(crate) fn root_path(&self) -> PathBuf {
        self.directory.path().join("efs").join(FILE_SYSTEM)
    }

    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) async fn call_operation(
        &self,
        operation: &str,
        body: Value,
    ) -> Result<Value, String> {
        self.call_in_region(&self.account_region.region, operation, body).await
    }

    pub(crate) async fn call_in_region(
        &self,
        region: &str,
        operation: &str,
        body: Value,
    ) -> Result<Value, String> {
        let account_region = self.account_region.in_region(region);
        let body = body.to_string();
        let answer =
            api::call_operation(&self.app, &account_region, operation, body.as_bytes()).await;
        answer.map_err(|error| error.to_string())
    }

    async fn create_location(&self, operation: &str, body: Value) -> String {
        self.call_operation(operation, body).await.unwrap()["LocationArn"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    pub(crate) async fn backup_task(&self, options: Value) -> String {
        self.create_task(json!({ "SourceLocationArn": self.efs, "DestinationLocationArn": self.s3,
            "Options": options }))
            .await
    }

    pub(crate) async fn restore_task(&self, options: Value) -> String {
        self.create_task(json!({ "SourceLocationArn": self.s3, "DestinationLocationArn": self.efs,
            "Options": options }))
            .await
    }

    /// A report of everything.
    pub(crate) fn report_config(&self) -> Value {
        json!({
            "Destination": { "S3": { "S3BucketArn": format!("arn:aws:s3:::{REPORTS}"),
                "BucketAccessRoleArn": ROLE } },
            "OutputType": "STANDARD", "ReportLevel": "SUCCESSES_AND_ERRORS",
                "ObjectVersionIds": "INCLUDE",
        })
    }

    pub(crate) async fn create_task(&self, mut body: Value) -> String {
        body["TaskReportConfig"] = self.report_config();
        self.call_operation("CreateTask", body).await.unwrap()["TaskArn"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    pub(crate) async fn set_fault(&self, task: &str, fault: &str) {
        let tags = json!([{ "Key": "datasync-local:fault", "Value": fault }]);
        self.call_operation("TagResource", json!({ "ResourceArn": task, "Tags": tags }))
            .await
            .unwrap();
    }

    pub(crate) async fn remove_fault(&self, task: &str) {
        let keys = json!({ "ResourceArn": task, "Keys": ["datasync-local:fault"] });
        self.call_operation("UntagResource", keys).await.unwrap();
    }

    pub(crate) async fn cancel_execution(&self, arn: &str) -> Result<Value, String> {
        self.call_operation("CancelTaskExecution", json!({ "TaskExecutionArn": arn })).await
    }

    pub(crate) async fn start_execution(&self, task: &str, more: Value) -> String {
        let mut body = json!({ "TaskArn": task });
        body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        let started = self.call_operation("StartTaskExecution", body).await.unwrap();
        started["TaskExecutionArn"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn run_task(&self, task: &str) -> Ended {
        self.run_task_with(task, json!({})).await
    }

    pub(crate) async fn run_task_with(&self, task: &str, more: Value) -> Ended {
        let arn = self.start_execution(task, more).await;
        self.wait_for_end(&arn).await
    }

    pub(crate) async fn describe_execution(&self, arn: &str) -> Value {
        self.call_operation("DescribeTaskExecution", json!({ "TaskExecutionArn": arn }))
            .await
            .unwrap()
    }

    pub(crate) async fn wait_until(&self, arn: &str, reached: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let described = self.describe_execution(arn).await;
            if reached(&described) {
                return described;
            }
            assert!(Instant::now() < deadline, "{described:#}");
            sleep(Duration::from_millis(5)).await;
        }
    }

    pub(crate) async fn wait_for_end(&self, arn: &str) -> Ended {
        let described = self
            .wait_until(arn, |described| {
                matches!(described["Status"].as_str(), Some("SUCCESS" | "ERROR"))
            })
            .await;
        Ended { arn: arn.to_owned(), described }
    }

    /// All detailed rows of an execution.
    pub(crate) fn read_report(&self, ended: &Ended) -> DetailedReport {
        let mut all = DetailedReport::default();
        for (key, version) in self.fake.latest_objects(REPORTS) {
            if key.contains(ended.id()) && key.contains("Detailed-Reports/") {
                let part: DetailedReport = serde_json::from_slice(&version.body).unwrap();
                all.transferred.extend(part.transferred);
                all.verified.extend(part.verified);
                all.skipped.extend(part.skipped);
                all.deleted.extend(part.deleted);
            }
        }
        all
    }

    pub(crate) fn read_summary(&self, ended: &Ended) -> SummaryReport {
        let objects = self.fake.latest_objects(REPORTS);
        let found = objects
            .iter()
            .find(|(key, _)| key.contains("Summary-Reports/") && key.contains(ended.id()));
        serde_json::from_slice(&found.unwrap().1.body).unwrap()
    }

    pub(crate) fn put_manifest(&self, text: &str) -> Value {
        self.fake.put_object(REPORTS, "manifest.csv", text.as_bytes(), &[]);
        json!({ "ManifestConfig": { "Action": "TRANSFER", "Format": "CSV", "Source": { "S3": {
            "ManifestObjectPath": "manifest.csv", "S3BucketArn": format!("arn:aws:s3:::{REPORTS}"),
            "BucketAccessRoleArn": ROLE } } } })
    }
}

impl Ended {
    pub(crate) fn id(&self) -> &str {
        resource_id(&self.arn)
    }

    pub(crate) fn status(&self) -> &str {
        self.described["Status"].as_str().unwrap()
    }

    pub(crate) fn error_detail(&self) -> &str {
        self.described["Result"]["ErrorDetail"].as_str().unwrap_or_default()
    }

    #[track_caller]
    pub(crate) fn expect_success(self) -> Self {
        assert_eq!(self.status(), "SUCCESS", "{:#}", self.described);
        self
    }
}

fn efs_request(subdirectory: &str) -> Value {
    json!({
        "EfsFilesystemArn": format!("{FILE_SYSTEM_ARNS}/{FILE_SYSTEM}"),
        "Subdirectory": subdirectory,
        "Ec2Config": { "SubnetArn": "arn:aws:ec2:eu-central-1:111122223333:subnet/subnet-0a",
            "SecurityGroupArns": ["arn:aws:ec2:eu-central-1:111122223333:security-group/sg-0a"] },
    })
}

fn s3_request(prefix: &str) -> Value {
    json!({ "S3BucketArn": format!("arn:aws:s3:::{BUCKET}"), "Subdirectory": prefix,
        "S3Config": { "BucketAccessRoleArn": ROLE } })
}
