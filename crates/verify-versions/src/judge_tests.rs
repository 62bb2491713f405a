//! Every defect, planted; and every clean kind of item, not flagged.

use domain::posix::FileTime;

use super::*;
use crate::fixtures::{SHA256, found, source, transferred, verified};

/// A clean item, to be spoiled in one respect.
struct Item {
    row: TransferredRow,
    found: Option<FoundVersion>,
    verification: Option<Verification>,
    verifies: bool,
    report_is_whole: bool,
}

fn item() -> Item {
    let verification = Some(Verification::of(&verified("/a b/ü.txt")));
    Item {
        row: transferred("/a b/ü.txt"),
        found: Some(found()),
        verification,
        verifies: true,
        report_is_whole: false,
    }
}

fn of_kind(kind: &str) -> Item {
    let mut item = item();
    item.row.src_metadata = Some(serde_json::from_value(source(kind)).unwrap());
    item
}

fn spoiled(spoil: impl FnOnce(&mut Item)) -> Item {
    let mut item = item();
    spoil(&mut item);
    item
}

fn judged(item: &Item) -> Result<Proven, Vec<Finding>> {
    judge(&Evidence {
        row: &item.row,
        key: "data/a b/ü.txt",
        found: item.found.as_ref(),
        verification: item.verification.as_ref(),
        verifies: item.verifies,
        report_is_whole: item.report_is_whole,
        storage_class: Some("STANDARD"),
        may_be_null: false,
    })
}

fn posix(change: impl FnOnce(&mut Posix)) -> Item {
    spoiled(|item| change(item.found.as_mut().unwrap().posix.as_mut().unwrap()))
}

fn equal_without_checksum() -> Option<Verification> {
    Some(Verification::Equal { sha256: None })
}

#[test]
fn a_clean_file_is_proven_with_all_that_restoring_needs() {
    let expected = ProvenObject {
        path: "/a b/ü.txt".into(),
        key: "data/a b/ü.txt".into(),
        version_id: "v1".into(),
        size: 6,
        sha256: Some(SHA256.into()),
        mode: Some("0644".into()),
        uid: Some(1000),
        gid: Some(100),
        mtime: Some("2022-01-07T16:59:26.136114671Z".into()),
    };
    assert_eq!(judged(&item()), Ok(Proven { object: Some(expected), warnings: Vec::new() }));
}

#[test]
fn clean_items_of_every_kind_are_not_flagged() {
    let directory =
        Item { found: Some(FoundVersion { size: 0, ..found() }), ..of_kind("Directory") };
    for (what, item) in [
        ("a directory", directory),
        ("a directory that was not verified", Item { verification: None, ..of_kind("Directory") }),
        (
            "a directory without a checksum",
            Item { verification: equal_without_checksum(), ..of_kind("Directory") },
        ),
        ("a link", Item { verification: equal_without_checksum(), ..of_kind("Symlink") }),
        (
            "a link whose size is not that of its object",
            Item { found: Some(FoundVersion { size: 9, ..found() }), ..of_kind("Symlink") },
        ),
        ("a task that verifies nothing", Item { verification: None, verifies: false, ..item() }),
        ("an mtime in ms", posix(|posix| posix.mtime = "1641574766136".parse().ok())),
        (
            "an mtime that differs below the ms",
            posix(|posix| posix.mtime = FileTime::new(1_641_574_766, 136_000_001)),
        ),
        ("a mode without type bits", posix(|posix| posix.mode = Some(0o644))),
        ("an atime that went on", posix(|posix| posix.atime = "1".parse().ok())),
        ("a path without its slash", spoiled(|item| item.row.relative_path = "a b/ü.txt".into())),
        (
            "metadata that the task leaves out",
            spoiled(|item| {
                let source = item.row.src_metadata.as_mut().unwrap();
                (source.uid, source.gid, source.mode, source.mtime) = (None, None, None, None);
                item.found.as_mut().unwrap().posix = Some(Posix::default());
            }),
        ),
    ] {
        assert!(judged(&item).is_ok(), "{what}: {:?}", judged(&item));
    }
}

