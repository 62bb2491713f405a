//! Measurements of the copy engine beside those of the fastest copy tools: one run, one machine,
//! one S3 server, the same files.
//!
//! `make bench-copy` installs the tools and prints the table. Nothing is asserted about time. The
//! environment's `EFS_S3_BENCH_SCALE` (such as `0.1`) makes every work smaller,
//! `EFS_S3_BENCH_ROUNDS` says how often each is measured (the median counts), `EFS_S3_BENCH_WORKS`
//! which are (`small large many million`), `EFS_S3_BENCH_TOOLS` which tools are asked besides ours
//! (`s5cmd rclone aws`).
//!
//! The server is the S3 endpoint of the crate's tests, in a process of its own, for two reasons.
//! `rclone serve s3` has neither versions nor empty directories, and writes down parts that come in
//! another order than their numbers' only later (its `--help`, "Limitations", of 1.75.2). And a
//! server that writes every object to a file, as that one and `s3s-fs` do, and computes digests,
//! takes as much of the machine as the tools do, so that the table would show the server; ours
//! keeps small bodies in memory, of large ones their length, and computes no digest. That it is not
//! the bottleneck is shown in each run: what it takes from bare connections is printed first, and
//! its CPU seconds stand beside each tool's.
//!
//! None of the tools verifies what it wrote, so ours is run with `VerifyMode=NONE`; only ours keeps
//! POSIX metadata.

#![expect(clippy::unwrap_used, reason = "a benchmark that can't measure ends")]
#![expect(clippy::print_stdout, reason = "the measurements are the result")]

#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../../tests/it/fake/mod.rs"]
mod fake;
mod measure;
#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../../tests/it/process.rs"]
mod process;
mod server;
mod table;
mod tools;
mod works;

/// The root directory of the project.
mod project {
    use std::path::{Path, PathBuf};

    pub(crate) fn project_root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_path_buf()
    }
}

use server::S3;

#[tokio::main]
async fn main() {
    if std::env::args().nth(1).as_deref() == Some("serve") {
        return server::serve_endpoint().await;
    }
    works::run_all().await;
}
