//! The `[[sync]]` entries of a `stack.toml` while they are read.

use toml::{Table, Value};

use super::entry::Entry;
use super::entry_keys::take_unusable;
use super::inheritance::inherit_sections;
use super::rules;
use crate::config::document::Key;
use crate::config::key_lines::{KeyLines, entry_keys};
use crate::config::parse;
use crate::config::problem::ConfigProblem;
use crate::config::{FileSystemConfig, StackConfig, SyncConfig};

/// The key of the entries.
pub(in crate::config) const ENTRY: &str = "sync";

/// The entries, in the order of the text.
pub(in crate::config) struct SyncEntries {
    entries: Vec<Entry>,
    /// The problems of the entries themselves.
    problems: Vec<ConfigProblem>,
}

impl SyncEntries {
    /// The entries of a text. `known` are the keys of its sections.
    pub(in crate::config) fn from_text(text: &Table, known: &[Key]) -> Self {
        let mut read = Self { entries: Vec::new(), problems: Vec::new() };
        let tables = text.get(ENTRY).map(|value| read.tables_of(value)).unwrap_or_default();
        let name = |table: &Table| table.get("name").and_then(Value::as_str).map(str::to_owned);
        let names: Vec<_> = tables.iter().map(name).collect();
        for (key, mut own) in entry_keys(&names).into_iter().zip(tables) {
            let name = take_unusable(&key, &mut own, known, &mut read.problems);
            let sections = inherit_sections(text, &own);
            read.entries.push(Entry { key, name, own, sections });
        }
        read
    }

    pub(in crate::config) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The tables of the entries; anything else is reported.
    fn tables_of(&mut self, value: &Value) -> Vec<Table> {
        let tables = match value {
            Value::Array(items) => items.iter().map(Value::as_table).collect::<Option<Vec<_>>>(),
            _ => None,
        };
        let tables: Vec<Table> = tables.unwrap_or_default().into_iter().cloned().collect();
        if tables.is_empty() {
            let message = "must be a list of tables: write `[[sync]]` on a line of its own before \
                each sync, and its name below";
            self.problems.push(ConfigProblem::new(ENTRY, Some(value.to_string()), message));
        }
        tables
    }

    /// Reads the sections of each entry, and adds their problems and those of the entries.
    pub(in crate::config) fn read_syncs(
        &self,
        config: &StackConfig,
        problems: &mut Vec<ConfigProblem>,
    ) -> Vec<SyncConfig> {
        let of_sections = problems.clone();
        problems.extend(self.problems.iter().cloned());
        let mut read = |entry: &Entry| {
            let mut sync = entry.read_sync(&of_sections, problems);
            let is_of_stack = |own| FileSystemConfig::Existing(own) == config.file_system;
            sync.file_system = sync.file_system.filter(|own| !is_of_stack(own.clone()));
            sync
        };
        self.entries.iter().map(&mut read).collect()
    }

    /// The broken rules of each sync and of all together. A problem of a key that several syncs
    /// take over is found once.
    pub(in crate::config) fn check_rules(
        &self,
        config: &StackConfig,
        lines: &KeyLines,
    ) -> Vec<ConfigProblem> {
        let mut found = check_unused_values(config, lines);
        for (entry, sync) in self.entries.iter().zip(&config.syncs) {
            let view = config.with_sections_of(sync);
            for problem in parse::check_rules(&view, &lines.of_sync(&entry.key)) {
                let problem = entry.locate_rule(problem);
                if !found.contains(&problem) {
                    found.push(problem);
                }
            }
        }
        found.extend(rules::check_together(config, &self.entries, lines));
        found
    }
}

/// The written values of the sections that are wrong by themselves, though every entry may have its
/// own in their place.
fn check_unused_values(config: &StackConfig, lines: &KeyLines) -> Vec<ConfigProblem> {
    let is_wrong_alone =
        |problem: &ConfigProblem| problem.with.is_empty() && lines.line_of(&problem.key).is_some();
    parse::check_rules(config, lines).into_iter().filter(is_wrong_alone).collect()
}
