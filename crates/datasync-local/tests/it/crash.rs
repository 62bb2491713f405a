//! kill -9 at any moment: the interrupted execution ends as ERROR, and a new one converges, byte for byte.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::fake::Fake;
use crate::world::{BUCKET, REPORTS};

const FILES: usize = 10_000;
const KILLS: u64 = 5;
const ROLE: &str = "arn:aws:iam::111122223333:role/r";

/// The program in a process of its own.
pub(crate) struct Server {
    child: Child,
    url: String,
}

impl Server {
    pub(crate) async fn start(folder: &Path, fake: &Fake) -> Self {
        let port_file = folder.join("port");
        let _absent = fs::remove_file(&port_file);
        let child = Command::new(env!("CARGO_BIN_EXE_datasync-local"))
            .args(["--endpoint-url", &fake.url])
            .arg("--efs-root")
            .arg(folder.join("efs"))
            .arg("--state")
            .arg(folder.join("state"))
            .arg("--port-file")
            .arg(&port_file)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_secs(30);
        while !port_file.exists() {
            assert!(Instant::now() < deadline, "it does not start");
            sleep(Duration::from_millis(10)).await;
        }
        let url = format!("http://{}", fs::read_to_string(port_file).unwrap().trim());
        Self { child, url }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    async fn call(&self, operation: &str, body: Value) -> Value {
        let (host, body) = (self.url.trim_start_matches("http://").to_owned(), body.to_string());
        let request = format!(
            "POST / HTTP/1.1\r\nHost: {host}\r\nX-Amz-Target: FmrsService.{operation}\r\nAuthorization: AWS4-HMAC-SHA256 \
             Credential=111122223333/20261123/eu-central-1/datasync/aws4_request\r\nConnection: close\r\nContent-Length: \
             {}\r\n\r\n{body}",
            body.len()
        );
        let answer = exchange(&host, request.as_bytes()).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{operation}: {answer}");
        serde_json::from_str(body).unwrap()
    }

    pub(crate) async fn text(&self, operation: &str, body: Value, field: &str) -> String {
        self.call(operation, body).await[field].as_str().unwrap().to_owned()
    }

    async fn start_execution(&self, task: &str) -> String {
        self.text("StartTaskExecution", json!({ "TaskArn": task }), "TaskExecutionArn").await
    }

    async fn describe(&self, execution: &str) -> Value {
        self.call("DescribeTaskExecution", json!({ "TaskExecutionArn": execution })).await
    }

    pub(crate) async fn ended(&self, execution: &str) -> Value {
        let deadline = Instant::now() + Duration::from_secs(300);
        loop {
            let described = self.describe(execution).await;
            if matches!(described["Status"].as_str(), Some("SUCCESS" | "ERROR")) {
                return described;
            }
            assert!(Instant::now() < deadline, "{described:#}");
            sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have been killed already.
        let _ended = self.child.kill();
        let _waited = self.child.wait();
    }
}

async fn exchange(host: &str, request: &[u8]) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// Files by path; a few large ones, sent in parts.
fn make_tree(root: &Path) {
    for number in 0..FILES {
        let folder = root.join(format!("d{:02}", number % 50));
        fs::create_dir_all(&folder).unwrap();
        let length = if number % 2_500 == 7 { 20 * 1024 * 1024 } else { number % 300 };
        fs::write(folder.join(format!("f{number}")), vec![u8::try_from(number % 251).unwrap(); length]).unwrap();
    }
}

fn read_tree(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// Kills the server again and again while the task runs, each time a little later; then lets it end.
async fn run_through_kills(folder: &Path, fake: &Fake, task: &str) -> Value {
    let mut interrupted = 0;
    for kill in 1..=KILLS {
        let server = Server::start(folder, fake).await;
        let execution = server.start_execution(task).await;
        sleep(Duration::from_millis(kill * kill * 25)).await;
        server.kill();
        let server = Server::start(folder, fake).await;
        let described = server.describe(&execution).await;
        let detail = described["Result"]["ErrorDetail"].as_str().unwrap_or_default();
        match described["Status"].as_str().unwrap() {
            "ERROR" => {
                assert!(detail.contains("interrupted"), "{described:#}");
                interrupted += 1;
            }
            status => assert_eq!(status, "SUCCESS", "{described:#}"),
        }
        server.kill();
    }
    assert!(interrupted > 0, "no execution was interrupted");
    let server = Server::start(folder, fake).await;
    let execution = server.start_execution(task).await;
    server.ended(&execution).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_is_killed_again_and_again_converges() {
    let fake = Fake::start().await;
    for bucket in [BUCKET, REPORTS] {
        fake.store().buckets.insert(bucket.to_owned(), BTreeMap::new());
    }
    let folder = tempfile::tempdir().unwrap();
    let (backup, restore) = tasks(folder.path(), &fake).await;
    let root = folder.path().join("efs/fs-01234567");
    make_tree(&root);
    let before = read_tree(&root);

    let ended = run_through_kills(folder.path(), &fake, &backup).await;
    assert_eq!(ended["Status"], "SUCCESS", "{ended:#}");
    let objects = fake.objects(BUCKET);
    let files: BTreeMap<_, _> = objects
        .iter()
        .filter(|(key, _)| !key.ends_with('/'))
        .map(|(key, object)| (PathBuf::from(key), object.body.to_vec()))
        .collect();
    assert!(files == before, "the bucket is not what the directory is");
    assert_eq!(objects.len(), FILES + 50);

    fs::remove_dir_all(&root).unwrap();
    fs::create_dir(&root).unwrap();
    let ended = run_through_kills(folder.path(), &fake, &restore).await;
    assert_eq!(ended["Status"], "SUCCESS", "{ended:#}");
    assert!(read_tree(&root) == before, "the directory is not what it was");
    let uploads = || fake.store().uploads.len();
    assert_eq!(uploads(), 0, "parts were left in the bucket");
}

pub(crate) async fn tasks(folder: &Path, fake: &Fake) -> (String, String) {
    let server = Server::start(folder, fake).await;
    let efs = json!({
        "EfsFilesystemArn": "arn:aws:elasticfilesystem:eu-central-1:111122223333:file-system/fs-01234567",
        "Ec2Config": { "SubnetArn": "arn:aws:ec2:eu-central-1:111122223333:subnet/subnet-0a",
            "SecurityGroupArns": ["arn:aws:ec2:eu-central-1:111122223333:security-group/sg-0a"] },
    });
    let s3 = json!({ "S3BucketArn": format!("arn:aws:s3:::{BUCKET}"), "S3Config": { "BucketAccessRoleArn": ROLE } });
    let efs = server.text("CreateLocationEfs", efs, "LocationArn").await;
    let s3 = server.text("CreateLocationS3", s3, "LocationArn").await;
    let task = |source: &str, destination: &str| {
        json!({ "SourceLocationArn": source, "DestinationLocationArn": destination,
            "Options": { "VerifyMode": "ONLY_FILES_TRANSFERRED" } })
    };
    let backup = server.text("CreateTask", task(&efs, &s3), "TaskArn").await;
    let restore = server.text("CreateTask", task(&s3, &efs), "TaskArn").await;
    (backup, restore)
}
