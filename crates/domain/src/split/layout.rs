//! The `[[sync]]` entries of the parts.

use toml::{Table, Value};

use super::assign::AssignedPart;
use super::pattern::{excludes_below, own_location};
use crate::config::{PreserveDeletedFiles, StackConfig};
use crate::sync_name::SyncName;

/// The keys that an entry has, with the reason for each that is not obvious.
#[derive(Clone, Debug, Default)]
pub(super) struct EntryKeys(Table);

/// The location of a part, and the patterns that the first part excludes for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PartLayout {
    pub source: String,
    pub prefix: String,
    pub includes: Vec<String>,
    /// The whole exclude filter of the part's task.
    pub excludes: Vec<String>,
    pub left_out: Vec<String>,
    /// Whether other syncs write below its prefix.
    pub is_shared: bool,
}

/// The `[[sync]]` entry of this name in a configuration; empty if it has none.
#[must_use]
pub fn read_entry(text: &str, name: &SyncName) -> Table {
    let document = text.parse::<Table>().unwrap_or_default();
    let syncs = document.get("sync").and_then(Value::as_array).into_iter().flatten();
    let named = |entry: &&Table| entry.get("name").and_then(Value::as_str) == Some(name.as_str());
    syncs.filter_map(Value::as_table).find(named).cloned().unwrap_or_default()
}

impl PartLayout {
    /// The layout of a part that copies these directories. One directory alone is a source of its
    /// own, if its path can be one; several are included, side by side, from the source as it is.
    pub(super) fn of_part(config: &StackConfig, part: &AssignedPart) -> Self {
        let directories = part.directories.as_slice();
        let (source, prefix) = (&config.source.subdirectory, &config.destination.prefix);
        if let [path] = directories {
            let location = own_location(source, prefix, path);
            let excludes = excludes_below(&config.task, path);
            if let Some(((source, prefix), excludes)) = location.zip(excludes) {
                // The first part copies the directory itself: an object for the top of a source is
                // not documented.
                let left_out = vec![format!("{path}/*")];
                let includes = Vec::new();
                return Self { source, prefix, includes, excludes, left_out, is_shared: false };
            }
        }
        Self {
            source: source.clone(),
            prefix: prefix.clone(),
            includes: directories.to_vec(),
            excludes: config.task.excludes.clone(),
            left_out: directories.to_vec(),
            is_shared: true,
        }
    }

    /// The layout of the sync that is split, without the parts of the others.
    pub(super) fn of_rest(config: &StackConfig, others: &[Self]) -> Self {
        let left_out = others.iter().flat_map(|other| other.left_out.iter().cloned());
        Self {
            source: config.source.subdirectory.clone(),
            prefix: config.destination.prefix.clone(),
            includes: config.task.includes.clone(),
            excludes: config.task.excludes.iter().cloned().chain(left_out).collect(),
            left_out: Vec::new(),
            is_shared: true,
        }
    }

    /// Whether it keeps the objects of deleted files that the sync removes today: AWS does not
    /// document what REMOVE deletes in excluded paths and outside of included ones, where the other
    /// syncs write.
    pub(super) fn stops_removing(&self, config: &StackConfig) -> bool {
        self.is_shared && config.task.preserve_deleted_files == PreserveDeletedFiles::Remove
    }
}

impl EntryKeys {
    /// The keys of a part: those of the entry that is split, and what differs.
    pub(super) fn of_part(own: &Table, config: &StackConfig, layout: &PartLayout) -> Self {
        let mut keys = Self(own.clone());
        keys.0.remove("name");
        keys.set_text("source", "subdirectory", &layout.source, &config.source.subdirectory);
        keys.set_text("destination", "prefix", &layout.prefix, &config.destination.prefix);
        keys.set_patterns("includes", &layout.includes, &config.task.includes);
        keys.set_patterns("excludes", &layout.excludes, &config.task.excludes);
        if layout.stops_removing(config) {
            keys.set_value("task", "preserve_deleted_files", "PRESERVE".into());
        }
        keys
    }

    fn set_text(&mut self, section: &str, key: &str, value: &str, of_split: &str) {
        if value != of_split {
            self.set_value(section, key, value.into());
        }
    }

    fn set_patterns(&mut self, key: &str, patterns: &[String], of_split: &[String]) {
        if patterns != of_split {
            let patterns = patterns.iter().map(|one| Value::from(one.as_str())).collect();
            self.set_value("task", key, Value::Array(patterns));
        }
    }

    fn set_value(&mut self, section: &str, key: &str, value: Value) {
        let keys = self.0.entry(section).or_insert_with(|| Value::Table(Table::new()));
        if let Some(keys) = keys.as_table_mut() {
            keys.insert(key.to_owned(), value);
        }
    }

    /// The entry as text: a key a line, a pattern a line.
    pub(super) fn to_text(&self, name: &SyncName) -> String {
        let sections =
            self.0.iter().filter_map(|(section, keys)| Some((section, keys.as_table()?)));
        let lines = sections.flat_map(|(section, keys)| {
            keys.iter()
                .map(move |(key, value)| format!("{section}.{key} = {}\n", value_text(value)))
        });
        let name = format!("[[sync]]\nname = \"{name}\"\n");
        std::iter::once(name).chain(lines).collect()
    }
}

fn value_text(value: &Value) -> String {
    match value {
        Value::Array(items) if items.len() > 1 => {
            let lines: String = items.iter().map(|item| format!("    {item},\n")).collect();
            format!("[\n{lines}]")
        }
        other => other.to_string(),
    }
}
