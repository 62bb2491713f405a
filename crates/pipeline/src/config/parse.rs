//! From the text of `stack.toml` to a valid configuration, or to everything that is wrong with it.

use toml::Table;
use toml::de::DeTable;

use super::lines::{Lines, position};
use super::options::{LogLevel, OverwriteMode, PreserveDeletedFiles, StorageClass, TransferMode, VerifyMode};
use super::problem::{ConfigProblem, ConfigProblems};
use super::reader::{Reader, unknown_key};
use super::{Destination, Functions, Schedule, Source, Stack, StackConfig, Task, defaults, rules};

const SECTIONS: [&str; 6] = ["stack", "source", "destination", "task", "schedule", "functions"];

/// Parses and checks a `stack.toml`.
///
/// # Errors
/// [`ConfigProblems`]: all of them, in the order of the text, each with key, value and what is allowed.
pub fn parse(text: &str) -> Result<StackConfig, ConfigProblems> {
    let (mut document, lines) = toml_of(text)?;
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
    let broken = rules::check(&config).into_iter().map(|problem| of_default(problem, &lines));
    let broken: Vec<_> = broken.filter(|problem| !is_reported(&problem.key, &problems)).collect();
    problems.extend(broken);
    if problems.is_empty() { Ok(config) } else { Err(in_order(problems, &lines)) }
}

/// The document, or everything that is no TOML in it.
fn toml_of(text: &str) -> Result<(Table, Lines), ConfigProblems> {
    let (document, errors) = DeTable::parse_recoverable(text);
    let lines = Lines::of(document.get_ref(), text);
    match text.parse() {
        Ok(document) => Ok((document, lines)),
        Err(error) if errors.is_empty() => Err(no_toml(text, &[error])),
        Err(_) => Err(no_toml(text, &errors)),
    }
}

fn no_toml(text: &str, errors: &[toml::de::Error]) -> ConfigProblems {
    let problems = errors.iter().map(|error| {
        let (line, column) = position(text, error.span().map_or(0, |span| span.start));
        let message = format!("not TOML at column {column}: {}", error.message());
        ConfigProblem { line: Some(line), ..ConfigProblem::new("", None, message) }
    });
    let mut problems: Vec<_> = problems.collect();
    problems.sort_by_key(|problem| problem.line);
    ConfigProblems(problems)
}

/// Says of a value that nobody wrote where it comes from.
fn of_default(problem: ConfigProblem, lines: &Lines) -> ConfigProblem {
    match &problem.value {
        Some(value) if lines.of_key(&problem.key).is_none() => {
            ConfigProblem { value: Some(format!("{value} (the default)")), ..problem }
        }
        _ => problem,
    }
}

/// A value that could not be read has been reported and is a stand-in now: the rules must not speak of it again.
fn is_reported(key: &str, problems: &[ConfigProblem]) -> bool {
    let section = key.split('.').next();
    problems.iter().any(|problem| problem.key == key || Some(problem.key.as_str()) == section)
}

/// In the order of the text; what the text leaves out comes last.
fn in_order(problems: Vec<ConfigProblem>, lines: &Lines) -> ConfigProblems {
    let located = problems.into_iter().map(|problem| ConfigProblem { line: lines.of_key(&problem.key), ..problem });
    let mut problems: Vec<_> = located.collect();
    problems.sort_by_key(|problem| problem.line.unwrap_or(usize::MAX));
    ConfigProblems(problems)
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
        security_group_ids: read.required_texts("security_group_ids"),
    };
    read.finish();
    section
}

fn destination(document: &mut Table, problems: &mut Vec<ConfigProblem>) -> Destination {
    let mut read = Reader::section(document, "destination", problems);
    let section = Destination {
        prefix: read.text("prefix", Some("")),
        storage_class: read.choice("storage_class", StorageClass::Standard),
        noncurrent_version_expiration_days: read.small_number("noncurrent_version_expiration_days"),
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
        bytes_per_second: read.whole_number("bytes_per_second"),
        includes: read.texts("includes"),
        excludes: read.texts("excludes"),
        log_retention_days: read.small_number("log_retention_days").unwrap_or(defaults::TASK_LOG_RETENTION_DAYS),
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
        memory_mb: read.small_number("memory_mb").unwrap_or(defaults::MEMORY_MB),
        timeout_seconds: read.small_number("timeout_seconds").unwrap_or(defaults::TIMEOUT_SECONDS),
        log_retention_days: read.small_number("log_retention_days").unwrap_or(defaults::FUNCTION_LOG_RETENTION_DAYS),
    };
    read.finish();
    section
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "refusal_tests.rs"]
mod refusals;
