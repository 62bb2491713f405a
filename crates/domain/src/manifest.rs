//! The list of files that an execution is limited to, from a list as people write it: a path a
//! line.
//!
//! Source: DataSync User Guide, "Transferring specific files or objects by using a manifest": files
//! and no directories, each once, relative to the source location. Lists have the grammar of
//! manifests, and one reader reads both.

mod reader;

use std::collections::HashSet;

pub use reader::{ManifestEntry, ManifestReader, ManifestSyntaxError};

/// A manifest in DataSync's CSV, from a list in the same CSV. Paths are as below the source's
/// folder, with or without a `/` before them; empty lines are left out.
///
/// # Errors
/// With the first line that DataSync would refuse, and why.
pub fn manifest_from_paths(text: &str) -> Result<String, ManifestError> {
    let (mut reader, mut entries) = (ManifestReader::default(), Vec::new());
    reader.read_bytes(text.as_bytes(), &mut entries)?;
    reader.finish(&mut entries)?;
    let mut seen = HashSet::new();
    let mut manifest = String::new();
    for entry in &entries {
        let path = entry.path.trim_start_matches('/');
        let wrong = |why| ManifestError::Line { number: entry.line, path: entry.path.clone(), why };
        if entry.version_id.is_some() {
            return Err(wrong(
                "has a second field, which would be a version, and versions are a bucket's: quote a path that holds a \
                 comma, as in \"a,b\"",
            ));
        }
        if path.is_empty() || path.ends_with('/') {
            return Err(wrong(
                "names a directory: a manifest names files; `--include` takes directories",
            ));
        }
        if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(wrong("is no path below the source: `.`, `..` and `//` may not be in it"));
        }
        if !seen.insert(path) {
            return Err(wrong("stands there twice"));
        }
        manifest.extend([&quote_field(path), "\n"]);
    }
    if manifest.is_empty() { Err(ManifestError::Empty) } else { Ok(manifest) }
}

/// A field of the CSV, quoted as RFC 4180 says where it has to be.
pub(crate) fn quote_field(text: &str) -> String {
    // A byte order mark at the very beginning would be taken off.
    if text.contains([',', '"', '\n', '\r', '\u{feff}']) || text.trim() != text {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// Why a list can't be a manifest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    #[error(transparent)]
    Syntax(#[from] ManifestSyntaxError),
    #[error("line {number}, `{path}`, {why}")]
    Line { number: u64, path: String, why: &'static str },
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
            ("\"a,b\"\n\"q\"\n", Ok("\"a,b\"\nq\n")),
            ("\u{feff}a\r/b\r\n\r\n", Ok("a\nb\n")),
            ("filename\"\"with\"\"quotes.txt", Ok("\"filename\"\"with\"\"quotes.txt\"\n")),
            (
                "x\na,b\n",
                Err(
                    "line 2, `a`, has a second field, which would be a version, and versions are a bucket's: quote a path \
                     that holds a comma, as in \"a,b\"",
                ),
            ),
            ("a\"b", Err("line 1: a quote stands within a field: double it, or quote the field")),
            (
                "/\n",
                Err("line 1, `/`, names a directory: a manifest names files; `--include` takes \
                        directories"),
            ),
            ("", Err("it names no file")),
            (
                "a\nb/\n",
                Err("line 2, `b/`, names a directory: a manifest names files; `--include` takes \
                        directories"),
            ),
            (
                "a/../b",
                Err(
                    "line 1, `a/../b`, is no path below the source: `.`, `..` and `//` may not be \
                        in it",
                ),
            ),
            ("a\n/a\n", Err("line 2, `/a`, stands there twice")),
        ] {
            let found = manifest_from_paths(text).map_err(|error| error.to_string());
            assert_eq!(found, expected.map(str::to_owned).map_err(str::to_owned), "{text:?}");
        }
    }
}
