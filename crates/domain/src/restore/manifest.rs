//! A line of a DataSync manifest for a bucket: `path,version id` (DataSync User Guide, "Specifying
//! what DataSync transfers by using a manifest": fields with commas, quotes or line breaks are
//! quoted, paths have at most 1,024 bytes, none comes twice, and none is a directory's).
//!
//! Paths are relative to the location's prefix. Fields are quoted as RFC 4180 says.

use super::version_picker::ListedVersion;
use crate::manifest::quote_field;

/// Why a version is not in the manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotRestorable<'a> {
    /// An object that stands for a directory: a manifest may not name it. Its path below the
    /// prefix.
    Directory(&'a str),
    /// A temporary object of DataSync's own.
    Temporary,
    /// No file can have that path: DataSync does not transfer `//`, `/./` and `/../`.
    NoPath,
}

/// The path below the prefix of the location.
///
/// # Errors
/// With the reason why it can't stand in a manifest.
pub fn manifest_path<'a>(key: &'a str, prefix: &str) -> Result<&'a str, NotRestorable<'a>> {
    let path = key.strip_prefix(prefix).ok_or(NotRestorable::NoPath)?;
    let directory = path.is_empty() || path.ends_with('/');
    let inner = path.strip_suffix('/').unwrap_or(path);
    let mut parts = inner.split('/');
    if !path.is_empty() && parts.clone().any(|part| matches!(part, "" | "." | "..")) {
        return Err(NotRestorable::NoPath);
    }
    match parts.any(|part| part == ".aws-datasync") {
        true => Err(NotRestorable::Temporary),
        false if directory => Err(NotRestorable::Directory(inner)),
        false => Ok(path),
    }
}

/// One line, with its end.
#[must_use]
pub fn manifest_line(path: &str, version: &ListedVersion) -> String {
    format!("{},{}\n", quote_field(path), quote_field(&version.version_id))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn paths_are_quoted_where_csv_needs_it() {
        let version = ListedVersion {
            key: String::new(),
            version_id: "v.1_x".into(),
            last_modified: DateTime::UNIX_EPOCH,
            ..ListedVersion::default()
        };
        for (path, expected) in [
            ("a/b c.txt", "a/b c.txt,v.1_x\n"),
            ("Größe – 漢字", "Größe – 漢字,v.1_x\n"),
            ("a,b", "\"a,b\",v.1_x\n"),
            ("say \"hi\"", "\"say \"\"hi\"\"\",v.1_x\n"),
            ("two\nlines\r", "\"two\nlines\r\",v.1_x\n"),
            (" space", "\" space\",v.1_x\n"),
        ] {
            assert_eq!(manifest_line(path, &version), expected);
        }
        let null = ListedVersion { version_id: "null".into(), ..version };
        assert_eq!(manifest_line("a", &null), "a,null\n");
    }

    #[test]
    fn only_what_can_be_a_file_stands_in_a_manifest() {
        use NotRestorable::{Directory, NoPath, Temporary};
        for (key, expected) in [
            ("files/a/b", Ok("a/b")),
            ("files/a/b/", Err(Directory("a/b"))),
            ("files/", Err(Directory(""))),
            ("files/../", Err(NoPath)),
            ("files/a/.aws-datasync/", Err(Temporary)),
            ("other/a", Err(NoPath)),
            ("files//a", Err(NoPath)),
            ("files/a//", Err(NoPath)),
            ("files/a/../b", Err(NoPath)),
            ("files/.aws-datasync/x", Err(Temporary)),
            ("files/a/.aws-datasync/x", Err(Temporary)),
            ("files/.aws-datasync-not", Ok(".aws-datasync-not")),
        ] {
            assert_eq!(manifest_path(key, "files/"), expected, "{key}");
        }
        assert_eq!(manifest_path("a", ""), Ok("a"));
    }
}
