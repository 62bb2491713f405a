//! Reads one TOML table key by key, collecting what is wrong instead of stopping at it.

use toml::{Table, Value};

use super::options::Choice;
use super::problem::ConfigProblem;

/// A table being read. Keys that nobody asked for are unknown.
pub(super) struct Reader<'a> {
    section: &'static str,
    table: Table,
    asked: Vec<&'static str>,
    problems: &'a mut Vec<ConfigProblem>,
}

impl<'a> Reader<'a> {
    /// Takes a section out of the document; one that is absent is empty.
    pub(super) fn section(document: &mut Table, section: &'static str, problems: &'a mut Vec<ConfigProblem>) -> Self {
        let table = match document.remove(section) {
            None => Table::new(),
            Some(Value::Table(table)) => table,
            Some(other) => {
                let message = format!("must be a table: write `[{section}]` on a line of its own");
                problems.push(ConfigProblem::new(section, Some(other.to_string()), message));
                Table::new()
            }
        };
        Self { section, table, asked: Vec::new(), problems }
    }

    pub(super) fn text(&mut self, key: &'static str, default: Option<&str>) -> String {
        match self.take(key) {
            Some(Value::String(text)) => text,
            Some(other) => self.wrong_type(key, &other, "a text in quotes"),
            None => self.or_missing(key, default.map(str::to_owned)),
        }
    }

    pub(super) fn whole_number(&mut self, key: &'static str, default: Option<i64>) -> Option<i64> {
        match self.take(key) {
            Some(Value::Integer(number)) => Some(number),
            Some(other) => self.wrong_type(key, &other, "a whole number without quotes"),
            None => default,
        }
    }

    pub(super) fn flag(&mut self, key: &'static str, default: bool) -> bool {
        match self.take(key) {
            Some(Value::Boolean(flag)) => flag,
            Some(other) => self.wrong_type(key, &other, "true or false, without quotes"),
            None => default,
        }
    }

    /// A list of texts; `required` ones may not be absent.
    pub(super) fn texts(&mut self, key: &'static str, required: bool) -> Vec<String> {
        match self.take(key) {
            Some(Value::Array(items)) if items.iter().all(Value::is_str) => {
                items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
            }
            Some(other) => self.wrong_type(key, &other, "a list of texts, [\"…\", \"…\"]"),
            None if required => self.or_missing(key, None),
            None => Vec::new(),
        }
    }

    pub(super) fn choice<T: Choice>(&mut self, key: &'static str, default: T) -> T {
        let word = self.text(key, Some(default.word()));
        match T::from_word(&word) {
            Some(choice) => choice,
            // A wrong type has been reported; it left an empty word.
            None if word.is_empty() => default,
            None => {
                self.problem(key, Some(format!("{word:?}")), format!("must be one of {}", T::allowed()));
                default
            }
        }
    }

    pub(super) fn problem(&mut self, key: &str, value: Option<String>, message: impl Into<String>) {
        let key = format!("{}.{key}", self.section);
        self.problems.push(ConfigProblem::new(&key, value, message));
    }

    /// Reports the keys that nobody asked for.
    pub(super) fn finish(self) {
        for (key, value) in &self.table {
            let message = unknown_key(key, &self.asked);
            let key = format!("{}.{key}", self.section);
            self.problems.push(ConfigProblem::new(&key, Some(value.to_string()), message));
        }
    }

    fn take(&mut self, key: &'static str) -> Option<Value> {
        self.asked.push(key);
        self.table.remove(key)
    }

    fn wrong_type<T: Default>(&mut self, key: &str, value: &Value, expected: &str) -> T {
        self.problem(key, Some(value.to_string()), format!("must be {expected}"));
        T::default()
    }

    fn or_missing<T: Default>(&mut self, key: &str, default: Option<T>) -> T {
        default.unwrap_or_else(|| {
            self.problem(key, None, "is required and missing");
            T::default()
        })
    }
}

/// "is no known key", with the nearest one if it looks like a slip of the keyboard.
pub(super) fn unknown_key(key: &str, known: &[&'static str]) -> String {
    let nearest = known.iter().min_by_key(|candidate| distance(key, candidate));
    match nearest {
        Some(nearest) if distance(key, nearest) <= 3 => format!("is no known key; did you mean `{nearest}`?"),
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
