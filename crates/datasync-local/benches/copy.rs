//! Figures of the copy engine: the program in a process of its own against the S3 endpoint of the tests.
//!
//! `cargo bench -p datasync-local --bench copy` prints them. Nothing is asserted about time. `DATASYNC_LOCAL_FILES` is the
//! number of files of the unchanged and the nearly unchanged tree; `DATASYNC_LOCAL_WORKS` says which of `small large many`
//! to do; `DATASYNC_LOCAL_S5CMD` is a path of s5cmd, which then syncs each tree to a bucket of its own, for comparison (it
//! keeps no POSIX metadata).

#![expect(clippy::unwrap_used, reason = "a benchmark that can't measure ends")]

#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/it/fake/mod.rs"]
mod fake;
#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/it/process.rs"]
mod process;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::json;
use tokio::time::Instant;

use fake::{BUCKET, Fake, REPORTS};
use process::{Server, tasks};

const PEER: &str = "peer";
const MIB: usize = 1024 * 1024;

struct Bench {
    fake: Fake,
    folder: tempfile::TempDir,
    task: String,
}

impl Bench {
    async fn new() -> Self {
        let fake = Fake::start().await;
        for bucket in [BUCKET, REPORTS, PEER] {
            fake.store().buckets.insert(bucket.to_owned(), BTreeMap::new());
        }
        let folder = tempfile::tempdir().unwrap();
        let (task, _) = tasks(folder.path(), &fake).await;
        Self { fake, folder, task }
    }

    fn write(&self, files: usize, length: usize, salt: usize) {
        let root = self.folder.path().join("efs/fs-01234567");
        for number in 0..files {
            let folder = root.join(format!("d{:04}", number / 200));
            if number % 200 == 0 {
                fs::create_dir_all(&folder).unwrap();
            }
            let byte = u8::try_from((number + salt) % 251).unwrap();
            fs::write(folder.join(format!("f{number}")), vec![byte; length]).unwrap();
        }
    }

    /// Runs the task without verification, and prints the line.
    #[expect(clippy::print_stderr, reason = "the figures are the result")]
    async fn run(&self, what: &str) {
        let server = Server::start(self.folder.path(), &self.fake).await;
        self.fake.store().calls.clear();
        let begun = Instant::now();
        let options = json!({ "TaskArn": self.task, "OverrideOptions": { "VerifyMode": "NONE" } });
        let execution = server.text("StartTaskExecution", options, "TaskExecutionArn").await;
        let described = server.ended(&execution).await;
        let seconds = begun.elapsed().as_secs_f64();
        assert_eq!(described["Status"], "SUCCESS", "{described:#}");
        let bytes = described["BytesWritten"].as_f64().unwrap();
        let (peak, cpu) = used(server.child.id());
        let calls = format!("{:?}", self.fake.store().calls);
        eprintln!(
            "{what:40} {seconds:7.2} s  {:8.1} MB/s  {:8} items  peak {peak} MiB  CPU {cpu:.1} s  {calls}",
            bytes / 1e6 / seconds,
            described["FilesTransferred"]
        );
        self.run_peer().await;
    }

    #[expect(clippy::print_stderr, reason = "the figures are the result")]
    async fn run_peer(&self) {
        let Some(program) = std::env::var_os("DATASYNC_LOCAL_S5CMD") else { return };
        self.fake.store().calls.clear();
        let begun = Instant::now();
        let mut command = tokio::process::Command::new(program);
        command.args(["--endpoint-url", &self.fake.url, "--log", "error", "sync"]);
        command.arg(format!("{}/", self.folder.path().join("efs/fs-01234567").display())).arg(format!("s3://{PEER}/"));
        command.env("AWS_ACCESS_KEY_ID", "111122223333").env("AWS_SECRET_ACCESS_KEY", "local");
        let ended = command.env("AWS_REGION", "eu-central-1").status().await.unwrap();
        let (seconds, calls) = (begun.elapsed().as_secs_f64(), format!("{:?}", self.fake.store().calls));
        eprintln!("{:40} {seconds:7.2} s  ({ended})  {calls}", "  s5cmd sync");
    }
}

/// Peak of resident memory in MiB, and CPU seconds, of a process.
fn used(pid: u32) -> (u64, f64) {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kib: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    let stat = fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).unwrap();
    let fields: Vec<_> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: f64 = [fields[11], fields[12]].iter().map(|field| field.parse::<f64>().unwrap()).sum();
    (kib / 1024, ticks / 100.0)
}

#[tokio::main]
async fn main() {
    let many = std::env::var("DATASYNC_LOCAL_FILES").ok().map_or(100_000, |text| text.parse::<usize>().unwrap());
    let works = std::env::var("DATASYNC_LOCAL_WORKS").unwrap_or_else(|_| "small large many".to_owned());
    if works.contains("small") {
        let bench = Bench::new().await;
        bench.write(20_000, 4096, 0);
        bench.run("20,000 files of 4 KiB").await;
    }
    if works.contains("large") {
        let bench = Bench::new().await;
        bench.write(8, 256 * MIB, 0);
        bench.run("8 files of 256 MiB").await;
    }
    if works.contains("many") {
        let bench = Bench::new().await;
        bench.write(many, 100, 0);
        bench.run(&format!("{many} files of 100 bytes")).await;
        bench.run(&format!("{many} files, nothing changed")).await;
        bench.write(many / 100, 100, 1);
        bench.run(&format!("{many} files, 1 % changed")).await;
    }
}
