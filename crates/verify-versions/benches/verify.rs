//! Figures of the verification: the function's handler against a stand-in for S3 in another process, which answers after a
//! delay and throttles as S3 does; the same checks by a Python script with boto3 and a thread pool.
//!
//! `cargo bench -p verify-versions --bench verify` prints them; `VERIFY_FILES` (`10000,100000,1000000`) says how many files.
//! Each measurement is a process of its own, so that its peak of memory and its time on a processor are its own.

#![expect(clippy::unwrap_used, reason = "a benchmark that can't measure ends")]
#![expect(clippy::print_stdout, reason = "the figures are the result")]

#[path = "verify/server.rs"]
mod server;

use std::process::{Child, Command, Stdio};
use std::time::Instant;

use lambda_runtime::{Context, LambdaEvent};
use pipeline::environment::Environment;
use serde_json::{Value, json};
use verify_versions::{App, Outcome, handle};

const EXECUTION: &str = "exec-0fcddf3728817690d";
const PYTHON_FILES: u64 = 10_000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |at: usize| arguments[at].parse().unwrap();
    match arguments.get(1).map(String::as_str) {
        Some("serve") => server::run(number(2), number(3), number(4)),
        Some("measure") => measure(&arguments[2], &arguments[3]),
        _ => all(),
    }
}

fn all() {
    let sizes = std::env::var("VERIFY_FILES").unwrap_or_else(|_| "10000,100000,1000000".to_owned());
    let sizes: Vec<u64> = sizes.split(',').map(|size| size.parse().unwrap()).collect();
    println!(
        "{:<34} {:>9} {:>8} {:>8} {:>9} {:>9} {:>10} {:>8}",
        "", "files", "wall s", "cpu s", "files/s", "per cpu s", "requests", "peak MB"
    );
    let mut metadata = None;
    for files in &sizes {
        metadata = Some(ours("metadata, 20 ms", *files, "metadata", 1, 20));
        ours("versions, dense, 20 ms", *files, "versions", 1, 20);
    }
    ours("versions, sparse (1 of 100), 20 ms", sizes[0], "versions", 100, 20);
    let alone = ours("metadata, no delay", sizes[0], "metadata", 1, 0);
    if let Some(python) = python() {
        println!("ours over boto3, files per second of a processor: {:.1} times", alone.per_cpu / python);
    }
    project(&metadata.unwrap());
}

struct Measured {
    wall: f64,
    files: f64,
    per_cpu: f64,
}

struct Server(Child, String);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve(files: u64, spread: u64, delay: u64) -> Server {
    let program = std::env::current_exe().unwrap();
    let mut child = Command::new(program)
        .args(["serve", &files.to_string(), &spread.to_string(), &delay.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.take().unwrap()), &mut url).unwrap();
    Server(child, url.trim().to_owned())
}

#[expect(clippy::cast_precision_loss, reason = "a figure")]
fn ours(name: &str, files: u64, depth: &str, spread: u64, delay: u64) -> Measured {
    let server = serve(files, spread, delay);
    let program = std::env::current_exe().unwrap();
    let output = Command::new(program).args(["measure", &server.1, depth]).stderr(Stdio::inherit()).output().unwrap();
    // Before it come the function's own metrics.
    let said = String::from_utf8_lossy(&output.stdout);
    let said: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    let of = |field: &str| said[field].as_f64().unwrap();
    assert_eq!(of("proven"), files as f64, "{said}");
    let files = files as f64;
    let (wall, cpu) = (of("wall"), of("cpu"));
    println!(
        "{name:<34} {files:>9} {wall:>8.1} {cpu:>8.2} {:>9.0} {:>9.0} {:>10.4} {:>8.1}",
        files / wall,
        files / cpu,
        of("requests") / files,
        of("peak_mb")
    );
    Measured { wall, files, per_cpu: files / cpu }
}

/// One verification in this process, from the event to the proof.
fn measure(url: &str, depth: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let begun = Instant::now();
    let proof = runtime.block_on(async {
        let config = aws_edge::clients::local_config(url, "eu-central-1", "111122223333");
        let environment = Environment {
            stack_name: "bench".into(),
            account: "111122223333".into(),
            records_bucket: "records".into(),
            alerts_topic_arn: "arn:aws:sns:eu-central-1:111122223333:none".into(),
        };
        let app = App::new(environment, &config);
        let payload = json!({"execution": EXECUTION, "depth": depth});
        match handle(&app, LambdaEvent::new(payload, Context::default())).await {
            Ok(Outcome::Proven { proof, .. }) => proof,
            other => panic!("{other:?}"),
        }
    });
    let wall = begun.elapsed().as_secs_f64();
    let (cpu, peak_mb) = (cpu(), peak_mb());
    let requests = runtime.block_on(server::asked(url));
    assert!(proof.verdict.is_proven(), "{:?} {:?}", proof.verdict, proof.findings.first());
    println!(
        "{}",
        json!({"wall": wall, "cpu": cpu, "peak_mb": peak_mb, "proven": proof.counts.proven, "requests": requests})
    );
}

/// User and system time of this process, in seconds; the clock of /proc ticks 100 times a second.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}

/// Files per second of a processor; `None` without boto3.
#[expect(clippy::cast_precision_loss, reason = "a figure")]
fn python() -> Option<f64> {
    let server = serve(PYTHON_FILES, 1, 0);
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let own = format!("{root}/.venv/bin/python3");
    let interpreter = if std::path::Path::new(&own).exists() { own } else { "python3".to_owned() };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/verify/peer.py");
    let output = Command::new(interpreter).args([script, &server.1]).output().ok()?;
    if !output.status.success() {
        println!("boto3: not measured: {}", String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default());
        return None;
    }
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let (wall, cpu) = (said["wall"].as_f64().unwrap(), said["cpu"].as_f64().unwrap());
    assert_eq!(said["proven"], json!(PYTHON_FILES));
    let files = PYTHON_FILES as f64;
    println!(
        "{:<34} {files:>9} {wall:>8.1} {cpu:>8.2} {:>9.0} {:>9.0} {:>10.4} {:>8.1}",
        "boto3, 32 threads, no delay",
        files / wall,
        files / cpu,
        1.0,
        said["peak_mb"].as_f64().unwrap()
    );
    Some(files / cpu)
}

/// HEAD costs $0.0004 a thousand, LIST $0.005, Lambda (arm) $0.0000133 a GB-second.
fn project(measured: &Measured) {
    println!("\nprojected from the last measurement at depth `metadata`; requests at list prices, Lambda at 512 MB");
    for files in [1e6, 25e6, 100e6] {
        let seconds = files * measured.wall / measured.files;
        println!(
            "  {:>4.0} M files: {seconds:>8.0} Lambda seconds (${:.3}), metadata ${:.2}, versions ${:.3}",
            files / 1e6,
            seconds * 0.5 * 1.333e-5,
            files / 1_000.0 * 0.000_4,
            files / 1e6 * 0.005
        );
    }
}
