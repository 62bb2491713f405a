//! From the text of `stack.toml` to a valid configuration, or to everything that is wrong with it.

use toml::Table;
use toml::de::DeTable;

use super::lines::{Lines, position};
use super::problem::{ConfigProblem, ConfigProblems};
use super::reader::unknown_key;
use super::sections::{
    alerts, destination, file_system, functions, instance, limits, network, proof, schedule,
    source, stack, task,
};
use super::{StackConfig, rules};

const SECTIONS: [&str; 12] = [
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
];

/// Parses and checks a `stack.toml`.
///
/// # Errors
/// [`ConfigProblems`]: all of them, in the order of the text, each with key, value and what is allowed.
pub fn parse(text: &str) -> Result<StackConfig, ConfigProblems> {
    let (mut document, lines) = toml_of(text)?;
    let mut problems = Vec::new();
    let config = StackConfig {
        stack: stack::read(&mut document, &mut problems),
        network: network::read(&mut document, &mut problems),
        file_system: file_system::read(&mut document, &mut problems),
        source: source::read(&mut document, &mut problems),
        destination: destination::read(&mut document, &mut problems),
        task: task::read(&mut document, &mut problems),
        instance: instance::read(&mut document, &mut problems),
        schedule: schedule::read(&mut document, &mut problems),
        limits: limits::read(&mut document, &mut problems),
        proof: proof::read(&mut document, &mut problems),
        alerts: alerts::read(&mut document, &mut problems),
        functions: functions::read(&mut document, &mut problems),
    };
    for (key, value) in &document {
        problems.push(ConfigProblem::new(
            key,
            Some(value.to_string()),
            unknown_key(key, &SECTIONS),
        ));
    }
    let broken =
        rules::check(&config, &lines).into_iter().map(|problem| of_default(problem, &lines));
    let broken: Vec<_> = broken.filter(|problem| !is_reported(problem, &problems)).collect();
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

/// A value that could not be read has been reported and is a stand-in now: the rules must not speak
/// of it again.
fn is_reported(broken: &ConfigProblem, problems: &[ConfigProblem]) -> bool {
    let reported = |key: &String| {
        let section = key.split('.').next();
        problems.iter().any(|problem| problem.key == *key || Some(problem.key.as_str()) == section)
    };
    reported(&broken.key) || broken.with.iter().any(reported)
}

/// In the order of the text; what the text leaves out comes last.
fn in_order(problems: Vec<ConfigProblem>, lines: &Lines) -> ConfigProblems {
    let located = problems
        .into_iter()
        .map(|problem| ConfigProblem { line: lines.of_key(&problem.key), ..problem });
    let mut problems: Vec<_> = located.collect();
    problems.sort_by_key(|problem| problem.line.unwrap_or(usize::MAX));
    ConfigProblems(problems)
}
