//! A pattern of paths, as `locate` takes it: a part of the path, a shell pattern for the whole
//! path, or a regular expression.

use anyhow::{Context, Result};
use regex_lite::{Regex, RegexBuilder};

use crate::hint::WithHint;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(super) struct PathPattern {
    regex: Regex,
    /// Whether only the last part of the path is compared.
    by_name: bool,
    beginning: String,
}

impl PathPattern {
    /// Parses a shell pattern (POSIX, "Pattern Matching Notation"); `*` and `?` also stand for a
    /// slash. Without any of `*?[` it is a part of the path.
    pub(super) fn parse_shell(pattern: &str, by_name: bool) -> Result<Self> {
        let pattern = pattern.trim_start_matches('/');
        let first = pattern.find(['*', '?', '[', '\\']);
        let expression = match first {
            None => regex_lite::escape(pattern),
            Some(_) => format!("^{}$", shell_expression(pattern)),
        };
        let beginning = &pattern[..first.unwrap_or_default()];
        let beginning = if by_name { String::new() } else { beginning.to_owned() };
        Ok(Self { regex: compile_pattern(pattern, &expression)?, by_name, beginning })
    }

    /// Parses a regular expression, which matches anywhere in the path.
    pub(super) fn parse_regex(pattern: &str) -> Result<Self> {
        let regex = compile_pattern(pattern, pattern)?;
        Ok(Self { regex, by_name: false, beginning: String::new() })
    }

    /// Returns the beginning of every path that matches.
    pub(super) fn literal_beginning(&self) -> &str {
        &self.beginning
    }

    /// Whether a path matches; the slash at the end of a directory does not count.
    pub(super) fn matches_path(&self, path: &str) -> bool {
        let path = path.strip_suffix('/').unwrap_or(path);
        let name = path.rsplit('/').next().unwrap_or(path);
        self.regex.is_match(if self.by_name { name } else { path })
    }
}

fn compile_pattern(pattern: &str, expression: &str) -> Result<Regex> {
    // A file name may have line feeds.
    let regex = RegexBuilder::new(expression).dot_matches_new_line(true).build();
    regex.with_context(|| format!("reading the pattern `{pattern}`")).with_hint(
        "quote the pattern for the shell; without `--regex`, `*`, `?` and `[…]` stand for others",
    )
}

/// Returns the regular expression of a shell pattern.
fn shell_expression(pattern: &str) -> String {
    let mut expression = String::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let (part, remaining) = match c {
            '*' => (".*".to_owned(), after),
            '?' => (".".to_owned(), after),
            '[' => bracket_expression(after).unwrap_or_else(|| (regex_lite::escape("["), after)),
            '\\' => escaped_character(after),
            c => (regex_lite::escape(c.encode_utf8(&mut [0; 4])), after),
        };
        expression.push_str(&part);
        rest = remaining;
    }
    expression
}

fn escaped_character(after: &str) -> (String, &str) {
    let length = after.chars().next().map_or(0, char::len_utf8);
    match length {
        0 => (regex_lite::escape("\\"), after),
        length => (regex_lite::escape(&after[..length]), &after[length..]),
    }
}

/// Returns the class of a bracket expression and what follows it; `None` where no bracket closes
/// it.
fn bracket_expression(after: &str) -> Option<(String, &str)> {
    let (negation, inner) = match after.strip_prefix(['!', '^']) {
        Some(inner) => ("^", inner),
        None => ("", after),
    };
    // A bracket right after the first one stands for itself.
    let first = inner.chars().next()?.len_utf8();
    let end = first + inner[first..].find(']')?;
    let escaped: String = inner[..end].chars().map(escape_in_class).collect();
    Some((format!("[{negation}{escaped}]"), &inner[end + 1..]))
}

/// A dash stays what it is in both notations: a range, or itself at an end.
fn escape_in_class(c: char) -> String {
    match c {
        '[' | ']' | '\\' | '^' | '&' | '~' => format!("\\{c}"),
        c => c.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shell_patterns_match_the_whole_path_and_words_a_part() {
        for (pattern, path, by_path, by_name) in [
            ("report", "a/report-1.txt", true, true),
            ("a/rep", "a/report-1.txt", true, false),
            ("/a/rep", "a/report-1.txt", true, false),
            ("*.txt", "a/b.txt", true, true),
            ("*.txt", "a/b.txt.gz", false, false),
            ("b.*", "a/b.txt", false, true),
            ("a/*", "a/b/c", true, false),
            ("?.txt", "a/b.txt", false, true),
            ("[a-c].txt", "b.txt", true, true),
            ("[!a-c].txt", "b.txt", false, false),
            ("[]x]*", "]", true, true),
            ("*[b", "a[b", true, true),
            ("1+1=2 & (50%)*", "1+1=2 & (50%).txt", true, true),
            ("two*lines", "two\nlines", true, true),
            (r"\*", "*", true, true),
            (r"\*", "a", false, false),
            ("Größe*", "Größe – 漢字", true, true),
            ("deep", "a/deep/", true, true),
            ("a", "a/deep/", true, false),
        ] {
            let matches = [false, true].map(|by_name| {
                PathPattern::parse_shell(pattern, by_name).unwrap().matches_path(path)
            });
            assert_eq!(matches, [by_path, by_name], "{pattern} {path}");
        }
    }

    #[test]
    fn only_what_begins_as_the_pattern_is_listed() {
        for (pattern, by_name, beginning) in [
            ("department-1/*", false, "department-1/"),
            ("/a/b[0-9]", false, "a/b"),
            ("a/b*", true, ""),
            ("report", false, ""),
            ("*", false, ""),
        ] {
            let parsed = PathPattern::parse_shell(pattern, by_name).unwrap();
            assert_eq!(parsed.literal_beginning(), beginning, "{pattern}");
        }
    }

    #[test]
    fn a_regular_expression_matches_anywhere() {
        let pattern = PathPattern::parse_regex("^a/.*[.]txt$").unwrap();
        assert!(pattern.matches_path("a/b.txt") && !pattern.matches_path("b/a/b.txt"));
        let refused = PathPattern::parse_regex("(").unwrap_err();
        assert_eq!(refused.to_string(), "reading the pattern `(`");
    }
}
