//! From the text of `stack.toml` to a valid configuration, or to everything that is wrong with it.

use toml::de::DeTable;

use super::document::Document;
#[cfg(test)]
use super::document::Key;
use super::key_lines::{KeyLines, position_in_text};
use super::problem::{ConfigProblem, ConfigProblems};
use super::sections::{
    alerts, destination, file_system, functions, instance, limits, network, proof, schedule,
    source, stack, task,
};
use super::syncs::{self, SyncEntries};
use super::{StackConfig, rules};

const SECTIONS: [&str; 13] = [
    "stack",
    "network",
    "file_system",
    "source",
    "destination",
    "task",
    "instance",
    "schedule",
    "limits",
    "proof",
    "alerts",
    "functions",
    "sync",
];

/// Parses and checks a `stack.toml`.
///
/// # Errors
/// [`ConfigProblems`]: all of them, in the order of the text, each with key, value and what is
/// allowed.
pub fn parse(text: &str) -> Result<StackConfig, ConfigProblems> {
    let (mut document, lines) = parse_toml(text)?;
    let written = document.table().clone();
    document.table().remove(syncs::ENTRY);
    let mut config = read_sections(&mut document);
    let entries = SyncEntries::from_text(&written, &document.keys);
    let mut problems = document.into_problems(&SECTIONS);
    config.syncs = entries.read_syncs(&config, &mut problems);
    let broken_rules = if entries.is_empty() {
        check_rules(&config, &lines)
    } else {
        entries.check_rules(&config, &lines)
    };
    let broken_rules: Vec<_> =
        broken_rules.into_iter().filter(|problem| !is_reported(problem, &problems)).collect();
    problems.extend(broken_rules);
    if problems.is_empty() { Ok(config) } else { Err(sort_by_line(problems, &lines)) }
}

fn read_sections(document: &mut Document) -> StackConfig {
    StackConfig {
        stack: stack::read_section(document),
        network: network::read_section(document),
        file_system: file_system::read_section(document),
        source: source::read_section(document),
        destination: destination::read_section(document),
        task: task::read_section(document),
        instance: instance::read_section(document),
        schedule: schedule::read_section(document),
        limits: limits::read_section(document),
        proof: proof::read_section(document),
        alerts: alerts::read_section(document),
        functions: functions::read_section(document),
        syncs: Vec::new(),
    }
}

/// The broken rules of one sync, each with its value marked if it is a default.
pub(super) fn check_rules(config: &StackConfig, lines: &KeyLines) -> Vec<ConfigProblem> {
    let broken = rules::check_config(config, lines).into_iter();
    broken.map(|problem| mark_default(problem, lines)).collect()
}

/// The keys that the parser reads from a text, in the order of the sections.
#[cfg(test)]
pub(super) fn keys_read_from(text: &str) -> Vec<Key> {
    let (mut document, _) = parse_toml(text).expect("the text is TOML");
    read_sections(&mut document);
    document.into_keys()
}

/// The document, or everything that is no TOML in it.
fn parse_toml(text: &str) -> Result<(Document, KeyLines), ConfigProblems> {
    let (document, errors) = DeTable::parse_recoverable(text);
    let lines = KeyLines::from_document(document.get_ref(), text);
    match text.parse::<toml::Table>() {
        Ok(table) => Ok((Document::new(table), lines)),
        Err(error) if errors.is_empty() => Err(syntax_problems(text, &[error])),
        Err(_) => Err(syntax_problems(text, &errors)),
    }
}

fn syntax_problems(text: &str, errors: &[toml::de::Error]) -> ConfigProblems {
    let problems = errors.iter().map(|error| {
        let (line, column) = position_in_text(text, error.span().map_or(0, |span| span.start));
        let message = format!("not TOML at column {column}: {}", error.message());
        ConfigProblem { line: Some(line), ..ConfigProblem::new("", None, message) }
    });
    let mut problems: Vec<_> = problems.collect();
    problems.sort_by_key(|problem| problem.line);
    ConfigProblems(problems)
}

/// Marks the value of a problem as a default if the text does not have it.
fn mark_default(problem: ConfigProblem, lines: &KeyLines) -> ConfigProblem {
    match &problem.value {
        Some(value) if lines.line_of(&problem.key).is_none() => {
            ConfigProblem { value: Some(format!("{value} (the default)")), ..problem }
        }
        _ => problem,
    }
}

/// Whether a problem is about a value that could not be read: it is already reported, and the rules
/// saw a substitute.
fn is_reported(broken: &ConfigProblem, problems: &[ConfigProblem]) -> bool {
    let reported = |key: &String| {
        let section = key.rsplit_once('.').map(|(section, _)| section);
        problems.iter().any(|problem| problem.key == *key || Some(problem.key.as_str()) == section)
    };
    reported(&broken.key) || broken.with.iter().any(reported)
}

/// In the order of the text; what the text leaves out comes at its entry, or last.
fn sort_by_line(problems: Vec<ConfigProblem>, lines: &KeyLines) -> ConfigProblems {
    let located = problems
        .into_iter()
        .map(|problem| ConfigProblem { line: lines.line_in_entry(&problem.key), ..problem });
    let mut problems: Vec<_> = located.collect();
    problems.sort_by_key(|problem| problem.line.unwrap_or(usize::MAX));
    ConfigProblems(problems)
}
