//! `ls`, `find`, `diff` and `cat`, of now and of a time, with the stack and from the bucket alone.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};
use chrono::Utc;
use e2e::cloud::Cloud;
use e2e::command_line::CommandLine;
use e2e::deployment::Deployment;
use serde_json::Value;
use tokio::time::sleep;

use crate::restored_tree::{NEXT_SECOND, create_tree, edit_tree};

const ODD_NAME: &str = "two\nlines \u{1b}[31m";

pub(crate) async fn files_are_found_now_then_and_after_a_destroy(
    cloud: &Cloud,
    account: &str,
) -> Result<()> {
    let deployment = Deployment::prepare(cloud, account, "finding", false).await?;
    deployment.set_key("preserve_deleted_files", "\"REMOVE\"")?;
    let line = &deployment.command_line;
    line.succeed(&["deploy"]).await?;
    let root = deployment.efs_directory().await?;
    create_tree(&root)?;
    fs::write(root.join(ODD_NAME), "odd")?;
    let before = Utc::now().to_rfc3339();
    sleep(NEXT_SECOND).await;
    line.succeed(&["sync", "--wait"]).await?;
    sleep(NEXT_SECOND).await;
    let then = Utc::now().to_rfc3339();
    sleep(NEXT_SECOND).await;
    edit_tree(&root)?;
    line.succeed(&["sync", "--wait"]).await?;
    sleep(NEXT_SECOND).await;

    early_times_are_explained(line, &before).await?;
    files_are_listed(line, &[], &then).await?;
    long_lines_have_metadata(line, &then).await?;
    names_are_printed_safely(line).await?;
    a_closed_pipe_ends_quietly(line).await?;
    content_is_printed(line, &[], &then, "as proven by").await?;
    let bucket = deployment.read_outputs().await?.destination_bucket;
    line.succeed(&["destroy", "--yes", "finding"]).await?;
    let said = line.fail(&["ls"]).await?.stderr;
    ensure!(said.contains(&format!("--bucket {bucket}")), "the kept bucket is not named: {said}");
    let alone = ["--bucket", &bucket];
    files_are_listed(line, &alone, &then).await?;
    content_is_printed(line, &alone, &then, "reads no proofs").await?;
    let versions = line.succeed(&[&["versions", "a/one.txt"][..], &alone].concat()).await?.stdout;
    ensure!(versions.lines().count() == 2 && versions.contains("proofs not read"), "{versions}");
    Ok(())
}

async fn early_times_are_explained(line: &CommandLine, before: &str) -> Result<()> {
    for command in [
        &["ls", "--at", before][..],
        &["find", "one", "--at", before],
        &["cat", "a/one.txt", "--at", before],
        &["restore", "--at", before],
    ] {
        let said = line.fail(command).await?.stderr;
        ensure!(said.contains("first version"), "{command:?}: {said}");
        ensure!(said.contains("--at now"), "{command:?} suggests no time: {said}");
    }
    for command in [&["ls", "none"][..], &["find", "none"], &["diff", before, "now", "none"]] {
        let said = line.fail(command).await?.stderr;
        ensure!(said.contains("`none`"), "{command:?}: {said}");
    }
    Ok(())
}

/// Returns the lines that a command prints with further arguments.
async fn lines_of(line: &CommandLine, command: &[&str], more: &[&str]) -> Result<Vec<String>> {
    let printed = line.succeed(&[command, more].concat()).await?.stdout;
    Ok(printed.lines().map(str::to_owned).collect())
}

