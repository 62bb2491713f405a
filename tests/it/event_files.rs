//! The payloads under `events/`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use domain::function::FunctionName;
use e2e::cloud::Cloud;
use e2e::project;

/// A payload that no test reads may be wrong without anybody noticing.
pub(crate) async fn every_event_file_is_used_by_a_test(
    _cloud: &Cloud,
    _account: &str,
) -> Result<()> {
    let table = fs::read_to_string(project::root_folder().join("events/README.md"))?;
    for function in FunctionName::ALL {
        let sources =
            read_sources(&project::root_folder().join("crates").join(function.name()).join("src"))?;
        let mut files = 0;
        for entry in fs::read_dir(project::root_folder().join("events").join(function.name()))? {
            let name =
                entry?.file_name().into_string().ok().context("a file name that is not UTF-8")?;
            let path = format!("events/{function}/{name}");
            ensure!(sources.contains(&path), "no test of `{function}` reads `{path}`");
            let row = format!("| [{function}/{name}]({function}/{name}) | ");
            ensure!(table.contains(&row), "events/README.md has no row of `{path}`");
            files += 1;
        }
        ensure!(files >= 2, "`{function}` has an event and a manual payload");
    }
    Ok(())
}

fn read_sources(folder: &Path) -> Result<String> {
    let mut text = String::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            text.push_str(&read_sources(&path)?);
        } else {
            text.push_str(&fs::read_to_string(path)?);
        }
    }
    Ok(text)
}
