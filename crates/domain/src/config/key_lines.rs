//! The line of each key in the text, which a problem names.

use std::collections::BTreeMap;
use std::sync::Arc;

use toml::de::{DeArray, DeTable, DeValue};

use crate::sync_name::SyncName;

/// The lines of the sections and their keys, counted from 1.
pub(super) struct KeyLines {
    lines: Arc<BTreeMap<String, usize>>,
    /// The key of the entry whose keys take the place of those of the sections: `sync.home`.
    entry: Option<String>,
}

impl KeyLines {
    pub(super) fn from_document(document: &DeTable<'_>, text: &str) -> Self {
        let mut lines = BTreeMap::new();
        for (section, value) in document {
            lines.insert(
                section.get_ref().to_string(),
                position_in_text(text, section.span().start).0,
            );
            let name = section.get_ref();
            match value.get_ref() {
                DeValue::Table(table) => add_keys(&mut lines, name, table, text),
                DeValue::Array(entries) if name == "sync" => add_entries(&mut lines, entries, text),
                _ => {}
            }
        }
        Self { lines: Arc::new(lines), entry: None }
    }

    /// The lines as a sync sees them: its own keys take the place of those of the sections.
    pub(super) fn of_sync(&self, entry: &str) -> Self {
        Self { lines: Arc::clone(&self.lines), entry: Some(entry.to_owned()) }
    }

    /// `None` for a key that the text leaves out.
    pub(super) fn line_of(&self, key: &str) -> Option<usize> {
        self.own_line(key).or_else(|| self.lines.get(key).copied())
    }

    /// Whether the key is the entry's own.
    pub(super) fn is_own(&self, key: &str) -> bool {
        self.own_line(key).is_some()
    }

    /// The line of a key of an entry or, if the text leaves it out, that of its entry.
    pub(super) fn line_in_entry(&self, key: &str) -> Option<usize> {
        let is_of_entry = key.starts_with("sync");
        let above = || key.rsplit_once('.').filter(|_| is_of_entry).map(|(above, _)| above);
        self.line_of(key).or_else(|| self.line_in_entry(above()?))
    }

    fn own_line(&self, key: &str) -> Option<usize> {
        let entry = self.entry.as_ref()?;
        self.lines.get(&format!("{entry}.{key}")).copied()
    }
}

fn add_keys(lines: &mut BTreeMap<String, usize>, name: &str, table: &DeTable<'_>, text: &str) {
    for (key, value) in table {
        let name = format!("{name}.{}", key.get_ref());
        lines.insert(name.clone(), position_in_text(text, key.span().start).0);
        if let DeValue::Table(inner) = value.get_ref() {
            add_keys(lines, &name, inner, text);
        }
    }
}

/// The entries of an array of tables, each below its key.
fn add_entries(lines: &mut BTreeMap<String, usize>, entries: &DeArray<'_>, text: &str) {
    let tables: Vec<_> = entries.iter().map(|entry| entry.get_ref().as_table()).collect();
    let name_of = |table: &Option<&DeTable<'_>>| {
        let (_, name) = table.as_ref()?.iter().find(|(key, _)| key.get_ref() == "name")?;
        name.get_ref().as_str().map(str::to_owned)
    };
    let names: Vec<_> = tables.iter().map(name_of).collect();
    for ((key, entry), table) in entry_keys(&names).iter().zip(entries.iter()).zip(tables) {
        lines.insert(key.clone(), position_in_text(text, entry.span().start).0);
        if let Some(table) = table {
            add_keys(lines, key, table, text);
        }
    }
}

/// The key of each `[[sync]]` entry in problems: by its name, `sync.home`; by its number, counted
/// from 1, if it has none, a wrong one, or that of an entry before.
pub(super) fn entry_keys(names: &[Option<String>]) -> Vec<String> {
    let key = |(index, name): (usize, &Option<String>)| match name {
        Some(name)
            if SyncName::parse(name).is_ok() && !names[..index].contains(&Some(name.clone())) =>
        {
            format!("sync.{name}")
        }
        _ => format!("sync[{}]", index + 1),
    };
    names.iter().enumerate().map(key).collect()
}

/// Line and column of a byte of the text, both counted from 1, the column in characters.
pub(super) fn position_in_text(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_the_line_it_is_written_on() {
        let text = "[stack]\nname = \"a\"\n\n[task]\nincludes = [\n  \"/a\",\n]\nlog_level = \
            \"OFF\"\nschedule.enabled = 1\n";
        let lines = KeyLines::from_document(DeTable::parse(text).unwrap().get_ref(), text);
        for (key, line) in [
            ("stack", Some(1)),
            ("stack.name", Some(2)),
            ("task.includes", Some(5)),
            ("task.log_level", Some(8)),
            ("task.schedule", Some(9)),
            ("task.verify_mode", None),
        ] {
            assert_eq!(lines.line_of(key), line, "{key}");
        }
    }

    #[test]
    fn a_position_counts_characters_not_bytes() {
        let text = "a\näöü = x";
        for (offset, expected) in
            [(0, (1, 1)), (1, (1, 2)), (2, (2, 1)), (11, (2, 7)), (99, (2, 8))]
        {
            assert_eq!(position_in_text(text, offset), expected, "{offset}");
        }
    }
}
