//! Reads one TOML table key by key, collecting what is wrong instead of stopping at it.

use toml::{Table, Value};

use super::options::Choice;
use super::problem::ConfigProblem;

/// A table being read. Keys that nobody asked for are unknown.
pub(super) struct Reader<'a> {
    section: &'static str,
    table: Table,
    asked: Vec<&'static str>,
    /// The section is there and no table: its keys are not missing, they can't be read.
    unreadable: bool,
    problems: &'a mut Vec<ConfigProblem>,
}

impl<'a> Reader<'a> {
    /// Takes a section out of the document; one that is absent is empty.
    pub(super) fn section(document: &mut Table, section: &'static str, problems: &'a mut Vec<ConfigProblem>) -> Self {
        let (table, unreadable) = match document.remove(section) {
            None => (Table::new(), false),
            Some(Value::Table(table)) => (table, false),
            Some(other) => {
                let message = format!("must be a table: write `[{section}]` on a line of its own");
                problems.push(ConfigProblem::new(section, Some(other.to_string()), message));
                (Table::new(), true)
            }
        };
        Self { section, table, asked: Vec::new(), unreadable, problems }
    }

    /// A text; without a default it may not be absent.
    pub(super) fn text(&mut self, key: &'static str, default: Option<&str>) -> String {
        match self.typed(key, "a text in quotes", |value| value.as_str().map(str::to_owned)) {
            Found::Value(text) => text,
            Found::Absent => default.map_or_else(|| self.missing(key), str::to_owned),
            Found::Reported => String::new(),
        }
    }

    pub(super) fn whole_number(&mut self, key: &'static str) -> Option<i64> {
        match self.typed(key, "a whole number without quotes", Value::as_integer) {
            Found::Value(number) => Some(number),
            Found::Absent | Found::Reported => None,
        }
    }

    /// As [`Self::whole_number`], of at most nine digits: no range of ours goes beyond.
    pub(super) fn small_number(&mut self, key: &'static str) -> Option<i32> {
        let number = self.whole_number(key)?;
        let small = i32::try_from(number).ok().filter(|small| small.unsigned_abs() < 1_000_000_000);
        if small.is_none() {
            self.problem(key, Some(number.to_string()), "is out of range: a number here has at most nine digits");
        }
        small
    }

    pub(super) fn flag(&mut self, key: &'static str, default: bool) -> bool {
        match self.typed(key, "true or false, without quotes", Value::as_bool) {
            Found::Value(flag) => flag,
            Found::Absent | Found::Reported => default,
        }
    }

    /// A list of texts that may be left out.
    pub(super) fn texts(&mut self, key: &'static str) -> Vec<String> {
        match self.list(key) {
            Found::Value(texts) => texts,
            Found::Absent | Found::Reported => Vec::new(),
        }
    }

    /// A list of texts that may not be absent.
    pub(super) fn required_texts(&mut self, key: &'static str) -> Vec<String> {
        match self.list(key) {
            Found::Value(texts) => texts,
            Found::Absent => self.missing(key),
            Found::Reported => Vec::new(),
        }
    }

    pub(super) fn choice<T: Choice>(&mut self, key: &'static str, default: T) -> T {
        let expected = format!("one of {}", T::allowed());
        let in_quotes = format!("{expected}, in quotes");
        match self.typed(key, &in_quotes, |value| value.as_str().map(str::to_owned)) {
            Found::Value(word) => T::from_word(&word).unwrap_or_else(|| {
                self.problem(key, Some(format!("{word:?}")), format!("must be {expected}"));
                default
            }),
            Found::Absent | Found::Reported => default,
        }
    }

    /// Reports the keys that nobody asked for.
    pub(super) fn finish(mut self) {
        for (key, value) in std::mem::take(&mut self.table) {
            self.problem(&key, Some(value.to_string()), unknown_key(&key, &self.asked));
        }
    }

    fn list(&mut self, key: &'static str) -> Found<Vec<String>> {
        self.typed(key, "a list of texts, [\"…\", \"…\"]", |value| {
            value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
        })
    }

    fn typed<T>(&mut self, key: &'static str, expected: &str, convert: impl FnOnce(&Value) -> Option<T>) -> Found<T> {
        self.asked.push(key);
        let Some(value) = self.table.remove(key) else { return Found::Absent };
        if let Some(converted) = convert(&value) {
            return Found::Value(converted);
        }
        self.problem(key, Some(value.to_string()), format!("must be {expected}"));
        Found::Reported
    }

    fn missing<T: Default>(&mut self, key: &str) -> T {
        if !self.unreadable {
            self.problem(key, None, "is required and missing");
        }
        T::default()
    }

    fn problem(&mut self, key: &str, value: Option<String>, message: impl Into<String>) {
        let key = format!("{}.{key}", self.section);
        self.problems.push(ConfigProblem::new(&key, value, message));
    }
}

/// What a table has for a key.
enum Found<T> {
    Value(T),
    Absent,
    /// Something else than was asked for, and it has been said.
    Reported,
}

/// "is no known key", with the nearest one if it looks like a slip of the keyboard.
pub(super) fn unknown_key(key: &str, known: &[&'static str]) -> String {
    let nearest = known.iter().map(|candidate| (distance(key, candidate), candidate)).min();
    match nearest {
        Some((distance, nearest)) if distance <= key.len().max(nearest.len()) / 2 => {
            format!("is no known key; did you mean `{nearest}`?")
        }
        _ => format!("is no known key; known are {}", known.join(", ")),
    }
}

/// Levenshtein's distance in bytes: enough to find a slip among a dozen keys.
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, l) in left.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, r) in right.bytes().enumerate() {
            let substituted = diagonal + usize::from(l != r);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[right.len()]
}
