//! What is to be done about an item that is on both sides: pure.

use domain::posix::{FileKind, Posix};

use super::item::Item;

/// `CopyObject` takes at most 5 GiB.
const LARGEST_COPY: u64 = 5 * 1024 * 1024 * 1024;

/// How the destination differs from the source. The service's own rule is not documented; size,
/// mtime, mode, uid and gid are what its verification log prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Difference {
    None,
    /// Size and mtime agree: the content does, too.
    Metadata,
    Content,
}

/// Compares by size alone: `Some` when the object's metadata need not be asked for.
pub(super) fn by_size(source: &Item, destination_size: u64) -> Option<Difference> {
    (source.size != destination_size).then_some(Difference::Content)
}

/// Compares by metadata, sizes being equal; `kept` is the source's metadata as far as the options
/// keep it.
pub(super) fn by_metadata(item: &Item, kept: &Posix, destination: &Posix) -> Difference {
    if kept.is_kept_by(destination) {
        return Difference::None;
    }
    let same_kind = same_kind(kept, destination);
    let same_content =
        item.kind == FileKind::Directory || (kept.mtime_kept_by(destination) && same_kind);
    if same_content && item.size <= LARGEST_COPY {
        Difference::Metadata
    } else {
        Difference::Content
    }
}

/// A symlink whose target has as many bytes as the file it replaces is another content. What does
/// not tell its kind is no symlink.
fn same_kind(kept: &Posix, destination: &Posix) -> bool {
    let kind = |posix: &Posix| posix.mode.and_then(FileKind::from_mode);
    match (kind(kept), kind(destination)) {
        (None, _) => true,
        (Some(ours), None) => ours != FileKind::Symlink,
        (Some(ours), Some(theirs)) => ours == theirs,
    }
}

#[cfg(test)]
mod tests {
    use domain::posix::FileTime;

    use super::*;

    fn posix(mode: u32, uid: u32, mtime: i64) -> Posix {
        Posix {
            mode: Some(mode),
            uid: Some(uid),
            gid: Some(0),
            mtime: Some(FileTime::from_seconds(mtime)),
            atime: None,
        }
    }

    fn item(kind: FileKind, posix: Posix, size: u64) -> Item {
        Item { path: "/x".into(), kind, posix, size }
    }

    #[test]
    fn differences_are_told_apart() {
        let file = posix(0o100_644, 1, 5);
        for (what, object, size, difference) in [
            ("same", posix(0o100_644, 1, 5), 1, Difference::None),
            ("mode", posix(0o100_600, 1, 5), 1, Difference::Metadata),
            ("owner", posix(0o100_644, 2, 5), 1, Difference::Metadata),
            ("mtime", posix(0o100_644, 1, 6), 1, Difference::Content),
            ("kind", posix(0o120_644, 1, 5), 1, Difference::Content),
            ("no metadata", Posix::default(), 1, Difference::Content),
            ("too large to copy", posix(0o100_600, 1, 5), LARGEST_COPY + 1, Difference::Content),
        ] {
            let item = item(FileKind::Regular, file.clone(), size);
            assert_eq!(by_metadata(&item, &file, &object), difference, "{what}");
        }
        assert_eq!(
            by_size(&item(FileKind::Regular, file.clone(), 1), 2),
            Some(Difference::Content)
        );
        assert_eq!(by_size(&item(FileKind::Regular, file, 1), 1), None);
    }

    #[test]
    fn a_directory_has_no_content() {
        let kept = posix(0o040_755, 1, 5);
        let directory = item(FileKind::Directory, kept.clone(), 0);
        assert_eq!(by_metadata(&directory, &kept, &posix(0o040_755, 1, 6)), Difference::Metadata);
    }
}
