//! The patterns of DataSync's include and exclude filters.
//!
//! Source: DataSync User Guide, "Filtering data": patterns begin with `/` at the top of the source,
//! `|` separates them, `\` takes the meaning off `*`, `|` and itself; an include pattern has `*`
//! only as its last character.

/// DataSync's limit on one filter, all patterns and the `|` between them included (API:
/// `FilterRule.Value`).
pub(crate) const MAX_CHARACTERS: usize = 102_400;

/// Which of the two filters a pattern is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FilterKind {
    Include,
    Exclude,
}

/// Checks a pattern. The error has the reason and the solution.
pub(super) fn check_pattern(
    filter: FilterKind,
    pattern: &str,
) -> Result<(), (&'static str, &'static str)> {
    if pattern.is_empty() || pattern.contains('\0') {
        let reason = "must not be empty or contain the character NUL: a rule of DataSync";
        return Err((reason, "remove it"));
    }
    if first_unescaped(pattern, '|').is_some() {
        let reason = "must be one pattern: | separates patterns";
        return Err((reason, "write two entries, or \\| for the character itself"));
    }
    check_place(filter, pattern)
}

fn check_place(filter: FilterKind, pattern: &str) -> Result<(), (&'static str, &'static str)> {
    let star = first_unescaped(pattern, '*');
    match filter {
        FilterKind::Include if !pattern.starts_with('/') => {
            let reason = "must begin with / (the top of the source): a rule of DataSync for \
                include patterns";
            Err((reason, "write the whole path"))
        }
        FilterKind::Include if star.is_some_and(|at| at + 1 < pattern.len()) => {
            let reason = "must contain * only as the last character: a rule of DataSync for \
                include patterns";
            Err((reason, "shorten it, and exclude the paths that are too many"))
        }
        FilterKind::Exclude if !pattern.starts_with(['/', '*']) => {
            let reason = "must begin with / (the top of the source) or with * (anywhere): \
                DataSync matches whole paths";
            Err((reason, "begin it with one of them"))
        }
        _ => Ok(()),
    }
}

/// Checks the total length of the patterns of a filter.
pub(super) fn check_length(patterns: &[String]) -> Result<(), String> {
    let characters = patterns.join("|").chars().count();
    if characters <= MAX_CHARACTERS {
        return Ok(());
    }
    Err(format!(
        "must be at most 102,400 characters with a | between patterns, which is DataSync's limit, \
            not {characters}"
    ))
}

/// The position of the first `sign` that is not escaped by `\`.
fn first_unescaped(pattern: &str, sign: char) -> Option<usize> {
    let mut escaped = false;
    let found = pattern.char_indices().find(|(_, c)| {
        let found = *c == sign && !escaped;
        escaped = *c == '\\' && !escaped;
        found
    });
    found.map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_datasync_takes() {
        for (filter, pattern) in [
            (FilterKind::Include, "/"),
            (FilterKind::Include, "/documents*"),
            (FilterKind::Include, "/with space/ä"),
            (FilterKind::Include, r"/a\*b"),
            (FilterKind::Include, r"/a\|b"),
            (FilterKind::Exclude, "/tmp"),
            (FilterKind::Exclude, "*.swp"),
            (FilterKind::Exclude, "*/.snapshot"),
            (FilterKind::Exclude, "/a*b*c"),
            (FilterKind::Exclude, r"/a\\"),
        ] {
            assert_eq!(check_pattern(filter, pattern), Ok(()), "{filter:?} {pattern}");
        }
    }

    #[test]
    fn what_datasync_refuses() {
        for (filter, pattern) in [
            (FilterKind::Include, ""),
            (FilterKind::Include, "*.txt"),
            (FilterKind::Include, "documents"),
            (FilterKind::Include, "/a*b"),
            (FilterKind::Include, "/a**"),
            (FilterKind::Include, r"/a\\*b"),
            (FilterKind::Include, "/a|/b"),
            (FilterKind::Exclude, "tmp"),
            (FilterKind::Exclude, "/a|/b"),
            (FilterKind::Exclude, r"/a\\|/b"),
            (FilterKind::Exclude, "/a\0"),
        ] {
            assert!(check_pattern(filter, pattern).is_err(), "{filter:?} {pattern}");
        }
    }

    #[test]
    fn the_limit_counts_the_signs_between_patterns() {
        let half = "a".repeat(51_200);
        assert_eq!(check_length(&[half[1..].to_owned(), half.clone()]), Ok(()));
        assert!(check_length(&[half.clone(), half]).is_err());
    }
}
