//! The `[[sync]]` entries of a `stack.toml` while they are read.

use toml::{Table, Value};

use super::inheritance::{SECTIONS, STACK_WIDE, inherit};
use super::{SyncConfig, rules};
use crate::config::document::{Document, describe_unknown_key};
use crate::config::key_lines::{KeyLines, entry_keys};
use crate::config::parse;
use crate::config::problem::ConfigProblem;
use crate::config::sections::{destination, file_system, limits, proof, schedule, source, task};
use crate::config::{FileSystemConfig, StackConfig};
use crate::sync_name::SyncName;

const ENTRY: &str = "sync";

/// The entries, in the order of the text.
pub(in crate::config) struct SyncEntries {
    entries: Vec<Entry>,
    /// What is wrong with the entries themselves.
    problems: Vec<ConfigProblem>,
}

struct Entry {
    /// The key in problems: `sync.home`.
    key: String,
    name: Option<SyncName>,
    /// Its keys, without those that were reported.
    own: Table,
    /// The sections as this sync has them.
    sections: Table,
}

impl SyncEntries {
    /// Takes the entries out of the document, before its sections are taken.
    pub(in crate::config) fn take_from(document: &mut Document) -> Self {
        let mut taken = Self { entries: Vec::new(), problems: Vec::new() };
        let shared = document.table();
        let tables = match shared.remove(ENTRY) {
            None => return taken,
            Some(value) => taken.tables_of(value),
        };
        let name = |table: &Table| table.get("name").and_then(Value::as_str).map(str::to_owned);
        let names: Vec<_> = tables.iter().map(name).collect();
        for ((key, name), own) in entry_keys(&names).into_iter().zip(&names).zip(tables) {
            let entry = taken.take_entry(key, name.as_deref(), own, shared);
            taken.entries.push(entry);
        }
        taken
    }

    pub(in crate::config) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The tables of the entries; anything else is reported.
    fn tables_of(&mut self, value: Value) -> Vec<Table> {
        let message = "must be a list of tables: write `[[sync]]` on a line of its own before each \
            sync, and its name below";
        let tables = match &value {
            Value::Array(items) => items.iter().map(Value::as_table).collect::<Option<Vec<_>>>(),
            _ => None,
        };
        let tables: Vec<Table> = tables.unwrap_or_default().into_iter().cloned().collect();
        if tables.is_empty() {
            self.report(ENTRY, Some(value.to_string()), message);
        }
        tables
    }

    fn take_entry(
        &mut self,
        key: String,
        name: Option<&str>,
        mut own: Table,
        shared: &Table,
    ) -> Entry {
        let name = self.take_name(&key, name, &mut own);
        self.refuse_unknown(&key, &mut own);
        self.refuse_stack_wide(&key, &mut own);
        let section = |section: &&str| {
            let own = own.get(*section).and_then(Value::as_table);
            let keys = inherit(section, shared.get(*section), own);
            ((*section).to_owned(), Value::Table(keys))
        };
        let sections = SECTIONS.iter().map(section).collect();
        Entry { key, name, own, sections }
    }

    fn take_name(&mut self, key: &str, name: Option<&str>, own: &mut Table) -> Option<SyncName> {
        let written = own.remove("name");
        let what = "the name of the sync, 1 to 20 of a-z, 0-9 and -, which begins with a letter and \
            does not end in -; it is part of resource names";
        match (written, name.map(SyncName::parse)) {
            (None, _) => self.report(&format!("{key}.name"), None, format!("is required: {what}")),
            (_, Some(Ok(name))) => return Some(name),
            (Some(value), _) => self.report(
                &format!("{key}.name"),
                Some(value.to_string()),
                format!("must be {what}"),
            ),
        }
        None
    }

    /// Reports what is no section that an entry may have, or no table.
    fn refuse_unknown(&mut self, key: &str, own: &mut Table) {
        let known: Vec<&str> = ["name"].into_iter().chain(SECTIONS).collect();
        for name in own.keys().cloned().collect::<Vec<_>>() {
            let value = own.get(&name).map(ToString::to_string);
            let message = match own.get(&name) {
                Some(Value::Table(_)) if SECTIONS.contains(&name.as_str()) => continue,
                _ if SECTIONS.contains(&name.as_str()) => {
                    format!("must have keys of [{name}]: write `{name}.<key> = …` below `[[sync]]`")
                }
                _ if ["stack", "network", "instance", "alerts", "functions"]
                    .contains(&name.as_str()) =>
                {
                    format!("holds for the whole stack: write it in [{name}]")
                }
                _ => describe_unknown_key(&name, &known),
            };
            own.remove(&name);
            self.report(&format!("{key}.{name}"), value, message);
        }
    }