#[test]
fn a_directory_without_a_version_id_is_a_notice_and_the_root_maps_to_no_object() {
    let directory = |path: &str, version_id: Option<&str>| {
        let mut item = Item { found: None, ..of_kind("Directory") };
        item.row.relative_path = path.into();
        item.row.dst_s3_version_id = version_id.map(str::to_owned);
        item
    };
    for (path, version_id, notices) in [
        ("/d", None, vec![Notice::DirectoryWithoutVersion]),
        ("d/", Some(""), vec![Notice::DirectoryWithoutVersion]),
        ("/", None, vec![]),
        ("", None, vec![]),
        ("/", Some("v1"), vec![]),
    ] {
        let item = directory(path, version_id);
        assert_eq!(version_to_find(&item.row, false), None, "{path}");
        let Proven { object, warnings } = judged(&item).unwrap();
        let found: Vec<Notice> = warnings.iter().map(|warning| warning.notice).collect();
        assert_eq!((object, found), (None, notices), "{path} {version_id:?}");
        let failed = Verification::Failed { detail: "no".into() };
        let findings = judged(&Item { verification: Some(failed), ..item }).unwrap_err();
        assert_eq!(findings[0].defect, Defect::NotVerified, "{path}");
    }
}

#[test]
fn a_file_that_went_before_the_verification_is_a_notice_where_the_report_is_whole() {
    let went = || Item { verification: None, report_is_whole: true, ..item() };
    let Proven { object, warnings } = judged(&went()).unwrap();
    assert_eq!(
        (object.unwrap().sha256, warnings[0].notice, warnings.len()),
        (None, Notice::NotCompared, 1)
    );
    let findings = judged(&Item { report_is_whole: false, ..went() }).unwrap_err();
    assert_eq!((findings[0].defect, findings.len()), (Defect::VerificationMissing, 1));
    let findings = judged(&Item { found: None, ..went() }).unwrap_err();
    assert_eq!(
        findings[0].defect,
        Defect::VersionMissing,
        "what is wrong with the version is told all the same"
    );
    let without_checksum = Item { verification: equal_without_checksum(), ..went() };
    assert_eq!(judged(&without_checksum).unwrap_err()[0].defect, Defect::VerificationMissing);
}

#[test]
fn each_planted_defect_is_found_and_nothing_else() {
    for (what, item, expected) in [
        (
            "a failed transfer",
            spoiled(|item| item.row.transfer_status = "FAILED".to_owned().into()),
            Defect::TransferFailed,
        ),
        (
            "a status nobody knows",
            spoiled(|item| item.row.transfer_status = "LOST".to_owned().into()),
            Defect::TransferFailed,
        ),
        ("no version id", spoiled(|item| item.row.dst_s3_version_id = None), Defect::NoVersionId),
        (
            "an empty version id",
            spoiled(|item| item.row.dst_s3_version_id = Some(String::new())),
            Defect::NoVersionId,
        ),
        ("a deleted version", spoiled(|item| item.found = None), Defect::VersionMissing),
        (
            "a deleted version of a directory",
            Item { found: None, ..of_kind("Directory") },
            Defect::VersionMissing,
        ),
        (
            "a shorter object",
            spoiled(|item| item.found.as_mut().unwrap().size = 5),
            Defect::SizeDiffers,
        ),
        (
            "a size that is not reported",
            spoiled(|item| item.row.src_metadata = None),
            Defect::SizeDiffers,
        ),
        ("another mode", posix(|posix| posix.mode = Some(0o100_600)), Defect::MetadataDiffers),
        ("another owner", posix(|posix| posix.uid = Some(0)), Defect::MetadataDiffers),
        ("another group", posix(|posix| posix.gid = Some(0)), Defect::MetadataDiffers),
        (
            "another mtime",
            posix(|posix| posix.mtime = "1641574766137".parse().ok()),
            Defect::MetadataDiffers,
        ),
        (
            "an mtime nobody understands",
            spoiled(|item| item.row.src_metadata.as_mut().unwrap().mtime = Some("today".into())),
            Defect::MetadataDiffers,
        ),
        ("no metadata at all", posix(|posix| *posix = Posix::default()), Defect::MetadataDiffers),
        ("no verified row", spoiled(|item| item.verification = None), Defect::VerificationMissing),
        (
            "a verified row without checksums",
            spoiled(|item| item.verification = equal_without_checksum()),
            Defect::VerificationMissing,
        ),
        (
            "a failed verification",
            spoiled(|item| item.verification = Some(Verification::Failed { detail: "x".into() })),
            Defect::NotVerified,
        ),
        (
            "a directory that failed verification",
            Item {
                verification: Some(Verification::Failed { detail: "x".into() }),
                ..of_kind("Directory")
            },
            Defect::NotVerified,
        ),
        (
            "unequal checksums",
            spoiled(|item| {
                item.verification = Some(Verification::ChecksumDiffers { detail: "x".into() })
            }),
            Defect::ChecksumDiffers,
        ),
    ] {
        let found: Vec<Defect> =
            judged(&item).unwrap_err().into_iter().map(|finding| finding.defect).collect();
        assert_eq!(found, [expected], "{what}");
    }
}

