//! A directory, a bucket and the API in this process.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use datasync_local::api;
use datasync_local::app::App;
use datasync_local::clients::Clients;
use datasync_local::state::Place;
use domain::arn::resource_id;
use domain::report::{DetailedReport, SummaryReport};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::fake::Fake;
pub(crate) use crate::fake::{BUCKET, REPORTS};

const FILE_SYSTEM: &str = "fs-01234567";
const ROLE: &str = "arn:aws:iam::111122223333:role/r";
pub(crate) const LOG_GROUP: &str =
    "arn:aws:logs:eu-central-1:111122223333:log-group:/local/datasync:*";

pub(crate) struct World {
    pub(crate) fake: Fake,
    pub(crate) app: Arc<App>,
    pub(crate) place: Place,
    pub(crate) efs: String,
    pub s3: String,
    folder: TempDir,
}

/// A described execution that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) arn: String,
    pub(crate) described: Value,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with("", "").await
    }

    /// With this subdirectory of the file system and this prefix of the bucket.
    pub(crate) async fn with(subdirectory: &str, prefix: &str) -> Self {
        Self::in_folder(tempfile::tempdir().unwrap(), subdirectory, prefix).await
    }

    /// With its state and its file system in this folder.
    pub(crate) async fn in_folder(folder: TempDir, subdirectory: &str, prefix: &str) -> Self {
        let fake = Fake::start().await;
        for bucket in [BUCKET, REPORTS] {
            fake.store().buckets.insert(bucket.to_owned(), BTreeMap::new());
        }
        let app = Arc::new(
            App::new(
                &folder.path().join("state"),
                &folder.path().join("efs"),
                Clients::new(&fake.url),
            )
            .unwrap(),
        );
        let place = Place { account: "111122223333".into(), region: "eu-central-1".into() };
        let mut world = Self { fake, app, place, efs: String::new(), s3: String::new(), folder };
        world.efs = world.make("CreateLocationEfs", efs_request(subdirectory)).await;
        world.s3 = world.make("CreateLocationS3", s3_request(prefix)).await;
        std::fs::create_dir_all(world.root().join(subdirectory.trim_matches('/'))).unwrap();
        world
    }

    /// The directory of the file system.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("efs").join(FILE_SYSTEM)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) async fn call(&self, operation: &str, body: Value) -> Result<Value, String> {
        let answer =
            api::call(&self.app, &self.place, operation, body.to_string().as_bytes()).await;
        answer.map_err(|error| error.to_string())
    }

    async fn make(&self, operation: &str, body: Value) -> String {
        self.call(operation, body).await.unwrap()["LocationArn"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn backup_task(&self, options: Value) -> String {
        self.task(json!({ "SourceLocationArn": self.efs, "DestinationLocationArn": self.s3, "Options": options })).await
    }

    pub(crate) async fn restore_task(&self, options: Value) -> String {
        self.task(json!({ "SourceLocationArn": self.s3, "DestinationLocationArn": self.efs, "Options": options })).await
    }

    /// A report of everything.
    pub(crate) fn report_config(&self) -> Value {
        json!({
            "Destination": { "S3": { "S3BucketArn": format!("arn:aws:s3:::{REPORTS}"), "BucketAccessRoleArn": ROLE } },
            "OutputType": "STANDARD", "ReportLevel": "SUCCESSES_AND_ERRORS", "ObjectVersionIds": "INCLUDE",
        })
    }

    pub(crate) async fn task(&self, mut body: Value) -> String {
        body["TaskReportConfig"] = self.report_config();
        self.call("CreateTask", body).await.unwrap()["TaskArn"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn tag(&self, task: &str, fault: &str) {
        let tags = json!([{ "Key": "datasync-local:fault", "Value": fault }]);
        self.call("TagResource", json!({ "ResourceArn": task, "Tags": tags })).await.unwrap();
    }

    pub(crate) async fn start(&self, task: &str, more: Value) -> String {
        let mut body = json!({ "TaskArn": task });
        body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        let started = self.call("StartTaskExecution", body).await.unwrap();
        started["TaskExecutionArn"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn run(&self, task: &str) -> Ended {
        self.run_with(task, json!({})).await
    }

    pub(crate) async fn run_with(&self, task: &str, more: Value) -> Ended {
        let arn = self.start(task, more).await;
        self.ended(&arn).await
    }

    pub(crate) async fn describe(&self, arn: &str) -> Value {
        self.call("DescribeTaskExecution", json!({ "TaskExecutionArn": arn })).await.unwrap()
    }

    pub(crate) async fn until(&self, arn: &str, reached: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let described = self.describe(arn).await;
            if reached(&described) {
                return described;
            }
            assert!(Instant::now() < deadline, "{described:#}");
            sleep(Duration::from_millis(5)).await;
        }
    }

    pub(crate) async fn ended(&self, arn: &str) -> Ended {
        let described = self
            .until(arn, |described| {
                matches!(described["Status"].as_str(), Some("SUCCESS" | "ERROR"))
            })
            .await;
        Ended { arn: arn.to_owned(), described }
    }

    /// All detailed rows of an execution.
    pub(crate) fn report(&self, ended: &Ended) -> DetailedReport {
        let mut all = DetailedReport::default();
        for (key, version) in self.fake.objects(REPORTS) {
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

    pub(crate) fn summary(&self, ended: &Ended) -> SummaryReport {
        let objects = self.fake.objects(REPORTS);
        let found = objects
            .iter()
            .find(|(key, _)| key.contains("Summary-Reports/") && key.contains(ended.id()));
        serde_json::from_slice(&found.unwrap().1.body).unwrap()
    }

    pub(crate) fn manifest(&self, text: &str) -> Value {
        self.fake.put(REPORTS, "manifest.csv", text.as_bytes(), &[]);
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

    pub(crate) fn detail(&self) -> &str {
        self.described["Result"]["ErrorDetail"].as_str().unwrap_or_default()
    }

    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(self.status(), "SUCCESS", "{:#}", self.described);
        self
    }
}

fn efs_request(subdirectory: &str) -> Value {
    json!({
        "EfsFilesystemArn": format!("arn:aws:elasticfilesystem:eu-central-1:111122223333:file-system/{FILE_SYSTEM}"),
        "Subdirectory": subdirectory,
        "Ec2Config": { "SubnetArn": "arn:aws:ec2:eu-central-1:111122223333:subnet/subnet-0a",
            "SecurityGroupArns": ["arn:aws:ec2:eu-central-1:111122223333:security-group/sg-0a"] },
    })
}

fn s3_request(prefix: &str) -> Value {
    json!({ "S3BucketArn": format!("arn:aws:s3:::{BUCKET}"), "Subdirectory": prefix,
        "S3Config": { "BucketAccessRoleArn": ROLE } })
}
