//! Other tools, measured against the same stand-in.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::measure::{BenchResult, start_server};
use crate::{PEER_FILES, project};

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/verify");

fn installed_program(program: &str) -> PathBuf {
    project::root_directory().join(".local/bench-verify/bin").join(program)
}

/// Measures the same comparison by `peer.py`; `None` where boto3 is not installed.
pub(crate) fn measure_boto3() -> Option<BenchResult> {
    let server = start_server(PEER_FILES, 1, 0);
    let script = format!("{SCRIPTS}/peer.py");
    let output = Command::new(installed_program("python3"))
        .args([&script, &server.url])
        .stderr(Stdio::inherit())
        .output();
    let output = output.ok().filter(|output| output.status.success());
    let Some(output) = output else {
        println!("boto3 is not measured: `make bench-verify` installs it");
        return None;
    };
    let measured =
        BenchResult::from_output("boto3, 32 threads, at once", PEER_FILES, &output.stdout);
    assert!((measured.proven - measured.files).abs() < 0.5, "boto3 does not prove all");
    Some(measured)
}

/// `rclone check` compares the names and sizes of two listings, here of the bucket with itself: it
/// knows no version, no delete marker, no metadata and no report, so it is compared with our
/// listings alone.
pub(crate) fn measure_rclone(files: u64) -> Option<BenchResult> {
    let server = start_server(files, 1, 0);
    let remote = |name: &str| {
        let set =
            |key: &str, value: &str| (format!("RCLONE_CONFIG_{name}_{key}"), value.to_owned());
        let keys = [
            ("TYPE", "s3"),
            ("PROVIDER", "Other"),
            ("ACCESS_KEY_ID", "111122223333"),
            ("SECRET_ACCESS_KEY", "local"),
            ("LIST_VERSION", "2"),
        ];
        keys.map(|(key, value)| set(key, value))
            .into_iter()
            .chain([set("ENDPOINT", &server.url)])
            .collect::<Vec<_>>()
    };
    let mut command = Command::new(installed_program("python3"));
    command.arg(format!("{SCRIPTS}/run.py")).arg(installed_program("rclone"));
    command.args([
        "check",
        "--size-only",
        "--fast-list",
        "--config",
        "/dev/null",
        "--log-level",
        "ERROR",
    ]);
    command.args(["one:data/backup", "other:data/backup"]);
    command.envs(remote("ONE")).envs(remote("OTHER")).stderr(Stdio::inherit());
    let output = command.output().ok().filter(|output| output.status.success());
    let Some(output) =
        output.filter(|output| String::from_utf8_lossy(&output.stdout).contains("\"code\": 0"))
    else {
        println!("rclone check is not measured: `make bench-verify` installs it");
        return None;
    };
    Some(BenchResult::from_output("rclone check, names and sizes", files, &output.stdout))
}
