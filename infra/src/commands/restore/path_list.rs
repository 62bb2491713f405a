//! Paths of which people are told: how many, and the first ones with the reason.

use domain::printable::escape_unprintable;
use serde::Serialize;

use super::SHOWN;

/// A count and its first paths.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct PathList {
    pub count: u64,
    /// `path: why`.
    pub first: Vec<String>,
}

impl PathList {
    pub(super) fn add_path(&mut self, path: &str, why: &str) {
        self.count += 1;
        if self.first.len() < SHOWN {
            self.first.push(format!("/{path}: {why}"));
        }
    }

    /// Nothing where there is nothing to tell.
    pub(super) fn text_lines(&self, what: &str) -> Vec<String> {
        if self.count == 0 {
            return Vec::new();
        }
        let mut lines = vec![format!("{} {what}:", self.count)];
        lines.extend(self.first.iter().map(|line| format!("  {}", escape_unprintable(line))));
        let more = self.count.saturating_sub(self.first.len() as u64);
        if more > 0 {
            lines.push(format!("  … and {more} more"));
        }
        lines
    }
}
