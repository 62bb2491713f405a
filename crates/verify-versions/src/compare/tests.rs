//! Every defect, planted; and every clean kind of item, not flagged.

mod clean_items;
mod planted_defects;

use super::*;
use crate::testing::fixtures::{
    SHA256, found_version, source_metadata, transferred_row, verified_row,
};

/// A clean item, to be spoiled in one respect.
struct TestItem {
    row: TransferredRow,
    found: Option<FoundVersion>,
    verification: Option<RowVerification>,
    verifies: bool,
    report_is_whole: bool,
}

fn clean_item() -> TestItem {
    let verification = Some(RowVerification::from_row(&verified_row("/a b/ü.txt")));
    TestItem {
        row: transferred_row("/a b/ü.txt"),
        found: Some(found_version()),
        verification,
        verifies: true,
        report_is_whole: false,
    }
}

fn item_of_kind(kind: &str) -> TestItem {
    let mut item = clean_item();
    item.row.src_metadata = Some(serde_json::from_value(source_metadata(kind)).unwrap());
    item
}

fn spoiled_item(spoil: impl FnOnce(&mut TestItem)) -> TestItem {
    let mut item = clean_item();
    spoil(&mut item);
    item
}

fn compare_test_item(item: &TestItem) -> ComparisonResult {
    compare_item(&Evidence {
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

fn item_with_posix(change: impl FnOnce(&mut Posix)) -> TestItem {
    spoiled_item(|item| change(item.found.as_mut().unwrap().posix.as_mut().unwrap()))
}

fn equal_without_checksum() -> Option<RowVerification> {
    Some(RowVerification::Equal { sha256: None })
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
    assert_eq!(
        compare_test_item(&clean_item()),
        Ok(ProvenItem { object: Some(expected), warnings: Vec::new() })
    );
}

fn directory_at(path: &str, version_id: Option<&str>) -> TestItem {
    let mut item = TestItem { found: None, ..item_of_kind("Directory") };
    item.row.relative_path = path.into();
    item.row.dst_s3_version_id = version_id.map(str::to_owned);
    item
}

#[test]
fn a_directory_without_a_version_id_is_a_notice_and_the_root_maps_to_no_object() {
    for (path, version_id, notices) in [
        ("/d", None, vec![Notice::DirectoryWithoutVersion]),
        ("d/", Some(""), vec![Notice::DirectoryWithoutVersion]),
        ("/", None, vec![]),
        ("", None, vec![]),
        ("/", Some("v1"), vec![]),
    ] {
        let item = directory_at(path, version_id);
        assert_eq!(version_to_find(&item.row, false), None, "{path}");
        let ProvenItem { object, warnings } = compare_test_item(&item).unwrap();
        let found: Vec<Notice> = warnings.iter().map(|warning| warning.notice).collect();
        assert_eq!((object, found), (None, notices), "{path} {version_id:?}");
        let failed = RowVerification::Failed { detail: "no".into() };
        let findings =
            compare_test_item(&TestItem { verification: Some(failed), ..item }).unwrap_err();
        assert_eq!(findings[0].defect, Defect::NotVerified, "{path}");
    }
}

#[test]
fn a_file_that_went_before_the_verification_is_a_notice_where_the_report_is_whole() {
    let went = || TestItem { verification: None, report_is_whole: true, ..clean_item() };
    let ProvenItem { object, warnings } = compare_test_item(&went()).unwrap();
    assert_eq!(
        (object.unwrap().sha256, warnings[0].notice, warnings.len()),
        (None, Notice::NotCompared, 1)
    );
    let findings = compare_test_item(&TestItem { report_is_whole: false, ..went() }).unwrap_err();
    assert_eq!((findings[0].defect, findings.len()), (Defect::VerificationMissing, 1));
    let findings = compare_test_item(&TestItem { found: None, ..went() }).unwrap_err();
    assert_eq!(
        findings[0].defect,
        Defect::VersionMissing,
        "the defect of the version is found all the same"
    );
    let without_checksum = TestItem { verification: equal_without_checksum(), ..went() };
    let findings = compare_test_item(&without_checksum).unwrap_err();
    assert_eq!(findings[0].defect, Defect::VerificationMissing);
}

#[test]
fn a_failed_row_keeps_datasyncs_reason_and_asks_s3_for_nothing() {
    let item = spoiled_item(|item| {
        item.row.transfer_status = "FAILED".to_owned().into();
        (item.row.failure_reason, item.row.failure_code) =
            (Some("S3 Get Object Failed".into()), Some(40974));
    });
    assert_eq!(version_to_find(&item.row, true), None);
    assert_eq!(compare_test_item(&item).unwrap_err()[0].detail, "S3 Get Object Failed (40974)");
}

fn found_item(spoil: impl FnOnce(&mut FoundVersion)) -> TestItem {
    spoiled_item(|item| spoil(item.found.as_mut().unwrap()))
}

fn notices_of(proven: &ProvenItem) -> Vec<Notice> {
    proven.warnings.iter().map(|warning| warning.notice).collect()
}

fn item_in_class(class: &str) -> TestItem {
    found_item(|found| found.storage_class = Some(class.into()))
}

#[test]
fn what_is_proven_may_be_worth_a_warning() {
    for (what, item, expected) in [
        (
            "a later version",
            found_item(|found| found.on_top = VersionOnTop::LaterVersion),
            Notice::Superseded,
        ),
        (
            "a delete marker on top",
            found_item(|found| found.on_top = VersionOnTop::DeleteMarker),
            Notice::HiddenByDeleteMarker,
        ),
        ("another storage class", item_in_class("GLACIER"), Notice::StorageClassDiffers),
    ] {
        assert_eq!(notices_of(&compare_test_item(&item).unwrap()), [expected], "{what}");
    }
}
