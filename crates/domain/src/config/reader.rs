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
    pub(super) fn section(
        document: &mut Table,
        section: &'static str,
        problems: &'a mut Vec<ConfigProblem>,
    ) -> Self {
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

    /// Whether the text has the key, readable or not.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// A key of this section that is not asked for, because it is not there.
    pub(super) fn known(&mut self, key: &'static str) {
        self.asked.push(key);
    }

    /// A key that is known and may not stand beside another that does.
    pub(super) fn exclude(&mut self, key: &'static str, message: &str) {
        self.asked.push(key);
        self.refuse(key, message);
    }

    /// A key that may not stand here; the message says what to do instead.
    pub(super) fn refuse(&mut self, key: &'static str, message: &str) {
        if let Some(value) = self.table.remove(key) {
            self.problem(key, Some(value.to_string()), message);
        }
    }

    /// A key that has been read and lacks another.
    pub(super) fn incomplete(&mut self, key: &str, message: &str) {
        self.problem(key, None, message);
    }

    pub(super) fn text(&mut self, key: &'static str, default: &str) -> String {
        match self.read_text(key) {
            ValueType::Value(text) => text,
            ValueType::Absent => default.to_owned(),
            ValueType::Reported => String::new(),
        }
    }

    /// A text that may not be absent; what it is, the message says.
    pub(super) fn required_text(&mut self, key: &'static str, what: &str) -> String {
        match self.read_text(key) {
            ValueType::Value(text) => text,
            ValueType::Absent => self.missing(key, what),
            ValueType::Reported => String::new(),
        }
    }

    pub(super) fn optional_text(&mut self, key: &'static str) -> Option<String> {
        match self.read_text(key) {
            ValueType::Value(text) => Some(text),
            ValueType::Absent | ValueType::Reported => None,
        }
    }

    pub(super) fn whole_number(&mut self, key: &'static str) -> Option<i64> {
        match self.typed(key, "a whole number without quotes", Value::as_integer) {
            ValueType::Value(number) => Some(number),
            ValueType::Absent | ValueType::Reported => None,
        }
    }

    /// As [`Self::whole_number`], of at most nine digits: no range of ours goes beyond.
    pub(super) fn small_number(&mut self, key: &'static str) -> Option<i32> {
        let number = self.whole_number(key)?;
        let small = i32::try_from(number).ok().filter(|small| small.unsigned_abs() < 1_000_000_000);
        if small.is_none() {
            self.problem(
                key,
                Some(number.to_string()),
                "is out of range: a number here has at most nine digits",
            );
        }
        small
    }

    pub(super) fn number(&mut self, key: &'static str, default: i32) -> i32 {
        self.small_number(key).unwrap_or(default)
    }

    /// How many, or which; of a count that is no `u8`, the message says what it may be.
    pub(super) fn count_or_names(
        &mut self,
        key: &'static str,
        default: u8,
        allowed: &str,
    ) -> CountOrNames {
        let expected = "a whole number, or a list of texts, [\"…\", \"…\"]";
        let read = self.typed(key, expected, |value| match value {
            Value::Integer(count) => Some(Err(*count)),
            other => texts_of(other).map(Ok),
        });
        match read {
            ValueType::Value(Ok(names)) => CountOrNames::Names(names),
            ValueType::Value(Err(count)) => {
                CountOrNames::Count(u8::try_from(count).unwrap_or_else(|_| {
                    self.problem(key, Some(count.to_string()), allowed);
                    default
                }))
            }
            ValueType::Absent | ValueType::Reported => CountOrNames::Count(default),
        }
    }

    pub(super) fn flag(&mut self, key: &'static str, default: bool) -> bool {
        match self.typed(key, "true or false, without quotes", Value::as_bool) {
            ValueType::Value(flag) => flag,
            ValueType::Absent | ValueType::Reported => default,
        }
    }

    /// A list of texts that may be left out.
    pub(super) fn texts(&mut self, key: &'static str) -> Vec<String> {
        match self.list(key) {
            ValueType::Value(texts) => texts,
            ValueType::Absent | ValueType::Reported => Vec::new(),
        }
    }

    /// A list of texts that may not be absent; what it is, the message says.
    pub(super) fn required_texts(&mut self, key: &'static str, what: &str) -> Vec<String> {
        match self.list(key) {
            ValueType::Value(texts) => texts,
            ValueType::Absent => self.missing(key, what),
            ValueType::Reported => Vec::new(),
        }
    }

    pub(super) fn choice<T: Choice>(&mut self, key: &'static str, default: T) -> T {
        self.optional_choice(key).unwrap_or(default)
    }

    pub(super) fn optional_choice<T: Choice>(&mut self, key: &'static str) -> Option<T> {
        let expected = format!("one of {}", T::allowed());
        let in_quotes = format!("{expected}, in quotes");
        let ValueType::Value(word) =
            self.typed(key, &in_quotes, |value| value.as_str().map(str::to_owned))
        else {
            return None;
        };
        let choice = T::from_word(&word);
        if choice.is_none() {
            self.problem(key, Some(format!("{word:?}")), format!("must be {expected}"));
        }
        choice
    }

    /// Reports the keys that nobody asked for.
    pub(super) fn finish(mut self) {
        for (key, value) in std::mem::take(&mut self.table) {
            self.problem(&key, Some(value.to_string()), unknown_key(&key, &self.asked));
        }
    }

    fn read_text(&mut self, key: &'static str) -> ValueType<String> {
        self.typed(key, "a text in quotes", |value| value.as_str().map(str::to_owned))
    }

    fn list(&mut self, key: &'static str) -> ValueType<Vec<String>> {
        self.typed(key, "a list of texts, [\"…\", \"…\"]", texts_of)
    }

    fn typed<T>(
        &mut self,
        key: &'static str,
        expected: &str,
        convert: impl FnOnce(&Value) -> Option<T>,
    ) -> ValueType<T> {
        self.asked.push(key);
        let Some(value) = self.table.remove(key) else { return ValueType::Absent };
        if let Some(converted) = convert(&value) {
            return ValueType::Value(converted);
        }
        self.problem(key, Some(value.to_string()), format!("must be {expected}"));
        ValueType::Reported
    }

    fn missing<T: Default>(&mut self, key: &str, what: &str) -> T {
        if !self.unreadable {
            self.problem(key, None, format!("is required and missing: {what}"));
        }
        T::default()
    }

    fn problem(&mut self, key: &str, value: Option<String>, message: impl Into<String>) {
        let key = format!("{}.{key}", self.section);
        self.problems.push(ConfigProblem::new(&key, value, message));
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

/// What a table has for a key.
enum ValueType<T> {
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
