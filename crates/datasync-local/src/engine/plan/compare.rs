//! The comparison of an item that is on both sides: pure functions.

use domain::posix::{FileKind, Posix};

use crate::engine::item::FileItem;

/// The limit of `CopyObject`: 5 GiB.
const LARGEST_COPY: u64 = 5 * 1024 * 1024 * 1024;

/// The difference between destination and source. The service's own rule is not documented; its
/// verification log prints size, mtime, mode, uid and gid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ItemDifference {
    None,
    /// Only metadata differs: where size and mtime agree, the content counts as equal.
    Metadata,
    Content,
}

/// Compares by size alone: `Some` when the object's metadata is not needed.
pub(crate) fn compare_sizes(source: &FileItem, destination_size: u64) -> Option<ItemDifference> {
    (source.size != destination_size).then_some(ItemDifference::Content)
}

/// Compares by metadata, for sides of equal size; `kept` is the source's metadata as far as the
/// options keep it.
pub(crate) fn compare_metadata(
    item: &FileItem,
    kept: &Posix,
    destination: &Posix,
) -> ItemDifference {
    if kept.is_kept_by(destination) {
        return ItemDifference::None;
    }
    let same_content = item.kind == FileKind::Directory
        || (kept.mtime_kept_by(destination) && has_same_kind(kept, destination));
    if same_content && item.size <= LARGEST_COPY {
        ItemDifference::Metadata
    } else {
        ItemDifference::Content
    }
}

/// Whether both are of one kind: a symlink whose target has as many bytes as the file it replaces
/// is other content. Metadata without a kind is not that of a symlink.
fn has_same_kind(kept: &Posix, destination: &Posix) -> bool {
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

    fn posix_with(mode: u32, uid: u32, mtime: i64) -> Posix {
        Posix {
            mode: Some(mode),
            uid: Some(uid),
            gid: Some(0),
            mtime: Some(FileTime::from_seconds(mtime)),
            atime: None,
        }
    }

    fn item_of(kind: FileKind, posix: Posix, size: u64) -> FileItem {
        FileItem { path: "/x".into(), kind, posix, size }
    }

    #[test]
    fn differences_are_distinguished() {
        let file = posix_with(0o100_644, 1, 5);
        for (case, object, size, difference) in [
            ("same", posix_with(0o100_644, 1, 5), 1, ItemDifference::None),
            ("mode", posix_with(0o100_600, 1, 5), 1, ItemDifference::Metadata),
            ("owner", posix_with(0o100_644, 2, 5), 1, ItemDifference::Metadata),
            ("mtime", posix_with(0o100_644, 1, 6), 1, ItemDifference::Content),
            ("kind", posix_with(0o120_644, 1, 5), 1, ItemDifference::Content),
            ("no metadata", Posix::default(), 1, ItemDifference::Content),
            (
                "too large to copy",
                posix_with(0o100_600, 1, 5),
                LARGEST_COPY + 1,
                ItemDifference::Content,
            ),
        ] {
            let item = item_of(FileKind::Regular, file.clone(), size);
            assert_eq!(compare_metadata(&item, &file, &object), difference, "{case}");
        }
    }

    #[test]
    fn another_size_is_other_content() {
        let item = item_of(FileKind::Regular, posix_with(0o100_644, 1, 5), 1);
        assert_eq!(compare_sizes(&item, 2), Some(ItemDifference::Content));
        assert_eq!(compare_sizes(&item, 1), None);
    }

    #[test]
    fn a_directory_has_no_content() {
        let kept = posix_with(0o040_755, 1, 5);
        let directory = item_of(FileKind::Directory, kept.clone(), 0);
        assert_eq!(
            compare_metadata(&directory, &kept, &posix_with(0o040_755, 1, 6)),
            ItemDifference::Metadata
        );
    }
}
