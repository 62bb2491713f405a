//! Include and exclude filters (DataSync User Guide, "Filtering"): patterns joined by `|`, relative
//! to the location's root, `*` across folders, a folder standing for all it holds.

use crate::state::FilterRule;

/// What DataSync leaves out by itself, as a name at any depth; each begins with a dot.
const BUILT_IN: [&str; 4] = [".aws-datasync", ".awssync", ".snapshot", ".zfs"];

/// The patterns of one filter list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter(Vec<Pattern>);

/// Includes and excludes of an execution. Excludes win where both match; that is a guess no source
/// settles.
#[derive(Clone, Debug, Default)]
pub(super) struct Filters {
    includes: Option<Filter>,
    excludes: Filter,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern(Vec<Token>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Byte(u8),
    /// Any number of any characters, `/` as well.
    Star,
}

impl Filter {
    /// Exclude patterns: `*` anywhere.
    #[must_use]
    pub fn excludes(rules: &[FilterRule]) -> Self {
        Self(rules.iter().flat_map(|rule| patterns(&rule.value)).collect())
    }

    /// Include patterns: `*` only at the end.
    ///
    /// # Errors
    /// [`FilterError`] when a `*` stands elsewhere.
    pub fn includes(rules: &[FilterRule]) -> Result<Self, FilterError> {
        let filter = Self::excludes(rules);
        for (pattern, rule) in filter.0.iter().zip(rules.iter().cycle()) {
            let inner = pattern.0.split_last().map_or(&[][..], |(_, inner)| inner);
            if inner.contains(&Token::Star) {
                return Err(FilterError { value: rule.value.clone() });
            }
        }
        Ok(filter)
    }

    /// Whether a pattern matches the path (`/a/b`) itself or a folder above it.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        self.0.iter().any(|pattern| pattern.matches(path.as_bytes()))
    }
}

impl Filters {
    pub(super) fn new(
        includes: &[FilterRule],
        excludes: &[FilterRule],
    ) -> Result<Self, FilterError> {
        let includes = if includes.is_empty() { None } else { Some(Filter::includes(includes)?) };
        Ok(Self { includes, excludes: Filter::excludes(excludes) })
    }

    /// Whether the item at `path` (`/a/b`) takes part.
    pub(super) fn admit(&self, path: &str) -> bool {
        !self.exclude(path) && self.include(path)
    }

    /// Whether the item at `path`, which is not left out, is asked for.
    pub(super) fn include(&self, path: &str) -> bool {
        self.includes.as_ref().is_none_or(|includes| includes.matches(path))
    }

    /// Whether the item at `path` and all below it is left out.
    pub(super) fn exclude(&self, path: &str) -> bool {
        path.split('/').any(|name| name.starts_with('.') && BUILT_IN.contains(&name))
            || self.excludes.matches(path)
    }
}

/// Splits at unescaped `|`. A `\` takes the character behind it as it is.
fn patterns(value: &str) -> Vec<Pattern> {
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
    found.into_iter().filter(|tokens| !tokens.is_empty()).map(Pattern::new).collect()
}

impl Pattern {
    /// `/dir/` is `/dir`; a pattern that begins with neither `/` nor `*` is taken from the root.
    fn new(mut tokens: Vec<Token>) -> Self {
        if tokens.len() > 1 && tokens.last() == Some(&Token::Byte(b'/')) {
            tokens.pop();
        }
        if !matches!(tokens.first(), Some(Token::Star | Token::Byte(b'/'))) {
            tokens.insert(0, Token::Byte(b'/'));
        }
        Self(tokens)
    }

    fn matches(&self, path: &[u8]) -> bool {
        let folders = path
            .iter()
            .enumerate()
            .filter(|(at, byte)| **byte == b'/' && *at > 0)
            .map(|(at, _)| at);
        self.matches_whole(path) || folders.into_iter().any(|end| self.matches_whole(&path[..end]))
    }

    /// Wildcard match that goes back to the last star only, so its time is at most the product of
    /// the two lengths.
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

/// An include filter DataSync does not take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "Include filter {value} is invalid: the wildcard * is supported only as the rightmost \
        character of a pattern."
)]
pub struct FilterError {
    value: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(value: &str) -> Vec<FilterRule> {
        if value.is_empty() {
            vec![]
        } else {
            vec![FilterRule { filter_type: None, value: value.into() }]
        }
    }

    #[test]
    fn filters_admit_as_documented() {
        for (includes, excludes, path, admitted) in [
            ("", "", "/a", true),
            ("", "/a", "/a", false),
            ("", "/a", "/a/b/c", false),
            ("", "/a/", "/a/b", false),
            ("", "/a", "/ab", true),
            ("", "a", "/a", false),
            ("", "*.tmp", "/x/y.tmp", false),
            ("", "*.tmp", "/x/y.tmp2", true),
            ("", "*/temp", "/x/y/temp/z", false),
            ("", "/a*|/b*", "/bcd/e", false),
            ("", "/a|/b", "/c", true),
            ("", r"/a\|b", "/a|b", false),
            ("", r"/a\|b", "/a", true),
            ("", r"/\*", "/*", false),
            ("", r"/\*", "/x", true),
            ("", "/A", "/a", true),
            ("/docs*|/code", "", "/docs-old/x", true),
            ("/docs*|/code", "", "/code/x/y", true),
            ("/docs*|/code", "", "/other", false),
            ("/docs*", "*.tmp", "/docs/a.tmp", false),
            ("", "", "/x/.snapshot/y", false),
            ("", "", "/.aws-datasync/y", false),
            ("", "", "/x.snapshot", true),
            ("", "*ü*", "/schön/ü", false),
        ] {
            let filters = Filters::new(&rules(includes), &rules(excludes)).unwrap();
            assert_eq!(filters.admit(path), admitted, "+{includes} -{excludes} {path}");
        }
    }

    #[test]
    fn an_include_takes_a_star_at_its_end_only() {
        assert!(Filter::includes(&rules("*.txt")).is_err());
        assert!(Filter::includes(&rules("/a*b")).is_err());
        assert!(Filter::includes(&rules(r"/a*|/b|/c\*d")).is_ok());
    }
}
