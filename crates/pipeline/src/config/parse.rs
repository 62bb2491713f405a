//! From the text of `stack.toml` to a valid configuration, or to everything that is wrong with it.

use toml::Table;

use super::options::{LogLevel, OverwriteMode, PreserveDeletedFiles, StorageClass, TransferMode, VerifyMode};
use super::problem::{ConfigProblem, ConfigProblems};
use super::reader::{Reader, unknown_key};
use super::{Destination, Functions, Schedule, Source, Stack, StackConfig, Task, defaults, rules};

const SECTIONS: [&str; 6] = ["stack", "source", "destination", "task", "schedule", "functions"];

/// Parses and checks a `stack.toml`.
///
/// # Errors
/// [`ConfigProblems`]: all of them, each with key, value and what is allowed.
pub fn parse(text: &str) -> Result<StackConfig, ConfigProblems> {
    let mut document: Table = text.parse().map_err(|error: toml::de::Error| no_toml(text, &error))?;
    let mut problems = Vec::new();
    let config = StackConfig {
        stack: stack(&mut document, &mut problems),
        source: source(&mut document, &mut problems),
        destination: destination(&mut document, &mut problems),
        task: task(&mut document, &mut problems),
        schedule: schedule(&mut document, &mut problems),
        functions: functions(&mut document, &mut problems),
    };
    for (key, value) in &document {
        problems.push(ConfigProblem::new(key, Some(value.to_string()), unknown_key(key, &SECTIONS)));
    }
    // A value that could not be read has been reported and is a stand-in now: the rules must not speak of it again.
    let reported: Vec<String> = problems.iter().map(|problem| problem.key.clone()).collect();
    problems.extend(rules::check(&config).into_iter().filter(|problem| !reported.contains(&problem.key)));
    if problems.is_empty() { Ok(config) } else { Err(ConfigProblems(problems)) }
}

fn no_toml(text: &str, error: &toml::de::Error) -> ConfigProblems {
    let before = error.span().map_or("", |span| text.get(..span.start).unwrap_or(text));
    let line = before.matches('\n').count() + 1;
    let message = format!("line {line} is not TOML: {}", error.message());
    ConfigProblems(vec![ConfigProblem::new("", None, message)])
}

fn stack(document: &mut Table, problems: &mut Vec<ConfigProblem>) -> Stack {
    let mut read = Reader::section(document, "stack", problems);
    let section = Stack { name: read.text("name", None), region: read.text("region", None) };
    read.finish();
    section
}

fn source(document: &mut Table, problems: &mut Vec<ConfigProblem>) -> Source {
    let mut read = Reader::section(document, "source", problems);
    let section = Source {
        subdirectory: read.text("subdirectory", Some(defaults::SUBDIRECTORY)),
        subnet_id: read.text("subnet_id", None),
        security_group_ids: read.texts("security_group_ids", true),
    };
    read.finish();
    section
}

fn destination(document: &mut Table, problems: &mut Vec<ConfigProblem>) -> Destination {
    let mut read = Reader::section(document, "destination", problems);
    let days = read.whole_number("noncurrent_version_expiration_days", None);
    let section = Destination {
        prefix: read.text("prefix", Some("")),
        storage_class: read.choice("storage_class", StorageClass::Standard),
        noncurrent_version_expiration_days: days.map(clamped),
    };
    read.finish();
    section
}

fn task(document: &mut Table, problems: &mut Vec<ConfigProblem>) -> Task {
    let mut read = Reader::section(document, "task", problems);
    let section = Task {
        verify_mode: read.choice("verify_mode", VerifyMode::PointInTimeConsistent),
        overwrite_mode: read.choice("overwrite_mode", OverwriteMode::Always),
        preserve_deleted_files: read.choice("preserve_deleted_files", PreserveDeletedFiles::Preserve),
        transfer_mode: read.choice("transfer_mode", TransferMode::Changed),
        log_level: read.choice("log_level", LogLevel::Transfer),
        bytes_per_second: read.whole_number("bytes_per_second", None),
        includes: read.texts("includes", false),
        excludes: read.texts("excludes", false),
        log_retention_days: number(&mut read, "log_retention_days", defaults::TASK_LOG_RETENTION_DAYS),
    };
    read.finish();
    section
}

fn schedule(document: &mut Table, problems: &mut Vec<ConfigProblem>) -> Schedule {
    let mut read = Reader::section(document, "schedule", problems);
    let section =
        Schedule { expression: read.text("expression", Some(defaults::SCHEDULE)), enabled: read.flag("enabled", true) };
    read.finish();
    section
}

fn functions(document: &mut Table, problems: &mut Vec<ConfigProblem>) -> Functions {
    let mut read = Reader::section(document, "functions", problems);
    let section = Functions {
        memory_mb: number(&mut read, "memory_mb", defaults::MEMORY_MB),
        timeout_seconds: number(&mut read, "timeout_seconds", defaults::TIMEOUT_SECONDS),
        log_retention_days: number(&mut read, "log_retention_days", defaults::FUNCTION_LOG_RETENTION_DAYS),
    };
    read.finish();
    section
}

fn number(read: &mut Reader<'_>, key: &'static str, default: i32) -> i32 {
    read.whole_number(key, Some(i64::from(default))).map_or(default, clamped)
}

/// What does not fit is out of every range we allow, and stays so: the rules report it.
fn clamped(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(if number < 0 { i32::MIN } else { i32::MAX })
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
