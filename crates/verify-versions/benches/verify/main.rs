//! Figures of the verification: the function's handler against a stand-in for S3 in another
//! process, which answers after a delay and throttles as S3 does; the same comparison by a Python
//! script with boto3 and a thread pool; and the part of it that `rclone check` can do.
//!
//! `make bench-verify` installs the other programs and prints the table; `VERIFY_FILES`
//! (`10000,100000,1000000`) is the number of files. Each measurement is a process of its own, so
//! that its peak memory and its processor time are its own. A verification that is large enough to
//! be shared is done by that one process, invocation after invocation.

#![expect(clippy::unwrap_used, reason = "a benchmark that can't measure ends")]
#![expect(clippy::print_stdout, reason = "the figures are the result")]

mod measure;
mod peers;
mod projection;
mod server;

use measure::{BenchCase, BenchResult};

/// The place of the project.
mod project {
    use std::path::{Path, PathBuf};

    pub(crate) fn root_directory() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_path_buf()
    }
}

const EXECUTION: &str = "exec-0fcddf3728817690d";
const COMMAND: &str = "make bench-verify";
/// For the comparison: the peer takes a millisecond of a processor for each.
const PEER_FILES: u64 = 10_000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |at: usize| arguments[at].parse().unwrap();
    match arguments.get(1).map(String::as_str) {
        Some("serve") => server::run_server(number(2), number(3), number(4)),
        Some("measure") => measure::run_measurement(&arguments[2], &arguments[3]),
        _ => run_all(),
    }
}

fn run_all() {
    let sizes = std::env::var("VERIFY_FILES").unwrap_or_else(|_| "10000,100000,1000000".to_owned());
    let sizes: Vec<u64> = sizes.split(',').map(|size| size.parse().unwrap()).collect();
    println!(
        "depth and answers of S3              files   wall s    cpu s   files/s per cpu s \
            requests a file  peak MB"
    );
    let (mut metadata, mut versions) = (Vec::new(), Vec::new());
    for files in &sizes {
        metadata.push(BenchCase::of_metadata(*files).with_delay(20).run("metadata, 20 ms"));
        versions.push(BenchCase::of_versions(*files).with_delay(20).run("versions, dense, 20 ms"));
    }
    let sparse = BenchCase { spread: 100, ..BenchCase::of_versions(sizes[0]).with_delay(20) }
        .run("versions, 1 of 100, 20 ms");
    let alone = BenchCase::of_metadata(PEER_FILES).run("metadata, at once");
    let boto3 = peers::measure_boto3();
    let listed = BenchCase::of_versions(PEER_FILES * 10).run("versions, dense, at once");
    let rclone = peers::measure_rclone(PEER_FILES * 10);
    println!();
    let (largest, lists) = (metadata.last().unwrap(), versions.last().unwrap());
    keep_figure("verify, report records read", measure::records_read(), "records/cpu s");
    keep_figure("verify, objects proven with metadata", largest.per_cpu(), "objects/cpu s");
    keep_figure("verify, objects proven from listings", lists.per_cpu(), "objects/cpu s");
    keep_figure("verify, requests an object, metadata", largest.requests, "requests");
    keep_figure("verify, requests an object, listings, dense", lists.requests, "requests");
    keep_figure("verify, requests an object, listings, 1 of 100", sparse.requests, "requests");
    for measured in metadata.iter().chain(&versions) {
        keep_figure(&format!("verify, peak memory, {}", measured.name), measured.peak_mb, "MB");
    }
    let times = |ours: &BenchResult, peer: &BenchResult| ours.per_cpu() / peer.per_cpu();
    if let Some(boto3) = boto3 {
        keep_figure("verify, objects a CPU second over boto3", times(&alone, &boto3), "times");
    }
    if let Some(rclone) = rclone {
        keep_figure(
            "verify, objects a CPU second over rclone check",
            times(&listed, &rclone),
            "times",
        );
    }
    projection::print_projection(largest, lists);
}

/// Two decimals are more than a machine repeats.
fn keep_figure(name: &str, value: f64, unit: &str) {
    measurements::record(name, (value * 1_000.0).round() / 1_000.0, unit, COMMAND).unwrap();
}
