//! A count of paths, and the first ones with a reason.

use domain::printable::escape_unprintable;
use serde::Serialize;

/// A count and its first paths.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct PathList {
    pub count: u64,
    /// The first paths, as `path: reason`.
    pub first: Vec<String>,
    /// The number of paths that are kept.
    #[serde(skip)]
    limit: usize,
}

impl PathList {
    pub(super) fn with_limit(limit: usize) -> Self {
        Self { count: 0, first: Vec::new(), limit }
    }

    pub(super) fn add_path(&mut self, path: &str, why: &str) {
        self.count += 1;
        if self.first.len() < self.limit {
            self.first.push(format!("/{path}: {why}"));
        }
    }

    /// Returns no lines if the list is empty.
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
