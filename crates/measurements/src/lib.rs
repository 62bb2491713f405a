//! Measured figures, one JSON document for each, under `target/figures/`: `make figures` prints
//! them as one table.
//!
//! For tests and benchmarks alone. Metrics of a running stack are not here: the functions emit them
//! to CloudWatch.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// One figure, and how to measure it again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    pub name: String,
    pub value: f64,
    pub unit: String,
    pub command: String,
    /// The commit it was measured at; `+` when the working tree differed from it.
    pub commit: String,
}

/// Whether `make check` runs: the longest enumeration is sampled, and no count is recorded.
#[must_use]
pub fn is_quick() -> bool {
    std::env::var_os("EFS_S3_QUICK").is_some()
}

/// Writes what a proof of `make test` has counted just now, and prints it. A proof does not fail
/// for want of a disk.
pub fn proven(what: &str, count: impl TryInto<u32>, unit: &str) {
    if is_quick() {
        return;
    }
    let count = count.try_into().unwrap_or(u32::MAX);
    drop(record(what, f64::from(count), unit, "make test"));
}

/// Writes a figure that was measured just now, and prints it past the capture of a test harness: a
/// number that nobody sees proves little.
///
/// # Errors
/// When it cannot be written.
pub fn record(name: &str, value: f64, unit: &str, command: &str) -> Result<()> {
    let figure = Figure {
        name: name.to_owned(),
        value,
        unit: unit.to_owned(),
        command: command.to_owned(),
        commit: commit(),
    };
    let folder = measurements_folder();
    std::fs::create_dir_all(&folder).with_context(|| format!("making `{}`", folder.display()))?;
    let path = folder.join(format!("{}.json", name.replace([' ', '/'], "-")));
    std::fs::write(&path, serde_json::to_vec_pretty(&figure)?)
        .with_context(|| format!("writing `{}`", path.display()))?;
    // Nothing fails for want of a terminal.
    drop(std::io::stderr().lock().write_all(format!("{name}: {value} {unit}\n").as_bytes()));
    Ok(())
}

/// All figures, by name.
///
/// # Errors
/// When one cannot be read.
pub fn all() -> Result<Vec<Figure>> {
    let Ok(files) = std::fs::read_dir(measurements_folder()) else { return Ok(Vec::new()) };
    let mut figures = Vec::new();
    for file in files {
        let path = file?.path();
        let text = std::fs::read(&path).with_context(|| format!("reading `{}`", path.display()))?;
        figures.push(
            serde_json::from_slice::<Figure>(&text)
                .with_context(|| format!("reading `{}`", path.display()))?,
        );
    }
    figures.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(figures)
}

fn measurements_folder() -> PathBuf {
    repository_root().join("target/figures")
}

/// The repository's root.
fn repository_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The commit of the working tree, with `+` when the tree differs from it; `unknown` outside of a
/// repository.
#[must_use]
pub fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output =
            Command::new("git").args(arguments).current_dir(repository_root()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let commit = git(&["rev-parse", "--short", "HEAD"]).unwrap_or_else(|| "unknown".to_owned());
    let changed = git(&["status", "--porcelain", "--untracked-files=no"])
        .is_none_or(|changes| !changes.is_empty());
    if changed { commit + "+" } else { commit }
}
