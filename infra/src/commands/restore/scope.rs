//! The files and directories that a restore is limited to: paths, or the beginning of paths.

use anyhow::{Result, anyhow};

use crate::cli::RestoreArguments;
use crate::hint::WithHint;

/// A listing that a restore needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ScopePart {
    /// The path of a file, which the prefix does not list.
    pub file: Option<String>,
    /// The beginning of paths.
    pub prefix: String,
}

/// The parts of a restore, and their text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RestoreScope {
    pub parts: Vec<ScopePart>,
    /// The part of the restore's id that stands for the scope.
    pub id_text: String,
}

impl RestoreScope {
    /// Returns the scope of the arguments. A path within another one is left out.
    pub(super) fn from_arguments(arguments: &RestoreArguments) -> Result<Self> {
        if arguments.paths.is_empty() {
            let prefix = arguments.prefix.trim_start_matches('/').to_owned();
            let part = ScopePart { file: None, prefix: prefix.clone() };
            return Ok(Self { parts: vec![part], id_text: prefix });
        }
        let mut paths = Vec::new();
        for path in &arguments.paths {
            paths.push(normalize_path(path)?);
        }
        paths.sort();
        let mut outer: Vec<String> = Vec::new();
        for path in paths {
            if !outer.iter().any(|above| contains_path(above, &path)) {
                outer.push(path);
            }
        }
        let id_text = format!("paths\n{}", outer.join("\n"));
        Ok(Self { parts: outer.into_iter().map(ScopePart::of_path).collect(), id_text })
    }

    /// Returns the paths or the prefix for people; empty without a limit.
    pub(super) fn to_text(&self) -> String {
        let shown = self.parts.iter().map(ScopePart::to_text).filter(|text| !text.is_empty());
        shown.map(|text| format!("`{text}`")).collect::<Vec<_>>().join(", ")
    }
}

impl ScopePart {
    fn of_path(path: String) -> Self {
        let is_directory = path.ends_with('/');
        let prefix = if is_directory { path.clone() } else { format!("{path}/") };
        Self { file: (!is_directory).then_some(path), prefix }
    }

    /// Whether it is a file or a directory, and not the beginning of paths.
    pub(super) fn is_path(&self) -> bool {
        self.file.is_some() || self.prefix.ends_with('/')
    }

    pub(super) fn to_text(&self) -> String {
        self.file.as_ref().unwrap_or(&self.prefix).clone()
    }
}

/// Whether the path is the same as the one above, or lies below it.
fn contains_path(above: &str, path: &str) -> bool {
    let directory = above.trim_end_matches('/');
    let rest = path.strip_prefix(directory);
    path == above || rest.is_some_and(|rest| rest.starts_with('/'))
}

fn normalize_path(path: &str) -> Result<String> {
    let inner = path.trim_start_matches('/');
    let names = inner.trim_end_matches('/');
    if names.split('/').any(|name| matches!(name, "" | "." | "..")) {
        return Err(anyhow!("`{path}` is no path below the source directory"))
            .with_hint("give a file or a directory as `department/report.txt`, without . and ..");
    }
    Ok(if inner.ends_with('/') { format!("{names}/") } else { names.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope_of(paths: &[&str], prefix: &str) -> Result<RestoreScope> {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        let prefix = prefix.to_owned();
        RestoreScope::from_arguments(&RestoreArguments {
            paths,
            prefix,
            ..RestoreArguments::default()
        })
    }

    #[test]
    fn a_path_is_a_file_or_a_directory_and_a_prefix_is_a_string() {
        let parts = |paths: &[&str], prefix| {
            let parts = scope_of(paths, prefix).unwrap().parts.into_iter();
            parts.map(|part| (part.file.unwrap_or_default(), part.prefix)).collect::<Vec<_>>()
        };
        let part = |file: &str, prefix: &str| (file.to_owned(), prefix.to_owned());
        assert_eq!(parts(&["load/f1"], ""), [part("load/f1", "load/f1/")]);
        assert_eq!(parts(&["/load/"], ""), [part("", "load/")]);
        assert_eq!(parts(&[], "/load/f1"), [part("", "load/f1")]);
        assert_eq!(parts(&[], ""), [part("", "")]);
        let two = [part("a", "a/"), part("ab", "ab/")];
        assert_eq!(parts(&["ab", "a", "a/b", "a", "a/"], ""), two, "paths within others");
    }

    #[test]
    fn each_scope_has_an_id_of_its_own_and_no_empty_name() {
        let ids = [scope_of(&["a"], ""), scope_of(&["a/"], ""), scope_of(&[], "a")];
        let ids = ids.map(|scope| scope.unwrap().id_text);
        assert_eq!(ids, ["paths\na", "paths\na/", "a"]);
        for wrong in ["", "/", "a//b", "../a", "a/./b"] {
            assert!(scope_of(&[wrong], "").is_err(), "{wrong}");
        }
    }
}
