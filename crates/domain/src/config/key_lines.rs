//! The line of each key in the text, which a problem names.

use std::collections::BTreeMap;

use toml::de::DeTable;

/// The lines of the sections and their keys, counted from 1.
pub(super) struct KeyLines(BTreeMap<String, usize>);

impl KeyLines {
    pub(super) fn from_document(document: &DeTable<'_>, text: &str) -> Self {
        let mut lines = BTreeMap::new();
        for (section, value) in document {
            lines.insert(
                section.get_ref().to_string(),
                position_in_text(text, section.span().start).0,
            );
            for key in value.get_ref().as_table().into_iter().flat_map(DeTable::keys) {
                let name = format!("{}.{}", section.get_ref(), key.get_ref());
                lines.insert(name, position_in_text(text, key.span().start).0);
            }
        }
        Self(lines)
    }

    /// `None` for a key that the text leaves out.
    pub(super) fn line_of(&self, key: &str) -> Option<usize> {
        self.0.get(key).copied()
    }
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
