//! A tree as a reader that is not ours sees it: Python.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// A line for each entry below the root, in order: path, kind, mode, owner, group, time in
/// nanoseconds, and content.
///
/// # Errors
/// When Python can't read the tree.
pub fn read_tree(root: &Path) -> Result<Vec<String>> {
    let script = include_str!("foreign_reader/read_tree.py");
    let read = Command::new("python3")
        .args(["-c", script])
        .arg(root)
        .output()
        .context("starting python3")?;
    ensure!(read.status.success(), "reading a tree: {}", String::from_utf8_lossy(&read.stderr));
    Ok(String::from_utf8(read.stdout)?.lines().map(str::to_owned).collect())
}
