//! Figures of the verification: the function's handler against a stand-in for S3 in another
//! process, which answers after a delay and throttles as S3 does; the same checks by a Python
//! script with boto3 and a thread pool; and what of them `rclone check` can do.
//!
//! `make bench-verify` installs the others and prints the table; `VERIFY_FILES`
//! (`10000,100000,1000000`) says how many files. Each measurement is a process of its own, so that
//! its peak of memory and its time on a processor are its own. A check that is large enough to be
//! shared is done by that one process, invocation after invocation.

#![expect(clippy::unwrap_used, reason = "a benchmark that can't measure ends")]
#![expect(clippy::print_stdout, reason = "the figures are the result")]

mod measure;
mod peers;
mod projection;
mod server;

/// Where the project lies.
mod project {
    use std::path::{Path, PathBuf};

    pub(crate) fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_path_buf()
    }
}

use measure::{Asked, Measured};

const EXECUTION: &str = "exec-0fcddf3728817690d";
const COMMAND: &str = "make bench-verify";
/// For the comparison: the peer takes a millisecond of a processor for each.
const PEER_FILES: u64 = 10_000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |at: usize| arguments[at].parse().unwrap();
    match arguments.get(1).map(String::as_str) {
        Some("serve") => server::run(number(2), number(3), number(4)),
        Some("measure") => measure::measure(&arguments[2], &arguments[3]),
        _ => all(),
    }
}

fn all() {
    let sizes = std::env::var("VERIFY_FILES").unwrap_or_else(|_| "10000,100000,1000000".to_owned());
    let sizes: Vec<u64> = sizes.split(',').map(|size| size.parse().unwrap()).collect();
    println!(
        "depth and answers of S3              files   wall s    cpu s   files/s per cpu s \
            requests a file  peak MB"
    );
    let (mut metadata, mut versions) = (Vec::new(), Vec::new());
    for files in &sizes {
        metadata.push(Asked::metadata(*files).after(20).measured("metadata, 20 ms"));
        versions.push(Asked::versions(*files).after(20).measured("versions, dense, 20 ms"));
    }
    let sparse = Asked { spread: 100, ..Asked::versions(sizes[0]).after(20) }
        .measured("versions, 1 of 100, 20 ms");
    let alone = Asked::metadata(PEER_FILES).measured("metadata, at once");
    let boto3 = peers::boto3();
    let listed = Asked::versions(PEER_FILES * 10).measured("versions, dense, at once");
    let rclone = peers::rclone(PEER_FILES * 10);
    println!();
    let (largest, lists) = (metadata.last().unwrap(), versions.last().unwrap());
    keep("verify, report records read", measure::records_read(), "records/cpu s");
    keep("verify, objects proven with metadata", largest.per_cpu(), "objects/cpu s");
    keep("verify, objects proven from listings", lists.per_cpu(), "objects/cpu s");
    keep("verify, requests an object, metadata", largest.requests, "requests");
    keep("verify, requests an object, listings, dense", lists.requests, "requests");
    keep("verify, requests an object, listings, 1 of 100", sparse.requests, "requests");
    for measured in metadata.iter().chain(&versions) {
        keep(&format!("verify, peak memory, {}", measured.name), measured.peak_mb, "MB");
    }
    let times = |ours: &Measured, peer: &Measured| ours.per_cpu() / peer.per_cpu();
    if let Some(boto3) = boto3 {
        keep("verify, objects a CPU second over boto3", times(&alone, &boto3), "times");
    }
    if let Some(rclone) = rclone {
        keep("verify, objects a CPU second over rclone check", times(&listed, &rclone), "times");
    }
    projection::print(largest, lists);
}

/// Two decimals are more than a machine repeats.
fn keep(name: &str, value: f64, unit: &str) {
    measurements::record(name, (value * 1_000.0).round() / 1_000.0, unit, COMMAND).unwrap();
}
