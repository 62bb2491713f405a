//! One verification, measured in a process of its own.

use std::process::{Child, Command, Stdio};
use std::time::Instant;

use domain::environment::Environment;
use domain::records::proof::Proof;
use domain::report::{ReportKind, read_part};
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value, json};
use verify_versions::{VerifyApp, VerifyOutcome, handle};

use crate::{EXECUTION, server};

/// The size and kind of one verification.
#[derive(Clone, Copy)]
pub(crate) struct BenchCase {
    pub(crate) files: u64,
    pub(crate) depth: &'static str,
    /// The number of objects in the bucket for each file of the report.
    pub(crate) spread: u64,
    pub(crate) delay: u64,
}

impl BenchCase {
    pub(crate) fn of_metadata(files: u64) -> Self {
        Self { files, depth: "metadata", spread: 1, delay: 0 }
    }

    pub(crate) fn of_versions(files: u64) -> Self {
        Self { depth: "versions", ..Self::of_metadata(files) }
    }

    /// Sets the milliseconds that S3 takes for an answer.
    pub(crate) fn with_delay(self, delay: u64) -> Self {
        Self { delay, ..self }
    }

    #[expect(clippy::cast_precision_loss, reason = "a figure")]
    pub(crate) fn run(self, name: &str) -> BenchResult {
        let Self { files, depth, spread, delay } = self;
        let server = start_server(files, spread, delay);
        let program = std::env::current_exe().unwrap();
        let output = Command::new(program)
            .args(["measure", &server.url, depth])
            .stderr(Stdio::inherit())
            .output();
        let measured = BenchResult::from_output(name, files, &output.unwrap().stdout);
        assert_eq!(measured.proven, files as f64, "{name}");
        measured
    }
}

pub(crate) struct BenchResult {
    pub(crate) name: String,
    pub(crate) files: f64,
    pub(crate) cpu: f64,
    pub(crate) requests: f64,
    pub(crate) peak_mb: f64,
    pub(crate) proven: f64,
}

impl BenchResult {
    /// Reads the last line of a measuring process, and prints it as a line of the table.
    #[expect(clippy::cast_precision_loss, reason = "a figure")]
    pub(crate) fn from_output(name: &str, files: u64, output: &[u8]) -> Self {
        // The function's own metrics come before it.
        let output = String::from_utf8_lossy(output);
        let figures: Value =
            serde_json::from_str(output.lines().last().unwrap_or_default()).unwrap();
        let of = |field: &str| figures[field].as_f64().unwrap_or_default();
        let name = format!("{name}, {files} files");
        let (files, requests) = (files as f64, of("requests") / files as f64);
        let (wall, cpu, peak_mb, proven) = (of("wall"), of("cpu"), of("peak_mb"), of("proven"));
        let (a_second, per_cpu) = (files / wall, files / cpu);
        println!(
            "{:<32} {files:>9} {wall:>8.1} {cpu:>8.2} {a_second:>9.0} {per_cpu:>9.0} \
                {requests:>15.4} {peak_mb:>8.1}",
            name.rsplit_once(',').map_or("", |(name, _)| name)
        );
        Self { name, files, cpu, requests, peak_mb, proven }
    }

    pub(crate) fn per_cpu(&self) -> f64 {
        self.files / self.cpu
    }
}

/// The stand-in, in a process of its own, which ends with this.
pub(crate) struct ServerProcess {
    child: Child,
    pub(crate) url: String,
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn start_server(files: u64, spread: u64, delay: u64) -> ServerProcess {
    let program = std::env::current_exe().unwrap();
    let arguments = [files, spread, delay].map(|number| number.to_string());
    let mut child =
        Command::new(program).arg("serve").args(arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut url = String::new();
    std::io::BufRead::read_line(
        &mut std::io::BufReader::new(child.stdout.take().unwrap()),
        &mut url,
    )
    .unwrap();
    ServerProcess { child, url: url.trim().to_owned() }
}

/// Measures one verification from the event to the proof, in this process.
pub(crate) fn run_measurement(url: &str, depth: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let begun = Instant::now();
    let proof = runtime.block_on(verify_all(url, depth));
    let wall = begun.elapsed().as_secs_f64();
    let (cpu, peak_mb) = (cpu_seconds(), peak_mb());
    let requests = runtime.block_on(server::request_count(url));
    assert!(proof.verdict.is_proven(), "{:?} {:?}", proof.verdict, proof.findings.first());
    let proven = proof.counts.proven;
    println!(
        "{}",
        json!({
            "wall": wall,
            "cpu": cpu,
            "peak_mb": peak_mb,
            "proven": proven,
            "requests": requests,
        })
    );
}

async fn verify_all(url: &str, depth: &str) -> Proof {
    let config = aws::clients::local_config(url, "eu-central-1", "111122223333");
    let environment = Environment {
        stack_name: "bench".into(),
        account: "111122223333".into(),
        records_bucket: "records".into(),
        alerts_topic_arn: "arn:aws:sns:eu-central-1:111122223333:none".into(),
    };
    let app = VerifyApp::new(environment, &config);
    let mut payload = json!({"execution": EXECUTION, "depth": depth});
    loop {
        match handle(&app, LambdaEvent::new(payload, Context::default())).await {
            Ok(VerifyOutcome::Proven { proof, .. }) => return proof,
            Ok(VerifyOutcome::UnderWay { .. }) => {}
            other => panic!("{other:?}"),
        }
        let next = server::next_payload(url).await.unwrap_or_else(|| panic!("no invocation waits"));
        payload = serde_json::from_str(&next).unwrap();
    }
}

/// User and system time of this process, in seconds; the clock of /proc ticks 100 times a second.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}

/// Measures the rows of a report that are read in a second, from parts in memory.
#[expect(clippy::cast_precision_loss, reason = "a figure")]
pub(crate) fn records_read() -> f64 {
    const ROUNDS: usize = 20;
    let parts = [(ReportKind::Transferred, "transferred"), (ReportKind::Verified, "verified")];
    let parts = parts.map(|(kind, word)| (kind, server::first_part(word)));
    let (before, mut rows) = (cpu_seconds(), 0_u64);
    for (kind, part) in (0..ROUNDS).flat_map(|_| &parts) {
        read_part(*kind, part.as_bytes(), |_| rows += 1).unwrap();
    }
    rows as f64 / (cpu_seconds() - before)
}
