//! An object's own account of itself: size, POSIX metadata, version.

use std::collections::HashMap;

use aws::SdkFailure;
use aws::exact_key::exact_key;
use aws_sdk_s3::primitives::DateTime;
use domain::posix::{FileKind, FileTime, Posix};

use super::failure::ItemError;
use super::item::Item;
use super::job::Run;
use super::ledger::Told;
use super::listing::Listed;
use super::settings::Settings;

/// Names longer than these no file system takes.
const LONGEST_PATH: usize = 4096;
const LONGEST_NAME: usize = 255;

/// What `HeadObject` or `GetObject` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) size: u64,
    pub(super) posix: Posix,
    /// To the second.
    pub(super) modified: Option<FileTime>,
    pub(super) version_id: Option<String>,
    pub(super) etag: Option<String>,
}

impl Object {
    pub(super) fn new(
        size: Option<i64>,
        metadata: Option<&HashMap<String, String>>,
        modified: Option<&DateTime>,
        version_id: Option<&str>,
        etag: Option<&str>,
    ) -> Self {
        Self {
            size: size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
            posix: Posix::from_metadata(|key| {
                metadata.and_then(|map| map.get(key)).map(String::as_str)
            }),
            modified: modified.map(|time| FileTime::from_seconds(time.secs())),
            version_id: version_id.map(str::to_owned),
            etag: etag.map(str::to_owned),
        }
    }

    pub(super) fn told(&self) -> Told {
        let Self { size, posix, version_id, etag, .. } = self.clone();
        Told { size, etag, version_id, modified: self.modified.map(FileTime::seconds), posix }
    }

    /// What the object is to become in a file system.
    pub(super) fn to_item(&self, path: &str, key: &str) -> Item {
        let kind = kind_of(key, &self.posix);
        let size = if kind == FileKind::Directory { 0 } else { self.size };
        Item {
            path: path.to_owned(),
            kind,
            posix: Settings::restored(&self.posix, kind, self.modified),
            size,
        }
    }
}

/// Only the type bits tell a symlink; any other kind goes by the key.
fn kind_of(key: &str, posix: &Posix) -> FileKind {
    match posix.mode.and_then(FileKind::from_mode) {
        _ if key.ends_with('/') => FileKind::Directory,
        Some(FileKind::Symlink) => FileKind::Symlink,
        _ => FileKind::Regular,
    }
}

/// Asks for an object's metadata; `None` when there is no such object.
pub(super) async fn find(
    run: &Run,
    key: &str,
    version_id: Option<&str>,
) -> Result<Option<Object>, ItemError> {
    let request = run.job.s3.head_object().bucket(&run.job.bucket).key(exact_key(key));
    match request
        .set_version_id(version_id.map(str::to_owned))
        .send()
        .await
        .map_err(SdkFailure::from)
    {
        Ok(head) => {
            let (metadata, modified) = (head.metadata(), head.last_modified());
            Ok(Some(Object::new(
                head.content_length(),
                metadata,
                modified,
                head.version_id(),
                head.e_tag(),
            )))
        }
        Err(failure) if failure.is(&["NotFound", "NoSuchKey", "NoSuchVersion"]) => Ok(None),
        Err(failure) => Err(ItemError::s3("Head Object", failure)),
    }
}

/// [`find`] for an object that was listed; what is found is kept for the next execution.
pub(super) async fn head(run: &Run, object: &Listed) -> Result<Object, ItemError> {
    let found = find(run, &object.key, object.version_id.as_deref()).await?;
    let found = found.ok_or_else(|| ItemError::S3 {
        operation: "Head Object",
        reason: "it is gone".to_owned(),
    })?;
    if object.version_id.is_none() {
        run.ledger.learn(&object.key, found.told());
    }
    Ok(found)
}

/// The path of an object that is to be restored.
pub(super) fn checked_path(run: &Run, object: &Listed) -> Result<String, ItemError> {
    let relative = object.key.strip_prefix(&run.job.prefix).unwrap_or(&object.key);
    let is_folder = relative.ends_with('/');
    let inner = relative.strip_suffix('/').unwrap_or(relative);
    let names = || inner.split('/');
    if names().any(str::is_empty) {
        return Err(ItemError::Key("it has an empty name between slashes"));
    }
    if names().any(|name| matches!(name, "." | "..")) {
        return Err(ItemError::Key("it has `.` or `..` as a name"));
    }
    if inner.contains('\0') {
        return Err(ItemError::Key("it holds a zero byte"));
    }
    if inner.len() >= LONGEST_PATH || names().any(|name| name.len() > LONGEST_NAME) {
        return Err(ItemError::Key("a name in it is too long"));
    }
    if is_folder && object.size > 0 {
        return Err(ItemError::Key("it ends in a slash, as a directory's, and has content"));
    }
    Ok(format!("/{inner}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_tells_a_directory_and_the_mode_a_symlink() {
        let of = |key: &str, mode: Option<u32>| kind_of(key, &Posix { mode, ..Posix::default() });
        for (key, mode, kind) in [
            ("a", None, FileKind::Regular),
            ("a/", None, FileKind::Directory),
            ("a/", Some(0o100_644), FileKind::Directory),
            ("a", Some(0o120_777), FileKind::Symlink),
            ("a", Some(0o040_755), FileKind::Regular),
            ("a", Some(0o644), FileKind::Regular),
        ] {
            assert_eq!(of(key, mode), kind, "{key} {mode:?}");
        }
    }
}
