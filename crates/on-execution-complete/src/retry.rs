//! Files that were busy are copied again once, by an execution limited to them. Pure.
//!
//! Includes take no path literally: `*`, `|` and `\` have a meaning there (DataSync User Guide,
//! "Filtering data").

use domain::limits::Limits;
use domain::records::class::Class;

use crate::items::Item;

/// The include patterns of the retry run; none when there should be no such run: something else
/// went wrong too, or it is too much for an accident. `items` is all that went wrong.
pub(crate) fn includes(items: &[Item], limits: &Limits) -> Vec<String> {
    let busy = items.iter().all(|item| item.class == Class::BusyFile);
    if items.is_empty() || !busy {
        return Vec::new();
    }
    let mut patterns: Vec<String> = without_folders(items).into_iter().map(pattern).collect();
    patterns.sort();
    patterns.dedup();
    // With a `|` between each two.
    let characters: usize = patterns.iter().map(|pattern| pattern.chars().count() + 1).sum();
    let too_much = patterns.len() > limits.max_retried_files
        || characters > limits.max_retry_filter_characters;
    // A changed root is no file to copy again, and its pattern would be everything.
    let everything = patterns.iter().any(|pattern| pattern == "/");
    if too_much || everything { Vec::new() } else { patterns }
}

/// The paths without directories above others of them. A directory's time changes with what comes
/// and goes in it, and its pattern would be everything below: the next whole run brings it up to
/// date.
fn without_folders(items: &[Item]) -> Vec<&str> {
    let with_slash = |path: &str| format!("{}/", path.trim_end_matches('/'));
    let mut paths: Vec<&str> = items.iter().map(|item| item.path.as_str()).collect();
    // What is below a directory then follows it at once.
    paths.sort_by_cached_key(|path| with_slash(path));
    paths.dedup();
    let next_of = paths.iter().skip(1).map(Some).chain([None]);
    let kept = paths.iter().zip(next_of);
    kept.filter(|(path, next)| !next.is_some_and(|next| next.starts_with(&with_slash(path))))
        .map(|(path, _)| *path)
        .collect()
}

fn pattern(path: &str) -> String {
    let mut pattern = String::with_capacity(path.len());
    for c in path.chars() {
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

    fn items(paths: &[&str], class: Class) -> Vec<Item> {
        paths.iter().map(|path| Item { path: (*path).to_owned(), ..Item::of(class) }).collect()
    }

    #[test]
    fn each_file_is_one_literal_pattern() {
        let found = items(&["/b", r"/a*|\", "/b"], Class::BusyFile);
        assert_eq!(includes(&found, &Limits::default()), [r"/a\*\|\\", "/b"]);
    }

    #[test]
    fn a_directory_above_a_busy_file_is_left_to_the_next_run() {
        for (paths, patterns) in [
            (vec!["/", "/d", "/d/x"], vec!["/d/x"]),
            (vec!["/d", "/d-", "/d-x/y", "/d/e", "/d/e/f"], vec!["/d-", "/d-x/y", "/d/e/f"]),
            (vec!["/d", "/dx"], vec!["/d", "/dx"]),
            (vec!["/", "/x"], vec!["/x"]),
        ] {
            assert_eq!(
                includes(&items(&paths, Class::BusyFile), &Limits::default()),
                patterns,
                "{paths:?}"
            );
        }
    }

    #[test]
    fn when_there_is_no_retry() {
        let limits =
            Limits { max_retried_files: 2, max_retry_filter_characters: 12, ..Limits::default() };
        for (found, retries) in [
            (items(&["/a", "/b"], Class::BusyFile), 2),
            (items(&["/a", "/b", "/c"], Class::BusyFile), 0),
            (items(&["/12345", "/1234"], Class::BusyFile), 0),
            (items(&["/12345", "/123"], Class::BusyFile), 2),
            (items(&["/a"], Class::Permission), 0),
            (items(&["/"], Class::BusyFile), 0),
            (items(&[], Class::BusyFile), 0),
        ] {
            assert_eq!(includes(&found, &limits).len(), retries, "{found:?}");
        }
    }
}