#[test]
fn several_defects_of_one_object_are_all_said_in_words() {
    let item = spoiled(|item| {
        let found = item.found.as_mut().unwrap();
        let posix = found.posix.as_mut().unwrap();
        (found.size, posix.uid, posix.mode) = (5, Some(0), None);
        item.verification = None;
    });
    let lines = judged(&item)
        .unwrap_err()
        .into_iter()
        .map(|f| format!("{} {}: {}", f.path, f.defect.as_text(), f.detail));
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @"
    /a b/ü.txt size differs: source 6 bytes, object 5 bytes
    /a b/ü.txt metadata differs: mode: source 0644, object none; uid: source 1000, object 0
    /a b/ü.txt verification missing: the Verified report doesn't have it
    ");
}

#[test]
fn a_failed_row_keeps_datasyncs_reason_and_asks_s3_for_nothing() {
    let item = spoiled(|item| {
        item.row.transfer_status = "FAILED".to_owned().into();
        (item.row.failure_reason, item.row.failure_code) =
            (Some("S3 Get Object Failed".into()), Some(40974));
    });
    assert_eq!(version_to_find(&item.row, true), None);
    assert_eq!(judged(&item).unwrap_err()[0].detail, "S3 Get Object Failed (40974)");
}

#[test]
fn what_is_proven_may_be_worth_a_warning() {
    for (what, item, expected) in [
        (
            "a later version",
            spoiled(|item| item.found.as_mut().unwrap().on_top = OnTop::LaterVersion),
            Notice::Superseded,
        ),
        (
            "a delete marker on top",
            spoiled(|item| item.found.as_mut().unwrap().on_top = OnTop::DeleteMarker),
            Notice::HiddenByDeleteMarker,
        ),
        (
            "another storage class",
            spoiled(|item| item.found.as_mut().unwrap().storage_class = Some("GLACIER".into())),
            Notice::StorageClassDiffers,
        ),
    ] {
        let found: Vec<Notice> =
            judged(&item).unwrap().warnings.into_iter().map(|warning| warning.notice).collect();
        assert_eq!(found, [expected], "{what}");
    }
}

#[test]
fn what_was_written_before_versioning_held_is_a_notice_and_no_defect() {
    for id in [None, Some(""), Some("null")] {
        let item = spoiled(|item| item.row.dst_s3_version_id = id.map(str::to_owned));
        let judged = |may_be_null, found| {
            judge(&Evidence {
                row: &item.row,
                key: "a",
                found,
                verification: item.verification.as_ref(),
                verifies: true,
                report_is_whole: false,
                storage_class: Some("STANDARD"),
                may_be_null,
            })
        };
        let proven = judged(true, item.found.as_ref()).unwrap();
        assert_eq!(proven.object.as_ref().unwrap().version_id, "null");
        assert_eq!(
            proven.warnings.iter().map(|warning| warning.notice).collect::<Vec<_>>(),
            [Notice::NullVersion]
        );
        let gone = judged(true, None).unwrap_err();
        assert_eq!(
            gone[0].defect,
            Defect::VersionMissing,
            "that it may be null does not excuse that it is not there"
        );
        let old = judged(false, item.found.as_ref());
        assert_eq!(old.is_err(), id != Some("null"), "{id:?}");
    }
}
