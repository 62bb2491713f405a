//! Reads the sections of a TOML document key by key, and collects every problem instead of stopping
//! at the first.

use toml::{Table, Value};

use super::document::{Document, Key, describe_unknown_key};
use super::options::Choice;
use super::problem::ConfigProblem;

const COUNT_OR_NAMES: &str = "a whole number, or a list of texts, [\"…\", \"…\"]";

/// A section being read. Keys that are not read are unknown.
pub(super) struct SectionReader<'a> {
    section: &'static str,
    table: Table,
    /// The section is not a table: its keys are not missing, they can't be read.
    unreadable: bool,
    document: &'a mut Document,
    keys: Vec<Key>,
}

impl<'a> SectionReader<'a> {
    /// Opens a section; one that is absent is empty.
    pub(super) fn open(document: &'a mut Document, section: &'static str) -> Self {
        let table = document.take_section(section);
        let unreadable = table.is_none();
        let table = table.unwrap_or_default();
        Self { section, table, unreadable, document, keys: Vec::new() }
    }

    /// Whether the text has the key, readable or not.
    pub(super) fn has_key(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Adds a key that is known in this section and not read, because it is absent.
    pub(super) fn declare_key(&mut self, key: &'static str) {
        self.add_key(key, "");
    }

    /// Reports a known key that is not allowed beside another one.
    pub(super) fn exclude_key(&mut self, key: &'static str, message: &str) {
        self.add_key(key, "");
        self.refuse_key(key, message);
    }

    /// Reports a key that is not allowed; the message has the solution.
    pub(super) fn refuse_key(&mut self, key: &'static str, message: &str) {
        if let Some(value) = self.table.remove(key) {
            self.report_problem(key, Some(value.to_string()), message);
        }
    }

    /// A key that has been read and lacks another.
    pub(super) fn report_incomplete(&mut self, key: &str, message: &str) {
        self.report_problem(key, None, message);
    }

    pub(super) fn read_text(&mut self, key: &'static str, default: &str) -> String {
        match self.take_text(key) {
            Taken::Value(text) => text,
            Taken::Absent => default.to_owned(),
            Taken::Reported => String::new(),
        }
    }

    /// A text that may not be absent; what it is, the message says.
    pub(super) fn read_required_text(&mut self, key: &'static str, what: &str) -> String {
        match self.take_text(key) {
            Taken::Value(text) => text,
            Taken::Absent => self.report_missing(key, what),
            Taken::Reported => String::new(),
        }
    }

    pub(super) fn read_optional_text(&mut self, key: &'static str) -> Option<String> {
        match self.take_text(key) {
            Taken::Value(text) => Some(text),
            Taken::Absent | Taken::Reported => None,
        }
    }

    pub(super) fn read_whole_number(&mut self, key: &'static str) -> Option<i64> {
        match self.take_value(key, "a whole number without quotes", Value::as_integer) {
            Taken::Value(number) => Some(number),
            Taken::Absent | Taken::Reported => None,
        }
    }

    /// Reads a whole number of at most nine digits; no key has a larger range.
    pub(super) fn read_small_number(&mut self, key: &'static str) -> Option<i32> {
        let number = self.read_whole_number(key)?;
        let small = i32::try_from(number).ok().filter(|small| small.unsigned_abs() < 1_000_000_000);
        if small.is_none() {
            self.report_problem(
                key,
                Some(number.to_string()),
                "is out of range: a number here has at most nine digits",
            );
        }
        small
    }

    pub(super) fn read_number(&mut self, key: &'static str, default: i32) -> i32 {
        self.read_small_number(key).unwrap_or(default)
    }

    /// Reads a number, or a list of names. `allowed` is the message for a number that does not fit
    /// `u8`.
    pub(super) fn read_count_or_names(
        &mut self,
        key: &'static str,
        default: u8,
        allowed: &str,
    ) -> CountOrNames {
        let read = self.take_value(key, COUNT_OR_NAMES, |value| match value {
            Value::Integer(count) => Some(Err(*count)),
            other => texts_of(other).map(Ok),
        });
        let count = match read {
            Taken::Value(Ok(names)) => return CountOrNames::Names(names),
            Taken::Value(Err(count)) => count,
            Taken::Absent | Taken::Reported => return CountOrNames::Count(default),
        };
        CountOrNames::Count(u8::try_from(count).unwrap_or_else(|_| {
            self.report_problem(key, Some(count.to_string()), allowed);
            default
        }))
    }

    pub(super) fn read_flag(&mut self, key: &'static str, default: bool) -> bool {
        match self.take_value(key, "true or false, without quotes", Value::as_bool) {
            Taken::Value(flag) => flag,
            Taken::Absent | Taken::Reported => default,
        }
    }

    /// A list of texts that may be left out.
    pub(super) fn read_texts(&mut self, key: &'static str) -> Vec<String> {
        match self.take_texts(key) {
            Taken::Value(texts) => texts,
            Taken::Absent | Taken::Reported => Vec::new(),
        }
    }

    /// A list of texts that may not be absent; what it is, the message says.
    pub(super) fn read_required_texts(&mut self, key: &'static str, what: &str) -> Vec<String> {
        match self.take_texts(key) {
            Taken::Value(texts) => texts,
            Taken::Absent => self.report_missing(key, what),
            Taken::Reported => Vec::new(),
        }
    }

    pub(super) fn read_choice<T: Choice>(&mut self, key: &'static str, default: T) -> T {
        self.read_optional_choice(key).unwrap_or(default)
    }

    pub(super) fn read_optional_choice<T: Choice>(&mut self, key: &'static str) -> Option<T> {
        let expected = format!("one of {}", T::list_words());
        let in_quotes = format!("{expected}, in quotes");
        let Taken::Value(word) =
            self.take_value(key, &in_quotes, |value| value.as_str().map(str::to_owned))
        else {
            return None;
        };
        let choice = T::from_word(&word);
        if choice.is_none() {
            self.report_problem(key, Some(format!("{word:?}")), format!("must be {expected}"));
        }
        choice
    }

    /// Reports the keys that were not read.
    pub(super) fn finish(mut self) {
        let known: Vec<&str> = self.keys.iter().map(|key| key.name).collect();
        for (key, value) in std::mem::take(&mut self.table) {
            self.report_problem(&key, Some(value.to_string()), describe_unknown_key(&key, &known));
        }
        self.document.keys.append(&mut self.keys);
    }

    fn add_key(&mut self, name: &'static str, accepts: &str) {
        self.keys.push(Key { section: self.section, name, accepts: accepts.to_owned() });
    }

    fn take_text(&mut self, key: &'static str) -> Taken<String> {
        self.take_value(key, "a text in quotes", |value| value.as_str().map(str::to_owned))
    }

    fn take_texts(&mut self, key: &'static str) -> Taken<Vec<String>> {
        self.take_value(key, "a list of texts, [\"…\", \"…\"]", texts_of)
    }

    fn take_value<T>(
        &mut self,
        key: &'static str,
        expected: &str,
        convert: impl FnOnce(&Value) -> Option<T>,
    ) -> Taken<T> {
        self.add_key(key, expected);
        let Some(value) = self.table.remove(key) else { return Taken::Absent };
        if let Some(converted) = convert(&value) {
            return Taken::Value(converted);
        }
        self.report_problem(key, Some(value.to_string()), format!("must be {expected}"));
        Taken::Reported
    }

    fn report_missing<T: Default>(&mut self, key: &str, what: &str) -> T {
        if !self.unreadable {
            self.report_problem(key, None, format!("is required and missing: {what}"));
        }
        T::default()
    }

    fn report_problem(&mut self, key: &str, value: Option<String>, message: impl Into<String>) {
        let key = format!("{}.{key}", self.section);
        self.document.problems.push(ConfigProblem::new(&key, value, message));
    }
}

fn texts_of(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

/// The two ways to write a choice among things that have names.
pub(super) enum CountOrNames {
    Count(u8),
    Names(Vec<String>),
}

/// The value that a table has for a key.
enum Taken<T> {
    Value(T),
    Absent,
    /// A value of another type, which was reported.
    Reported,
}
