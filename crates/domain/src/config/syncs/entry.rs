//! One `[[sync]]` entry while it is read, and the place of its problems.

use toml::{Table, Value};

use crate::config::document::Document;
use crate::config::problem::ConfigProblem;
use crate::config::sections::{destination, file_system, limits, proof, schedule, source, task};
use crate::config::{ExistingFileSystem, FileSystemConfig, SyncConfig};
use crate::sync_name::SyncName;

/// An entry as the text has it.
pub(super) struct Entry {
    /// The key in problems: `sync.home`, or `sync[2]` without a usable name.
    pub(super) key: String,
    pub(super) name: Option<SyncName>,
    /// Its keys, without those that were reported.
    pub(super) own: Table,
    /// The sections as this sync has them.
    pub(super) sections: Table,
}

impl Entry {
    /// Reads the sections and adds their problems. `of_sections` are those that the sections of the
    /// text have without any entry.
    pub(super) fn read_sync(
        &self,
        of_sections: &[ConfigProblem],
        problems: &mut Vec<ConfigProblem>,
    ) -> SyncConfig {
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
        let found = std::mem::take(&mut document.problems);
        let own = found.into_iter().filter(|problem| !of_sections.contains(problem));
        problems.extend(own.filter_map(|problem| self.locate_read(problem)));
        sync
    }

    /// The file system of the entry, which exists; `None` if the entry names none.
    fn read_file_system(&self, document: &mut Document) -> Option<ExistingFileSystem> {
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

    /// Whether the entry has the key `<section>.<name>` itself.
    pub(super) fn is_own(&self, key: &str) -> bool {
        let value = |(section, name)| self.own.get(section)?.get(name);
        key.split_once('.').and_then(value).is_some()
    }

    /// The key in problems, of the section or of this entry, whichever has the value. A file system
    /// of its own has no key of the section.
    pub(super) fn locate_key(&self, key: &str) -> String {
        let is_of_own_file_system =
            key.starts_with("file_system.") && self.is_own("file_system.id");
        let is_located = self.is_own(key) || is_of_own_file_system;
        if is_located { format!("{}.{key}", self.key) } else { key.to_owned() }
    }

    /// A problem of reading, at the entry's key; `None` for one of a key that the entry takes over:
    /// the section has reported it.
    fn locate_read(&self, problem: ConfigProblem) -> Option<ConfigProblem> {
        let is_located = problem.value.is_none() || self.is_own(&problem.key);
        is_located
            .then(|| ConfigProblem { key: format!("{}.{}", self.key, problem.key), ..problem })
    }

    /// A broken rule, at the entry's key if it is the entry's.
    pub(super) fn locate_rule(&self, problem: ConfigProblem) -> ConfigProblem {
        let is_combined =
            !self.is_own(&problem.key) && problem.with.iter().any(|key| self.is_own(key));
        let of_entry = if is_combined { format!(" (in {})", self.key) } else { String::new() };
        ConfigProblem {
            key: self.locate_key(&problem.key),
            with: problem.with.iter().map(|key| self.locate_key(key)).collect(),
            message: format!("{}{of_entry}", problem.message),
            ..problem
        }
    }

    /// The sync in a message: the sync `home`, or its key if it has no usable name.
    pub(super) fn describe(&self) -> String {
        let named = self.key.strip_prefix("sync.");
        named.map_or_else(|| self.key.clone(), |name| format!("the sync `{name}`"))
    }
}
