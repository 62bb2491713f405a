//! The list of files that an execution is limited to, from a list as people write it: a path a
//! line.
//!
//! Source: DataSync User Guide, "Transferring specific files or objects by using a manifest": files
//! and no directories, each once, relative to the source location. Lists have the grammar of
//! manifests, and one reader reads both.

mod reader;

use std::collections::HashSet;

pub use reader::{ManifestEntry, ManifestReader, ManifestSyntaxError};

/// Returns a manifest in DataSync's CSV from a list in the same CSV. Paths are relative to the
/// source's directory, with or without a `/` at the beginning; empty lines are skipped.
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
        find_fault(entry, path).map_or(Ok(()), |why| Err(wrong(why)))?;
        if !seen.insert(path) {
            return Err(wrong("is listed twice"));
        }
        manifest.extend([&quote_field(path), "\n"]);
    }
    if manifest.is_empty() { Err(ManifestError::Empty) } else { Ok(manifest) }
}

/// Finds the fault of an entry, in the words of an error.
fn find_fault(entry: &ManifestEntry, path: &str) -> Option<&'static str> {
    if entry.version_id.is_some() {
        return Some(
            "has a second field, which is only for versions of a bucket: quote a path that \
                contains a comma, as in \"a,b\"",
        );
    }
    if path.is_empty() || path.ends_with('/') {
        return Some("names a directory: a manifest names files; `--include` takes directories");
    }
    let is_below = !path.split('/').any(|part| matches!(part, "" | "." | ".."));
    (!is_below).then_some("is not a path below the source: it must not contain `.`, `..` or `//`")
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
    #[error("the list contains no file")]
    Empty,
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTS: [(&str, Result<&str, &str>); 11] = [
        ("a\n/b/c d.txt\r\n\n", Ok("a\nb/c d.txt\n")),
        ("\"a,b\"\n\"q\"\n", Ok("\"a,b\"\nq\n")),
        ("\u{feff}a\r/b\r\n\r\n", Ok("a\nb\n")),
        ("filename\"\"with\"\"quotes.txt", Ok("\"filename\"\"with\"\"quotes.txt\"\n")),
        (
            "x\na,b\n",
            Err("line 2, `a`, has a second field, which is only for versions of a bucket: \
                        quote a path that contains a comma, as in \"a,b\""),
        ),
        ("a\"b", Err("line 1: a quote is inside a field: double it, or quote the field")),
        (
            "/\n",
            Err("line 1, `/`, names a directory: a manifest names files; `--include` takes \
                        directories"),
        ),
        ("", Err("the list contains no file")),
        (
            "a\nb/\n",
            Err("line 2, `b/`, names a directory: a manifest names files; `--include` takes \
                        directories"),
        ),
        (
            "a/../b",
            Err("line 1, `a/../b`, is not a path below the source: it must not contain `.`, \
                        `..` or `//`"),
        ),
        ("a\n/a\n", Err("line 2, `/a`, is listed twice")),
    ];

    #[test]
    fn lists_of_paths_become_manifests() {
        for (text, expected) in LISTS {
            let found = manifest_from_paths(text).map_err(|error| error.to_string());
            assert_eq!(found, expected.map(str::to_owned).map_err(str::to_owned), "{text:?}");
        }
    }
}
