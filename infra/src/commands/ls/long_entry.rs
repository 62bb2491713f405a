//! An entry of `ls -l`: with the metadata that the object states.

use anyhow::Result;
use chrono::DateTime;
use domain::point_in_time::format_time;
use domain::posix::{FileKind, FileTime, Posix};
use serde::Serialize;

use crate::runs::destination_bucket::DestinationBucket;
use crate::runs::object_metadata::find_metadata;
use crate::runs::tree_listing::TreeEntry;
use crate::ui::format::format_bytes;

/// An entry with its metadata. What the object does not state is absent.
#[derive(Debug, Serialize)]
pub(super) struct LongEntry {
    #[serde(flatten)]
    entry: TreeEntry,
    /// `drwxr-xr-x`.
    mode: Option<String>,
    uid: Option<u32>,
    gid: Option<u32>,
    /// ISO 8601, UTC, nanoseconds.
    mtime: Option<String>,
    #[serde(skip)]
    modified: Option<FileTime>,
}

/// Reads the metadata of an entry. A directory without an object has none.
pub(super) async fn read_long_entry(
    bucket: &DestinationBucket,
    entry: TreeEntry,
    has_versions: bool,
) -> Result<LongEntry> {
    let version = entry.version_id.as_deref();
    // A version of that time is not known of a directory without an object of its own.
    let is_unknown = has_versions && version.is_none();
    let found = if is_unknown { None } else { find_metadata(bucket, &entry.key, version).await? };
    Ok(LongEntry::from_metadata(entry, found.as_ref()))
}

impl LongEntry {
    /// An object without a time has that of its version, as DataSync does (User Guide, "Default
    /// POSIX metadata").
    fn from_metadata(entry: TreeEntry, found: Option<&Posix>) -> Self {
        let is_directory = entry.path.ends_with('/');
        let written = entry.at.map(|at| FileTime::from_seconds(at.timestamp()));
        let modified = found.and_then(|posix| posix.mtime).or(written);
        Self {
            mode: found.and_then(|posix| posix.mode).map(|mode| mode_text(mode, is_directory)),
            uid: found.and_then(|posix| posix.uid),
            gid: found.and_then(|posix| posix.gid),
            mtime: modified.map(FileTime::report_text),
            modified,
            entry,
        }
    }

    pub(super) fn to_line(&self) -> String {
        let id = |id: Option<u32>| id.map_or_else(|| "-".to_owned(), |id| id.to_string());
        let size = self.entry.size.and_then(|size| i64::try_from(size).ok());
        let size = size.map_or_else(|| "-".to_owned(), format_bytes);
        let (mode, uid, gid) = (self.mode.as_deref().unwrap_or("-"), id(self.uid), id(self.gid));
        let modified = self.modified.map_or_else(|| "-".to_owned(), modified_text);
        format!("{mode:<10} {uid:>5} {gid:>5} {size:>10}  {modified:<23}  {}", self.entry.path)
    }
}

fn modified_text(time: FileTime) -> String {
    let in_range = DateTime::from_timestamp(time.seconds(), 0);
    in_range.map_or_else(|| time.report_text(), format_time)
}

/// Formats a mode as `ls -l` of POSIX does.
fn mode_text(mode: u32, is_directory: bool) -> String {
    let kind = match FileKind::from_mode(mode) {
        _ if is_directory => 'd',
        Some(FileKind::Directory) => 'd',
        Some(FileKind::Symlink) => 'l',
        Some(FileKind::Special) => '?',
        Some(FileKind::Regular) | None => '-',
    };
    let special = [(0o4_000, 's', 'S'), (0o2_000, 's', 'S'), (0o1_000, 't', 'T')];
    let triples = special.into_iter().zip([6, 3, 0]).flat_map(|((bit, with_x, alone), shift)| {
        let bits = mode >> shift;
        let execute = match (mode & bit != 0, bits & 1 != 0) {
            (false, false) => '-',
            (false, true) => 'x',
            (true, true) => with_x,
            (true, false) => alone,
        };
        [if bits & 4 != 0 { 'r' } else { '-' }, if bits & 2 != 0 { 'w' } else { '-' }, execute]
    });
    std::iter::once(kind).chain(triples).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_written_as_ls_writes_them() {
        for (mode, is_directory, text) in [
            (0o100_640, false, "-rw-r-----"),
            (0o644, false, "-rw-r--r--"),
            (0o755, true, "drwxr-xr-x"),
            (0o041_777, true, "drwxrwxrwt"),
            (0o120_777, false, "lrwxrwxrwx"),
            (0o104_755, false, "-rwsr-xr-x"),
            (0o102_640, false, "-rw-r-S---"),
            (0o101_640, false, "-rw-r----T"),
        ] {
            assert_eq!(mode_text(mode, is_directory), text, "{mode:o}");
        }
    }

    #[test]
    fn each_entry_is_one_line() {
        let entry = |path: &str, size: Option<u64>, at: Option<i64>| TreeEntry {
            path: path.into(),
            size,
            at: at.map(|at| DateTime::from_timestamp(at, 0).unwrap()),
            ..TreeEntry::default()
        };
        let stated = Posix {
            mode: Some(0o100_640),
            uid: Some(1_000),
            gid: Some(65_534),
            mtime: Some(FileTime::from_seconds(-86_400)),
            ..Posix::default()
        };
        let lines = [
            LongEntry::from_metadata(
                entry("a b.txt", Some(12), Some(1_700_000_000)),
                Some(&stated),
            ),
            LongEntry::from_metadata(
                entry("foreign", Some(3 << 20), Some(1_700_000_000)),
                Some(&Posix::default()),
            ),
            LongEntry::from_metadata(entry("implied/", None, None), None),
        ]
        .map(|entry| entry.to_line());
        insta::assert_snapshot!(lines.join("\n"), @"
        -rw-r-----  1000 65534       12 B  1969-12-31 00:00:00 UTC  a b.txt
        -              -     -    3.0 MiB  2023-11-14 22:13:20 UTC  foreign
        -              -     -          -  -                        implied/
        ");
    }
}
