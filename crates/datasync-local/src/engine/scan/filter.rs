//! Include and exclude filters (DataSync User Guide, "Filtering"): patterns joined by `|`, relative
//! to the location's root. `*` matches across directories, and a directory stands for everything
//! below it.

use crate::state::FilterRule;

/// The names that DataSync excludes by itself at any depth; each begins with a dot.
const BUILT_IN: [&str; 4] = [".aws-datasync", ".awssync", ".snapshot", ".zfs"];

/// The patterns of one filter list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilterList(Vec<FilterPattern>);

/// The includes and excludes of an execution. Excludes win where both match; that is a guess, no
/// source says it.
#[derive(Clone, Debug, Default)]
pub(crate) struct FilterSet {
    includes: Option<FilterList>,
    excludes: FilterList,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct FilterPattern(Vec<Token>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Byte(u8),
    /// Any number of any characters, including `/`.
    Star,
}

impl FilterList {
    /// The list of exclude patterns, with `*` anywhere.
    #[must_use]
    pub fn from_excludes(rules: &[FilterRule]) -> Self {
        Self(rules.iter().flat_map(|rule| parse_patterns(&rule.value)).collect())
    }

    /// The list of include patterns, with `*` only at the end.
    ///
    /// # Errors
    /// [`FilterError`] when a `*` stands elsewhere.
    pub fn from_includes(rules: &[FilterRule]) -> Result<Self, FilterError> {
        let filter = Self::from_excludes(rules);
        for (pattern, rule) in filter.0.iter().zip(rules.iter().cycle()) {
            let inner = pattern.0.split_last().map_or(&[][..], |(_, inner)| inner);
            if inner.contains(&Token::Star) {
                return Err(FilterError { value: rule.value.clone() });
            }
        }
        Ok(filter)
    }

    /// Whether a pattern matches the path (`/a/b`) itself or a directory above it.
    #[must_use]
    pub fn matches_path(&self, path: &str) -> bool {
        self.0.iter().any(|pattern| pattern.matches_path(path.as_bytes()))
    }
}

impl FilterSet {
    pub(crate) fn new(
        includes: &[FilterRule],
        excludes: &[FilterRule],
    ) -> Result<Self, FilterError> {
        let includes =
            if includes.is_empty() { None } else { Some(FilterList::from_includes(includes)?) };
        Ok(Self { includes, excludes: FilterList::from_excludes(excludes) })
    }

    /// Whether the item at `path` (`/a/b`) is copied.
    pub(crate) fn admits(&self, path: &str) -> bool {
        !self.excludes_path(path) && self.includes_path(path)
    }

    /// Whether an include pattern, or the lack of any, includes the item at `path`.
    pub(crate) fn includes_path(&self, path: &str) -> bool {
        self.includes.as_ref().is_none_or(|includes| includes.matches_path(path))
    }

    /// Whether the item at `path` is excluded with everything below it.
    pub(crate) fn excludes_path(&self, path: &str) -> bool {
        path.split('/').any(|name| name.starts_with('.') && BUILT_IN.contains(&name))
            || self.excludes.matches_path(path)
    }
}

/// Splits a value at unescaped `|`. A `\` escapes the character behind it.
fn parse_patterns(value: &str) -> Vec<FilterPattern> {
    let mut found = vec![Vec::new()];
    let mut bytes = value.bytes();
    while let Some(byte) = bytes.next() {
        let token = match byte {
            b'\\' => Token::Byte(bytes.next().unwrap_or(b'\\')),
            b'*' => Token::Star,
            b'|' => {
                found.push(Vec::new());
                continue;
            }
            other => Token::Byte(other),
        };
        if let Some(last) = found.last_mut() {
            last.push(token);
        }
    }
    found.into_iter().filter(|tokens| !tokens.is_empty()).map(FilterPattern::new).collect()
}

impl FilterPattern {
    /// The pattern of these tokens: `/dir/` is `/dir`, and a pattern that begins with neither `/`
    /// nor `*` begins at the root.
    fn new(mut tokens: Vec<Token>) -> Self {
        if tokens.len() > 1 && tokens.last() == Some(&Token::Byte(b'/')) {
            tokens.pop();
        }
        if !matches!(tokens.first(), Some(Token::Star | Token::Byte(b'/'))) {
            tokens.insert(0, Token::Byte(b'/'));
        }
        Self(tokens)
    }

    fn matches_path(&self, path: &[u8]) -> bool {
        let directories = path
            .iter()
            .enumerate()
            .filter(|(at, byte)| **byte == b'/' && *at > 0)
            .map(|(at, _)| at);
        self.matches_whole(path)
            || directories.into_iter().any(|end| self.matches_whole(&path[..end]))
    }

    /// Whether the pattern matches the whole text. The match goes back to the last star only, so
    /// its time is at most the product of the two lengths.
    fn matches_whole(&self, text: &[u8]) -> bool {
        let (mut at, mut token) = (0, 0);
        let mut last_star = None;
        while at < text.len() {
            match self.0.get(token) {
                Some(Token::Star) => {
                    last_star = Some((token, at));
                    token += 1;
                }
                Some(Token::Byte(byte)) if *byte == text[at] => {
                    at += 1;
                    token += 1;
                }
                _ => {
                    let Some((star, from)) = last_star else { return false };
                    last_star = Some((star, from + 1));
                    at = from + 1;
                    token = star + 1;
                }
            }
        }
        self.0[token..].iter().all(|rest| *rest == Token::Star)
    }
}

/// An include filter that DataSync refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "Include filter {value} is invalid: the wildcard * is supported only as the rightmost \
        character of a pattern."
)]
pub struct FilterError {
    value: String,
}

#[cfg(test)]
mod tests;
