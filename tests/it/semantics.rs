//! The documents whose rows each name a test: each named test exists.

use std::fs;

use anyhow::{Context, Result, ensure};
use e2e::cloud::Cloud;
use e2e::project;
use regex_lite::Regex;

/// Each document, and how many rows its tables have at least: one that lost its tables would hold
/// nothing.
const DOCUMENTS: [(&str, usize); 2] = [("SEMANTICS.md", 50), ("AWS_BEHAVIOUR.md", 34)];

pub(crate) async fn every_row_names_a_test_that_exists(
    _cloud: &Cloud,
    _account: &str,
) -> Result<()> {
    for (name, least) in DOCUMENTS {
        check_rows(name, least)?;
    }
    ensure!(
        !is_test("tests/it/semantics.rs", "is_test")?,
        "a function that is no test passes for one"
    );
    ensure!(!is_test("tests/it/gone.rs", "gone")?, "a file that is not there has a test");
    Ok(())
}

fn check_rows(name: &str, least: usize) -> Result<()> {
    let document = fs::read_to_string(project::root_folder().join("docs").join(name))
        .context("reading the document")?;
    let mut rows = 0;
    for row in rows_of(&document) {
        rows += 1;
        let named =
            row.rsplit('|').nth(1).and_then(|cell| cell.trim().trim_matches('`').split_once("::"));
        let (file, test) = named.with_context(|| format!("this row names no test: {row}"))?;
        ensure!(is_test(file, test)?, "`{file}` has no test `{test}`");
    }
    ensure!(rows >= least, "{name} has only {rows} rows");
    measurements::proven(&format!("rows of {name}, each with its test"), rows, "rows");
    Ok(())
}

/// The lines of the tables' bodies.
fn rows_of(document: &str) -> impl Iterator<Item = &str> {
    let mut is_body = false;
    document.lines().filter(move |line| {
        let is_rule = line.starts_with("|---");
        is_body = line.starts_with('|') && (is_body || is_rule);
        is_body && !is_rule
    })
}

/// Whether the file has the function as a test: of the harness, or one of the trials here.
fn is_test(file: &str, test: &str) -> Result<bool> {
    let Ok(source) = fs::read_to_string(project::root_folder().join(file)) else {
        return Ok(false);
    };
    if let Some(module) = file.strip_prefix("tests/it/").and_then(|file| file.strip_suffix(".rs")) {
        let trials = fs::read_to_string(project::root_folder().join("tests/it/main.rs"))
            .context("reading the trials")?;
        return Ok(trials.contains(&format!("{module}::{test} in "))
            && source.contains(&format!("fn {test}(")));
    }
    let attributes =
        r"#\[(tokio::)?test(\([^)]*\))?\]\s+(#\[[^\n]*\]\s+)*(pub(\(crate\))? )?(async )?fn ";
    Ok(Regex::new(&format!("{attributes}{}\\(", regex_lite::escape(test)))?.is_match(&source))
}
