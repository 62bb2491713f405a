//! The problems of a `stack.toml`, all reported at once: each with line, key, value and the allowed
//! values.

use std::fmt;

/// Longer values are cut where they are shown: a filter may have 100,000 characters.
const SHOWN_CHARACTERS: usize = 100;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    /// `task.verify_mode`; empty when the text is no TOML at all.
    pub key: String,
    /// The value as written.
    pub value: Option<String>,
    /// Counted from 1; `None` for a key that the text leaves out.
    pub line: Option<usize>,
    /// Other keys that have a part in it.
    pub with: Vec<String>,
    /// The allowed values, and the reason.
    pub message: String,
}

impl ConfigProblem {
    pub(super) fn new(key: &str, value: Option<String>, message: impl Into<String>) -> Self {
        Self { key: key.to_owned(), value, line: None, with: Vec::new(), message: message.into() }
    }
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        match (&self.key, &self.value) {
            (key, _) if key.is_empty() => {}
            (key, Some(value)) => write!(f, "{key} = {}: ", shorten_value(value))?,
            (key, None) => write!(f, "{key}: ")?,
        }
        f.write_str(&self.message)
    }
}

fn shorten_value(value: &str) -> String {
    if value.chars().count() <= SHOWN_CHARACTERS {
        return value.to_owned();
    }
    value.chars().take(SHOWN_CHARACTERS).chain(['…']).collect()
}

/// All that is wrong; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblems(pub Vec<ConfigProblem>);

impl fmt::Display for ConfigProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (noun, these) =
            if self.0.len() == 1 { ("problem", "it") } else { ("problems", "them") };
        write!(f, "{} {noun} in the configuration", self.0.len())?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  - {problem}"))?;
        write!(f, "\nnext: correct {these} and run the command again; ")?;
        f.write_str("`efs-s3 init --config example.toml` writes an example with every key")
    }
}

impl std::error::Error for ConfigProblems {}
