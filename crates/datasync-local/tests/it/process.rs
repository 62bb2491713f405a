//! The program in a process of its own, so that it can be killed and measured.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::fake::BUCKET;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_datasync-local");
const ROLE: &str = "arn:aws:iam::111122223333:role/r";

/// The program in a process of its own.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) url: String,
}

async fn wait_for_url(port_file: &Path) -> String {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !port_file.exists() {
        assert!(Instant::now() < deadline, "it does not start");
        sleep(Duration::from_millis(10)).await;
    }
    format!("http://{}", fs::read_to_string(port_file).unwrap().trim())
}

impl Server {
    pub(crate) async fn start(directory: &Path, endpoint_url: &str) -> Self {
        Self::start_with(Command::new(PROGRAM), directory, endpoint_url).await
    }

    pub(crate) async fn start_with(
        mut program: Command,
        directory: &Path,
        endpoint_url: &str,
    ) -> Self {
        let port_file = directory.join("port");
        let _absent = fs::remove_file(&port_file);
        let child = program
            .args(["--endpoint-url", endpoint_url])
            .arg("--efs-root")
            .arg(directory.join("efs"))
            .arg("--state")
            .arg(directory.join("state"))
            .arg("--port-file")
            .arg(&port_file)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, url: wait_for_url(&port_file).await }
    }

    /// SIGKILL.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) async fn call_operation(&self, operation: &str, body: Value) -> Value {
        let (host, body) = (self.url.trim_start_matches("http://").to_owned(), body.to_string());
        let request = format!(
            "POST / HTTP/1.1\r\nHost: {host}\r\nX-Amz-Target: FmrsService.{operation}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=111122223333/20261123/eu-central-1/datasync/aws4_request\r\nConnection: close\r\nContent-Length: \
             {}\r\n\r\n{body}",
            body.len()
        );
        let answer = exchange_http(&host, request.as_bytes()).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{operation}: {answer}");
        serde_json::from_str(body).unwrap()
    }

    pub(crate) async fn call_for_text(&self, operation: &str, body: Value, field: &str) -> String {
        self.call_operation(operation, body).await[field].as_str().unwrap().to_owned()
    }

    pub(crate) async fn start_execution(&self, task: &str) -> String {
        self.call_for_text("StartTaskExecution", json!({ "TaskArn": task }), "TaskExecutionArn")
            .await
    }

    pub(crate) async fn describe_execution(&self, execution: &str) -> Value {
        self.call_operation("DescribeTaskExecution", json!({ "TaskExecutionArn": execution })).await
    }

    pub(crate) async fn wait_for_end(&self, execution: &str, within: Duration) -> Value {
        let deadline = Instant::now() + within;
        loop {
            let described = self.describe_execution(execution).await;
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

pub(crate) async fn exchange_http(host: &str, request: &[u8]) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// A backup and a restore task between the file system and the bucket.
pub(crate) async fn create_tasks(directory: &Path, endpoint_url: &str) -> (String, String) {
    let server = Server::start(directory, endpoint_url).await;
    let (efs, s3) = create_locations(&server).await;
    let options = json!({ "VerifyMode": "ONLY_FILES_TRANSFERRED" });
    (
        create_task(&server, &efs, &s3, options.clone()).await,
        create_task(&server, &s3, &efs, options).await,
    )
}

/// The file system and the bucket.
pub(crate) async fn create_locations(server: &Server) -> (String, String) {
    let efs = json!({
        "EfsFilesystemArn":
            "arn:aws:elasticfilesystem:eu-central-1:111122223333:file-system/fs-01234567",
        "Ec2Config": { "SubnetArn": "arn:aws:ec2:eu-central-1:111122223333:subnet/subnet-0a",
            "SecurityGroupArns": ["arn:aws:ec2:eu-central-1:111122223333:security-group/sg-0a"] },
    });
    let s3 = json!({ "S3BucketArn": format!("arn:aws:s3:::{BUCKET}"),
        "S3Config": { "BucketAccessRoleArn": ROLE } });
    let efs = server.call_for_text("CreateLocationEfs", efs, "LocationArn").await;
    (efs, server.call_for_text("CreateLocationS3", s3, "LocationArn").await)
}

pub(crate) async fn create_task(
    server: &Server,
    source: &str,
    destination: &str,
    options: Value,
) -> String {
    let task = json!({ "SourceLocationArn": source, "DestinationLocationArn": destination,
        "Options": options });
    server.call_for_text("CreateTask", task, "TaskArn").await
}
