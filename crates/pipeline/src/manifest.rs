//! The list of files that an execution is limited to, from a list as people write it: a path a line.
//!
//! Source: DataSync User Guide, "Specifying what DataSync transfers by using a manifest": files and no directories, each
//! once, relative to the source location.

use std::collections::HashSet;

/// A manifest in DataSync's CSV. Paths are as below the source's folder, with or without a `/` before them; empty lines
/// are left out.
///
/// # Errors
/// With the first line that DataSync would refuse, and why.
pub fn of_paths(text: &str) -> Result<String, ManifestError> {
    let mut seen = HashSet::new();
    let mut manifest = String::new();
    for (index, line) in text.lines().enumerate() {
        let path = line.strip_suffix('\r').unwrap_or(line).trim_start_matches('/');
        if path.is_empty() {
            continue;
        }
        let wrong = |why| ManifestError::Line { number: index + 1, path: path.to_owned(), why };
        if path.ends_with('/') {
            return Err(wrong("names a directory: a manifest names files; `--include` takes directories"));
        }
        if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(wrong("is no path below the source: `.`, `..` and `//` may not be in it"));
        }
        if !seen.insert(path) {
            return Err(wrong("stands there twice"));
        }
        manifest.extend([&field(path), "\n"]);
    }
    if manifest.is_empty() { Err(ManifestError::Empty) } else { Ok(manifest) }
}

/// A field of the CSV, quoted as RFC 4180 says where it has to be.
pub(crate) fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) || text.trim() != text {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// Why a list can't be a manifest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    #[error("line {number}, `{path}`, {why}")]
    Line { number: usize, path: String, why: &'static str },
    #[error("it names no file")]
    Empty,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_paths_become_manifests() {
        for (text, expected) in [
            ("a\n/b/c d.txt\r\n\n", Ok("a\nb/c d.txt\n")),
            ("a,b\n\"q\"\n", Ok("\"a,b\"\n\"\"\"q\"\"\"\n")),
            ("", Err("it names no file")),
            ("a\nb/\n", Err("line 2, `b/`, names a directory: a manifest names files; `--include` takes directories")),
            ("a/../b", Err("line 1, `a/../b`, is no path below the source: `.`, `..` and `//` may not be in it")),
            ("a\n/a\n", Err("line 2, `a`, stands there twice")),
        ] {
            let found = of_paths(text).map_err(|error| error.to_string());
            assert_eq!(found, expected.map(str::to_owned).map_err(str::to_owned), "{text:?}");
        }
    }
}