    fn refuse_stack_wide(&mut self, key: &str, own: &mut Table) {
        for (section, name) in STACK_WIDE {
            let keys = own.get_mut(section).and_then(Value::as_table_mut);
            if let Some(value) = keys.and_then(|keys| keys.remove(name)) {
                let message = format!("holds for the whole stack: write it in [{section}]");
                self.report(&format!("{key}.{section}.{name}"), Some(value.to_string()), message);
            }
        }
    }

    fn report(&mut self, key: &str, value: Option<String>, message: impl Into<String>) {
        self.problems.push(ConfigProblem::new(key, value, message));
    }

    /// Reads the sections of each entry, and adds their problems and those of the entries.
    pub(in crate::config) fn read_syncs(
        &self,
        problems: &mut Vec<ConfigProblem>,
    ) -> Vec<SyncConfig> {
        problems.extend(self.problems.iter().cloned());
        self.entries.iter().map(|entry| entry.read_sync(problems)).collect()
    }

    /// The broken rules of each sync and of all together. A problem of a key that several syncs
    /// take over is found once.
    pub(in crate::config) fn check_rules(
        &self,
        config: &StackConfig,
        lines: &KeyLines,
    ) -> Vec<ConfigProblem> {
        let mut found: Vec<ConfigProblem> = Vec::new();
        for (entry, sync) in self.entries.iter().zip(&config.syncs) {
            let view = config.with_sections_of(sync);
            for problem in parse::check_rules(&view, &lines.of_sync(&entry.key)) {
                let problem = entry.locate_rule(problem);
                if !found.contains(&problem) {
                    found.push(problem);
                }
            }
        }
        let keys: Vec<&str> = self.entries.iter().map(|entry| entry.key.as_str()).collect();
        found.extend(rules::check_together(config, &keys));
        found
    }
}

impl Entry {
    fn read_sync(&self, problems: &mut Vec<ConfigProblem>) -> SyncConfig {
        let mut document = Document::new(self.sections.clone());
        let sync = SyncConfig {
            name: self.name.clone().unwrap_or_default(),
            file_system: self.read_file_system(&mut document),
            source: source::read_section(&mut document),
            destination: destination::read_section(&mut document),
            task: task::read_section(&mut document),
            schedule: schedule::read_section(&mut document),
            limits: limits::read_section(&mut document),
            proof: proof::read_section(&mut document),
        };
        let reported = std::mem::take(&mut document.problems);
        problems.extend(reported.into_iter().filter_map(|problem| self.locate_read(problem)));
        sync
    }

    /// The file system of the entry, which exists; `None` if the entry names none.
    fn read_file_system(
        &self,
        document: &mut Document,
    ) -> Option<crate::config::ExistingFileSystem> {
        let own = self.own.get("file_system").and_then(Value::as_table)?;
        if !own.contains_key("id") {
            let message = "is required and missing: a sync may name another file system, which \
                exists; the stack's own is described in [file_system]";
            document.problems.push(ConfigProblem::new("file_system.id", None, message));
            return None;
        }
        match file_system::read_section(document) {
            FileSystemConfig::Existing(existing) => Some(existing),
            FileSystemConfig::New(_) => None,
        }
    }

    fn has(&self, section: &str, key: &str) -> bool {
        self.own.get(section).and_then(|keys| keys.get(key)).is_some()
    }

    fn is_own(&self, key: &str) -> bool {
        key.split_once('.').is_some_and(|(section, name)| self.has(section, name))
    }

    /// A problem of reading, at the entry's key; `None` for one of a key that the entry takes over:
    /// the section has reported it.
    fn locate_read(&self, problem: ConfigProblem) -> Option<ConfigProblem> {
        let is_missing = problem.value.is_none();
        let located = is_missing || self.is_own(&problem.key);
        located.then(|| ConfigProblem { key: format!("{}.{}", self.key, problem.key), ..problem })
    }

    /// A broken rule, at the entry's key if it is the entry's.
    fn locate_rule(&self, problem: ConfigProblem) -> ConfigProblem {
        let locate = |key: String| match self.is_own(&key) {
            true => format!("{}.{key}", self.key),
            false => key,
        };
        let is_combined =
            !self.is_own(&problem.key) && problem.with.iter().any(|key| self.is_own(key));
        let of_entry = if is_combined { format!(" (in {})", self.key) } else { String::new() };
        ConfigProblem {
            key: locate(problem.key),
            with: problem.with.into_iter().map(locate).collect(),
            message: format!("{}{of_entry}", problem.message),
            ..problem
        }
    }
}
