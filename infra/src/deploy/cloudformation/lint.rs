//! Runs `cfn-lint`. The Makefile installs a pinned version, separate from everything that is
//! shipped.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde::Deserialize;
use serde_json::Value;

/// Rules that do not concern the desired state: W3010 requires zones by index, which a portable
/// template needs; here the configuration chooses the zones.
const NOT_ASKED: [&str; 1] = ["W3010"];

/// One finding of `cfn-lint`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LintMatch {
    filename: String,
    message: String,
    rule: LintRule,
    location: LintLocation,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LintRule {
    id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LintLocation {
    path: Option<Vec<Value>>,
}

/// Returns the findings in these templates: `<template>: <path>: <rule>: <message>`, sorted.
pub(super) fn run_cfn_lint(templates: &[(&str, Value)]) -> Vec<String> {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is in the workspace");
    let program = root.join(".local/judges/cfn-lint/bin/cfn-lint");
    assert!(program.exists(), "`{}` is missing; `make judges` installs it", program.display());
    let mut command = Command::new(program);
    command.current_dir(&directory).args(["--regions", "eu-central-1", "--format", "json"]);
    command.arg("--ignore-checks").args(NOT_ASKED);
    command.arg("--");
    for (name, template) in templates {
        let file = format!("{name}.json");
        fs::write(directory.path().join(&file), template.to_string())
            .expect("the directory is writable");
        command.arg(file);
    }
    read_findings(&command.output().expect("cfn-lint starts"))
}

fn read_findings(output: &Output) -> Vec<String> {
    let matches: Vec<LintMatch> = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("cfn-lint printed no JSON: {error}: {}", String::from_utf8_lossy(&output.stderr))
    });
    let mut findings: Vec<String> = matches.iter().map(match_text).collect();
    findings.sort();
    findings.dedup();
    findings
}

fn match_text(found: &LintMatch) -> String {
    let plain = |part: &Value| part.as_str().map_or_else(|| part.to_string(), str::to_owned);
    let path: Vec<_> = found.location.path.iter().flatten().map(plain).collect();
    let template = found.filename.trim_end_matches(".json");
    format!("{template}: {}: {}: {}", path.join("/"), found.rule.id, found.message)
}
