//! Paths as filter patterns.

use crate::config::{TaskConfig, location_path};

/// Whether a pattern can stand for this path and for no other one: `*`, `|` and `\` have a meaning
/// in a filter, control characters can't be read in a configuration, and U+FFFD may stand for any
/// byte (DataSync User Guide, "Transferring specific files, objects, and folders by using filters",
/// "Special characters").
pub(super) fn is_nameable(path: &str) -> bool {
    !path.chars().any(|c| matches!(c, '*' | '|' | '\\' | '\u{fffd}') || c.is_control())
}

/// Whether the includes of a task reach the whole directory; none reach everything.
pub(super) fn is_included(task: &TaskConfig, directory: &str) -> bool {
    task.includes.is_empty() || task.includes.iter().any(|pattern| matches_all(pattern, directory))
}

/// Whether a task copies this item, by those of its patterns that say it without doubt. `path`
/// begins with `/`, and that of a directory ends in `/`.
#[must_use]
pub fn is_copied(task: &TaskConfig, path: &str) -> bool {
    let item = path.strip_suffix('/').unwrap_or(path);
    let may_include =
        |pattern: &String| matches_all(pattern, item) || !is_nameable(without_star(pattern));
    let is_included = task.includes.is_empty() || task.includes.iter().any(may_include);
    is_included && !task.excludes.iter().any(|pattern| matches_all(pattern, item))
}

fn without_star(pattern: &str) -> &str {
    pattern.strip_suffix('*').unwrap_or(pattern)
}

/// Whether a pattern matches a path or a directory above it, and thus everything below. In doubt it
/// does not.
fn matches_all(pattern: &str, path: &str) -> bool {
    if let Some(text) = pattern.strip_suffix('*') {
        return is_nameable(text) && path.starts_with(text);
    }
    let below = path.strip_prefix(pattern.trim_end_matches('/'));
    is_nameable(pattern) && below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
}

/// The excludes of a task as they read from the top of a directory in its source; `None` where a
/// pattern may mean something else there.
pub(super) fn excludes_below(task: &TaskConfig, directory: &str) -> Option<Vec<String>> {
    let mut kept = Vec::new();
    for pattern in &task.excludes {
        if let Some(anywhere) = pattern.strip_prefix('*') {
            let in_one_name = anywhere.strip_prefix('/').unwrap_or(anywhere);
            let is_plain = !in_one_name.is_empty() && !in_one_name.contains(['*', '/', '\\']);
            if !is_plain {
                return None;
            }
            kept.push(pattern.clone());
        } else if pattern.contains(['*', '\\']) {
            return None;
        } else if let Some(below) = pattern.strip_prefix(directory) {
            // The directory itself is copied, so `below` is not empty.
            kept.extend(below.starts_with('/').then(|| below.to_owned()));
        }
    }
    Some(kept)
}

/// The source and the prefix of a sync that copies this directory alone; `None` where no location
/// can have them.
pub(super) fn own_location(source: &str, prefix: &str, path: &str) -> Option<(String, String)> {
    let (source, prefix) = (format!("{source}{}/", &path[1..]), format!("{prefix}{}/", &path[1..]));
    let is_location = location_path::check_folder(&source).is_ok()
        && location_path::check_prefix(&prefix).is_ok();
    is_location.then_some((source, prefix))
}
