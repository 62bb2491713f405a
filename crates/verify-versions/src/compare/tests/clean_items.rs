//! Clean items of every kind.

use domain::posix::FileTime;

use super::*;

#[test]
fn clean_items_of_every_kind_are_not_flagged() {
    let directory = TestItem {
        found: Some(FoundVersion { size: 0, ..found_version() }),
        ..item_of_kind("Directory")
    };
    for (what, item) in [
        ("a directory", directory),
        (
            "a directory that was not verified",
            TestItem { verification: None, ..item_of_kind("Directory") },
        ),
        (
            "a directory without a checksum",
            TestItem { verification: equal_without_checksum(), ..item_of_kind("Directory") },
        ),
        ("a link", TestItem { verification: equal_without_checksum(), ..item_of_kind("Symlink") }),
        (
            "a link whose size is not that of its object",
            TestItem {
                found: Some(FoundVersion { size: 9, ..found_version() }),
                ..item_of_kind("Symlink")
            },
        ),
        (
            "a task that verifies nothing",
            TestItem { verification: None, verifies: false, ..clean_item() },
        ),
        ("an mtime in ms", item_with_posix(|posix| posix.mtime = "1641574766136".parse().ok())),
        (
            "an mtime that differs below the ms",
            item_with_posix(|posix| posix.mtime = FileTime::new(1_641_574_766, 136_000_001)),
        ),
        ("a mode without type bits", item_with_posix(|posix| posix.mode = Some(0o644))),
        ("an atime that went on", item_with_posix(|posix| posix.atime = "1".parse().ok())),
        (
            "a path without its slash",
            spoiled_item(|item| item.row.relative_path = "a b/ü.txt".into()),
        ),
        (
            "metadata that the task leaves out",
            spoiled_item(|item| {
                let source = item.row.src_metadata.as_mut().unwrap();
                (source.uid, source.gid, source.mode, source.mtime) = (None, None, None, None);
                item.found.as_mut().unwrap().posix = Some(Posix::default());
            }),
        ),
    ] {
        assert!(compare_test_item(&item).is_ok(), "{what}: {:?}", compare_test_item(&item));
    }
}

fn evidence_of<'a>(
    item: &'a TestItem,
    found: Option<&'a FoundVersion>,
    may_be_null: bool,
) -> Evidence<'a> {
    Evidence {
        row: &item.row,
        key: "a",
        found,
        verification: item.verification.as_ref(),
        verifies: true,
        report_is_whole: false,
        storage_class: Some("STANDARD"),
        may_be_null,
    }
}

#[test]
fn what_was_written_before_versioning_held_is_a_notice_and_no_defect() {
    for id in [None, Some(""), Some("null")] {
        let item = spoiled_item(|item| item.row.dst_s3_version_id = id.map(str::to_owned));
        let compare_found =
            |may_be_null, found| compare_item(&evidence_of(&item, found, may_be_null));
        let proven = compare_found(true, item.found.as_ref()).unwrap();
        assert_eq!(proven.object.as_ref().unwrap().version_id, "null");
        assert_eq!(notices_of(&proven), [Notice::NullVersion]);
        let gone = compare_found(true, None).unwrap_err();
        assert_eq!(
            gone[0].defect,
            Defect::VersionMissing,
            "that it may be null does not excuse that it is not there"
        );
        let old = compare_found(false, item.found.as_ref());
        assert_eq!(old.is_err(), id != Some("null"), "{id:?}");
    }
}
