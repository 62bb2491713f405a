//! A `stack.toml` while it is read: its table, the problems found so far and the keys read.

use toml::{Table, Value};

use super::problem::ConfigProblem;
use crate::similar_name::find_similar;

/// A `stack.toml` being read, section by section.
pub(super) struct Document {
    table: Table,
    pub(super) problems: Vec<ConfigProblem>,
    pub(super) keys: Vec<Key>,
}

/// A key that the parser knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub section: &'static str,
    pub name: &'static str,
    /// The accepted type or words; empty where the key is not allowed.
    pub accepts: String,
}

impl Document {
    pub(super) fn new(table: Table) -> Self {
        Self { table, problems: Vec::new(), keys: Vec::new() }
    }

    /// Takes the table of a section out of the document: empty if the section is absent, `None` if
    /// it is not a table, which is reported.
    pub(super) fn take_section(&mut self, section: &'static str) -> Option<Table> {
        match self.table.remove(section) {
            None => Some(Table::new()),
            Some(Value::Table(table)) => Some(table),
            Some(other) => {
                let message = format!("must be a table: write `[{section}]` on a line of its own");
                let problem = ConfigProblem::new(section, Some(other.to_string()), message);
                self.problems.push(problem);
                None
            }
        }
    }

    /// The table of the whole text, without the sections taken so far.
    pub(super) fn table(&mut self) -> &mut Table {
        &mut self.table
    }

    /// All problems found while reading; sections that were not opened are unknown.
    pub(super) fn into_problems(mut self, sections: &[&'static str]) -> Vec<ConfigProblem> {
        for (key, value) in &self.table {
            let message = describe_unknown_key(key, sections);
            self.problems.push(ConfigProblem::new(key, Some(value.to_string()), message));
        }
        self.problems
    }

    #[cfg(test)]
    pub(super) fn into_keys(self) -> Vec<Key> {
        self.keys
    }
}

/// The message about an unknown key, with the most similar known one if it looks like a typing
/// error.
pub(super) fn describe_unknown_key(key: &str, known: &[&str]) -> String {
    match find_similar(key, known.iter().copied()) {
        Some(nearest) => format!("is not a known key; did you mean `{nearest}`?"),
        None => format!("is not a known key; known keys: {}", known.join(", ")),
    }
}
