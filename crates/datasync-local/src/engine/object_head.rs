//! An object as S3 describes it: size, POSIX metadata, version.

use std::collections::HashMap;

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::DateTime;
use domain::posix::{FileKind, FileTime, Posix};

use crate::engine::item::FileItem;
use crate::engine::settings::CopySettings;

/// The answer of `HeadObject`, `GetObject` or a write, as far as the copy needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ObjectHead {
    pub(crate) size: u64,
    pub(crate) posix: Posix,
    /// The time of the write, to the second; the answer to a write does not have it.
    pub(crate) modified: Option<FileTime>,
    pub(crate) version_id: Option<String>,
    /// The `ETag` as S3 writes it, with its quotes or without.
    pub(crate) etag: Option<String>,
}

impl ObjectHead {
    /// The item that a restore makes of the object.
    pub(crate) fn to_item(&self, path: &str, key: &str) -> FileItem {
        let kind = kind_of(key, &self.posix);
        let size = if kind == FileKind::Directory { 0 } else { self.size };
        FileItem {
            path: path.to_owned(),
            kind,
            posix: CopySettings::restored_metadata(&self.posix, kind, self.modified),
            size,
        }
    }
}

impl From<&HeadObjectOutput> for ObjectHead {
    fn from(head: &HeadObjectOutput) -> Self {
        Self {
            size: size_of_body(head.content_length()),
            posix: posix_of(head.metadata()),
            modified: head.last_modified().map(to_file_time),
            version_id: head.version_id().map(str::to_owned),
            etag: head.e_tag().map(str::to_owned),
        }
    }
}

impl From<&GetObjectOutput> for ObjectHead {
    fn from(got: &GetObjectOutput) -> Self {
        Self {
            size: size_of_body(got.content_length()),
            posix: posix_of(got.metadata()),
            modified: got.last_modified().map(to_file_time),
            version_id: got.version_id().map(str::to_owned),
            etag: got.e_tag().map(str::to_owned),
        }
    }
}

fn size_of_body(length: Option<i64>) -> u64 {
    length.and_then(|length| u64::try_from(length).ok()).unwrap_or_default()
}

fn posix_of(metadata: Option<&HashMap<String, String>>) -> Posix {
    Posix::from_metadata(|key| metadata.and_then(|map| map.get(key)).map(String::as_str))
}

fn to_file_time(time: &DateTime) -> FileTime {
    FileTime::from_seconds(time.secs())
}

/// The kind of an object: a symlink follows from the type bits, any other kind from the key.
fn kind_of(key: &str, posix: &Posix) -> FileKind {
    match posix.mode.and_then(FileKind::from_mode) {
        _ if key.ends_with('/') => FileKind::Directory,
        Some(FileKind::Symlink) => FileKind::Symlink,
        _ => FileKind::Regular,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_tells_a_directory_and_the_mode_a_symlink() {
        for (key, mode, kind) in [
            ("a", None, FileKind::Regular),
            ("a/", None, FileKind::Directory),
            ("a/", Some(0o100_644), FileKind::Directory),
            ("a", Some(0o120_777), FileKind::Symlink),
            ("a", Some(0o040_755), FileKind::Regular),
            ("a", Some(0o644), FileKind::Regular),
        ] {
            let posix = Posix { mode, ..Posix::default() };
            assert_eq!(kind_of(key, &posix), kind, "{key} {mode:?}");
        }
    }
}
