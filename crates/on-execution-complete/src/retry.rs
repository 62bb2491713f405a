//! The retry of busy files: they are copied again once, by an execution limited to them. Pure.
//!
//! Include patterns are not literal paths: `*`, `|` and `\` have a meaning there (DataSync User
//! Guide, "Filtering data").

use domain::limits::Limits;
use domain::records::class::Class;

use crate::file_issues::FileIssue;

/// The include patterns of the retry. They are empty if there is to be no retry: other issues exist
/// as well, or there are too many files. `issues` are all issues of the execution.
pub(crate) fn retry_includes(issues: &[FileIssue], limits: &Limits) -> Vec<String> {
    let all_busy = issues.iter().all(|issue| issue.class == Class::BusyFile);
    if issues.is_empty() || !all_busy {
        return Vec::new();
    }
    let mut patterns: Vec<String> =
        without_parents(issues).into_iter().map(escape_pattern).collect();
    patterns.sort();
    patterns.dedup();
    // DataSync joins them with `|`.
    let characters: usize = patterns.iter().map(|pattern| pattern.chars().count() + 1).sum();
    let too_much = patterns.len() > limits.max_retried_files
        || characters > limits.max_retry_filter_characters;
    // The root is not a file to copy again, and its pattern would match everything.
    let everything = patterns.iter().any(|pattern| pattern == "/");
    if too_much || everything { Vec::new() } else { patterns }
}

/// The paths, without directories that contain others of them. The time of a directory changes with
/// its content, and its pattern would match everything below it: the next full execution updates
/// it.
fn without_parents(issues: &[FileIssue]) -> Vec<&str> {
    let with_slash = |path: &str| format!("{}/", path.trim_end_matches('/'));
    let mut paths: Vec<&str> = issues.iter().map(|issue| issue.path.as_str()).collect();
    // The content of a directory then follows it directly.
    paths.sort_by_cached_key(|path| with_slash(path));
    paths.dedup();
    let next_of = paths.iter().skip(1).map(Some).chain([None]);
    let kept = paths.iter().zip(next_of);
    kept.filter(|(path, next)| !next.is_some_and(|next| next.starts_with(&with_slash(path))))
        .map(|(path, _)| *path)
        .collect()
}

fn escape_pattern(path: &str) -> String {
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

    fn issues(paths: &[&str], class: Class) -> Vec<FileIssue> {
        paths
            .iter()
            .map(|path| FileIssue { path: (*path).to_owned(), ..FileIssue::with_class(class) })
            .collect()
    }

    #[test]
    fn each_file_is_one_literal_pattern() {
        let found = issues(&["/b", r"/a*|\", "/b"], Class::BusyFile);
        assert_eq!(retry_includes(&found, &Limits::default()), [r"/a\*\|\\", "/b"]);
    }

    #[test]
    fn a_directory_above_a_busy_file_is_left_to_the_next_execution() {
        for (paths, patterns) in [
            (vec!["/", "/d", "/d/x"], vec!["/d/x"]),
            (vec!["/d", "/d-", "/d-x/y", "/d/e", "/d/e/f"], vec!["/d-", "/d-x/y", "/d/e/f"]),
            (vec!["/d", "/dx"], vec!["/d", "/dx"]),
            (vec!["/", "/x"], vec!["/x"]),
        ] {
            assert_eq!(
                retry_includes(&issues(&paths, Class::BusyFile), &Limits::default()),
                patterns,
                "{paths:?}"
            );
        }
    }

    #[test]
    fn no_retry_for_too_many_files_or_other_issues() {
        let limits =
            Limits { max_retried_files: 2, max_retry_filter_characters: 12, ..Limits::default() };
        for (found, retries) in [
            (issues(&["/a", "/b"], Class::BusyFile), 2),
            (issues(&["/a", "/b", "/c"], Class::BusyFile), 0),
            (issues(&["/12345", "/1234"], Class::BusyFile), 0),
            (issues(&["/12345", "/123"], Class::BusyFile), 2),
            (issues(&["/a"], Class::Permission), 0),
            (issues(&["/"], Class::BusyFile), 0),
            (issues(&[], Class::BusyFile), 0),
        ] {
            assert_eq!(retry_includes(&found, &limits).len(), retries, "{found:?}");
        }
    }
}
