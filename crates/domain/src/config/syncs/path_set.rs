//! The sets of paths that filter patterns match. Pure.
//!
//! Source: DataSync User Guide, "Transferring specific files, objects, and folders by using
//! filters": a filter is relative to the location; `/dir` is the directory and its content; `*`
//! stands for any characters, `/` among them, as `*/folder-to-exclude` "at any level" shows.

/// The paths that begin with a text or, if `exact`, the path itself and everything below it.
///
/// Two of them have a path in common only if one contains the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PathSet {
    text: String,
    exact: bool,
}

impl PathSet {
    /// The paths that a pattern matches; `None` where that is in doubt: `\` escapes a character by
    /// the guide's table, which has no example, and `*` elsewhere than at the end matches no plain
    /// set.
    pub(super) fn of_pattern(pattern: &str) -> Option<Self> {
        let (text, exact) = match pattern.strip_suffix('*') {
            Some(text) => (text, false),
            None => (pattern.strip_suffix('/').unwrap_or(pattern), true),
        };
        let is_plain = pattern.starts_with('/') && !text.contains(['*', '\\']);
        // `/` alone is everything.
        let exact = exact && !text.is_empty();
        is_plain.then(|| Self { text: text.to_owned(), exact })
    }

    /// Everything in a directory, without the directory itself. It ends in `/`.
    pub(super) fn content_of(directory: &str) -> Self {
        Self { text: directory.to_owned(), exact: false }
    }

    pub(super) fn contains_all(&self, other: &Self) -> bool {
        if !self.exact {
            return other.text.starts_with(&self.text);
        }
        let below = other.text.strip_prefix(&self.text);
        below.is_some_and(|below| below.starts_with('/') || (below.is_empty() && other.exact))
    }

    /// The same paths as another location sees them, whose top is this one's `place`. It begins and
    /// ends with `/`.
    pub(super) fn seen_below(&self, place: &str) -> Self {
        if self.text.is_empty() {
            return Self::content_of(place);
        }
        Self { text: format!("{}{}", place.trim_end_matches('/'), self.text), exact: self.exact }
    }
}
