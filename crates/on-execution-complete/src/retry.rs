//! Files that were busy are copied again once, by an execution limited to them. Pure.
//!
//! Includes take no path literally: `*`, `|` and `\` have a meaning there (DataSync User Guide, "Filtering data").

use pipeline::limits::Limits;
use pipeline::records::class::Class;

use crate::items::Item;
use crate::reported::Reported;

/// The include patterns of the retry run; none when there should be no such run: because not all that went wrong is
/// known, something else went wrong too, or it is too much for an accident.
pub(crate) fn includes(reported: &Reported, limits: &Limits) -> Vec<String> {
    let items = &reported.items;
    let busy = items.iter().all(|item| item.class == Class::BusyFile);
    if items.is_empty() || !busy || !reported.is_whole() {
        return Vec::new();
    }
    let mut patterns: Vec<String> = items.iter().map(pattern).collect();
    patterns.sort();
    patterns.dedup();
    // With a `|` between each two.
    let characters: usize = patterns.iter().map(|pattern| pattern.chars().count() + 1).sum();
    let too_much = patterns.len() > limits.max_retried_files || characters > limits.max_retry_filter_characters;
    // A changed root is no file to copy again, and its pattern would be everything.
    let everything = patterns.iter().any(|pattern| pattern == "/");
    if too_much || everything { Vec::new() } else { patterns }
}

fn pattern(item: &Item) -> String {
    let mut pattern = String::with_capacity(item.path.len());
    for c in item.path.chars() {
        if matches!(c, '*' | '|' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::items::Step;

    fn reported(paths: &[&str], class: Class, unread_parts: usize) -> Reported {
        let item = |path: &&str| Item { path: (*path).to_owned(), class, why: String::new(), step: Step::Transfer };
        let items = paths.iter().map(item).collect();
        Reported { has_summary: true, items, unread_parts, ..Reported::default() }
    }

    #[test]
    fn each_file_is_one_literal_pattern() {
        let found = reported(&["/b", r"/a*|\", "/b"], Class::BusyFile, 0);
        assert_eq!(includes(&found, &Limits::default()), [r"/a\*\|\\", "/b"]);
    }

    #[test]
    fn when_there_is_no_retry() {
        let limits = Limits { max_retried_files: 2, max_retry_filter_characters: 12, ..Limits::default() };
        for (found, retries) in [
            (reported(&["/a", "/b"], Class::BusyFile, 0), 2),
            (reported(&["/a", "/b", "/c"], Class::BusyFile, 0), 0),
            (reported(&["/12345", "/1234"], Class::BusyFile, 0), 0),
            (reported(&["/12345", "/123"], Class::BusyFile, 0), 2),
            (reported(&["/a"], Class::BusyFile, 1), 0),
            (reported(&["/a"], Class::Permission, 0), 0),
            (reported(&["/"], Class::BusyFile, 0), 0),
            (reported(&[], Class::BusyFile, 0), 0),
        ] {
            assert_eq!(includes(&found, &limits).len(), retries, "{found:?}");
        }
    }
}