async fn files_are_listed(line: &CommandLine, more: &[&str], then: &str) -> Result<()> {
    for (command, expected) in [
        (&["ls", "a"][..], &["a/deep/", "a/one.txt"][..]),
        (&["ls", "a/one.txt"], &["a/one.txt"]),
        (
            &["ls", "-R", "a"],
            &["a/deep/", "a/deep/er/", "a/deep/er/three", "a/deep/renamed", "a/one.txt"],
        ),
        (&["ls", "-R", "a/deep/", "--at", then], &["a/deep/er/", "a/deep/er/three", "a/deep/two"]),
        (&["ls", "kind", "--at", then], &["kind/x", "kind/y"]),
        (&["ls", "kind"], &["kind"]),
        (&["find", "*/t*"], &["a/deep/er/three"]),
        (&["find", "*/t*", "--at", then], &["a/deep/er/three", "a/deep/two"]),
        (&["find", "--name", "added"], &["added"]),
        (&["find", "--regex", "^a/.*[.]txt$", "--at", then], &["a/one.txt"]),
        (&["find", "a/", "--newer", then], &["a/deep/renamed", "a/one.txt"]),
        (&["diff", then, "now", "a/one.txt"], &["~ a/one.txt  (10 B -> 7 B)"]),
    ] {
        let mut printed = lines_of(line, command, more).await?;
        if command[0] == "find" {
            // A directory has a new time where an entry came or went.
            printed.retain(|line| !line.ends_with('/'));
        }
        ensure!(printed == expected, "{command:?} {more:?} prints {printed:?}");
    }
    let top = lines_of(line, &["ls", "--at", then], more).await?;
    let now = lines_of(line, &["ls"], more).await?;
    let has = |lines: &[String], path: &str| lines.iter().any(|line| line == path);
    ensure!(has(&top, "with,comma") && has(&top, "kind/") && !has(&top, "added"), "{top:?}");
    ensure!(!has(&now, "with,comma") && has(&now, "kind") && has(&now, "added"), "{now:?}");
    let changes = lines_of(line, &["diff", then, "now"], more).await?;
    for change in ["+ added  (5 B)", "- with,comma  (55 B)", "- kind/x  (1 B)", "+ kind  (10 B)"] {
        ensure!(has(&changes, change), "`{change}` is missing: {changes:?}");
    }
    Ok(())
}

async fn long_lines_have_metadata(line: &CommandLine, then: &str) -> Result<()> {
    let long = line.succeed(&["ls", "-l", "a", "--at", then]).await?.stdout;
    ensure!(long.contains("drwxrwsr-x") && long.contains("-rw-r-----"), "{long}");
    ensure!(long.contains("1969-12-31 00:00:00 UTC  a/one.txt"), "{long}");
    let json = line.succeed(&["ls", "-l", "link", "--output", "json"]).await?.stdout;
    let link: Value = serde_json::from_str(&json)?;
    ensure!(link["mode"] == "lrwxrwxrwx" && link["path"] == "link", "{link}");
    Ok(())
}

async fn names_are_printed_safely(line: &CommandLine) -> Result<()> {
    let shown = line.succeed(&["find", "two*lines*"]).await?.stdout;
    ensure!(shown == "two\\nlines \\u{1b}[31m\n", "{shown:?}");
    let exact = line.succeed(&["find", "two*lines*", "-0"]).await?.stdout;
    ensure!(exact == format!("{ODD_NAME}\0"), "{exact:?}");
    Ok(())
}

async fn a_closed_pipe_ends_quietly(line: &CommandLine) -> Result<()> {
    for command in
        [&["ls", "-R"][..], &["find", "*"], &["diff", "2001-01-01", "now"], &["cat", "a/one.txt"]]
    {
        let ended = line.run_without_reader(command).await?;
        ensure!(ended.code == 141 && ended.stderr.is_empty(), "{command:?}: {ended:?}");
    }
    Ok(())
}

async fn content_is_printed(
    line: &CommandLine,
    more: &[&str],
    then: &str,
    proof: &str,
) -> Result<()> {
    let old = "a/one.txt\n";
    let now = line.succeed(&[&["cat", "a/one.txt"][..], more].concat()).await?;
    ensure!(now.stdout == "changed" && now.stderr.is_empty(), "{now:?}");
    let was = line.succeed(&[&["cat", "a/one.txt", "--at", then][..], more].concat()).await?;
    ensure!(was.stdout == old, "{was:?}");
    let get = ["get", "a/one.txt", "--at", then, "--to", "-"];
    let got = line.succeed(&[&get[..], more].concat()).await?;
    ensure!(got.stdout == old && got.stderr.contains(proof), "{got:?}");
    ensure!(!Path::new("-").exists() && !line.folder.join("-").exists(), "a file `-` was written");
    let gone = line.fail(&[&["cat", "with,comma"][..], more].concat()).await?.stderr;
    ensure!(gone.contains("or was deleted"), "{gone}");
    Ok(())
}
