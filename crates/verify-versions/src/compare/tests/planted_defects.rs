//! Every defect, planted.

use super::*;

/// Requires of each item one finding, the expected one.
fn require_findings(cases: impl IntoIterator<Item = (&'static str, TestItem, Defect)>) {
    for (what, item, expected) in cases {
        let found: Vec<Defect> = compare_test_item(&item)
            .unwrap_err()
            .into_iter()
            .map(|finding| finding.defect)
            .collect();
        assert_eq!(found, [expected], "{what}");
    }
}

#[test]
fn each_defect_of_the_transfer_is_found_and_nothing_else() {
    require_findings([
        (
            "a failed transfer",
            spoiled_item(|item| item.row.transfer_status = "FAILED".to_owned().into()),
            Defect::TransferFailed,
        ),
        (
            "a status nobody knows",
            spoiled_item(|item| item.row.transfer_status = "LOST".to_owned().into()),
            Defect::TransferFailed,
        ),
    ]);
}

#[test]
fn each_defect_of_the_version_is_found_and_nothing_else() {
    require_findings([
        (
            "no version id",
            spoiled_item(|item| item.row.dst_s3_version_id = None),
            Defect::NoVersionId,
        ),
        (
            "an empty version id",
            spoiled_item(|item| item.row.dst_s3_version_id = Some(String::new())),
            Defect::NoVersionId,
        ),
        ("a deleted version", spoiled_item(|item| item.found = None), Defect::VersionMissing),
        (
            "a deleted version of a directory",
            TestItem { found: None, ..item_of_kind("Directory") },
            Defect::VersionMissing,
        ),
    ]);
}

#[test]
fn each_defect_of_the_size_is_found_and_nothing_else() {
    require_findings([
        (
            "a shorter object",
            spoiled_item(|item| item.found.as_mut().unwrap().size = 5),
            Defect::SizeDiffers,
        ),
        (
            "a size that is not reported",
            spoiled_item(|item| item.row.src_metadata = None),
            Defect::SizeDiffers,
        ),
    ]);
}

#[test]
fn each_defect_of_the_metadata_is_found_and_nothing_else() {
    require_findings([
        (
            "another mode",
            item_with_posix(|posix| posix.mode = Some(0o100_600)),
            Defect::MetadataDiffers,
        ),
        ("another owner", item_with_posix(|posix| posix.uid = Some(0)), Defect::MetadataDiffers),
        ("another group", item_with_posix(|posix| posix.gid = Some(0)), Defect::MetadataDiffers),
    ]);
}

fn set_mtime(item: &mut TestItem, mtime: &str) {
    item.row.src_metadata.as_mut().unwrap().mtime = Some(mtime.into());
}

#[test]
fn each_defect_of_the_times_is_found_and_nothing_else() {
    require_findings([
        (
            "another mtime",
            item_with_posix(|posix| posix.mtime = "1641574766137".parse().ok()),
            Defect::MetadataDiffers,
        ),
        (
            "an mtime nobody understands",
            spoiled_item(|item| set_mtime(item, "today")),
            Defect::MetadataDiffers,
        ),
        (
            "no metadata at all",
            item_with_posix(|posix| *posix = Posix::default()),
            Defect::MetadataDiffers,
        ),
    ]);
}

#[test]
fn each_missing_verification_is_found_and_nothing_else() {
    require_findings([
        (
            "no verified row",
            spoiled_item(|item| item.verification = None),
            Defect::VerificationMissing,
        ),
        (
            "a verified row without checksums",
            spoiled_item(|item| item.verification = equal_without_checksum()),
            Defect::VerificationMissing,
        ),
    ]);
}

fn failed_verification() -> Option<RowVerification> {
    Some(RowVerification::Failed { detail: "x".into() })
}

#[test]
fn each_verification_that_differs_is_found_and_nothing_else() {
    let detail = "x".to_owned();
    let differs = Some(RowVerification::ChecksumDiffers { detail });
    require_findings([
        (
            "a failed verification",
            spoiled_item(|item| item.verification = failed_verification()),
            Defect::NotVerified,
        ),
        (
            "a directory that failed verification",
            TestItem { verification: failed_verification(), ..item_of_kind("Directory") },
            Defect::NotVerified,
        ),
        (
            "unequal checksums",
            spoiled_item(|item| item.verification = differs),
            Defect::ChecksumDiffers,
        ),
    ]);
}

#[test]
fn all_defects_of_one_object_are_described() {
    let item = spoiled_item(|item| {
        let found = item.found.as_mut().unwrap();
        let posix = found.posix.as_mut().unwrap();
        (found.size, posix.uid, posix.mode) = (5, Some(0), None);
        item.verification = None;
    });
    let lines = compare_test_item(&item)
        .unwrap_err()
        .into_iter()
        .map(|f| format!("{} {}: {}", f.path, f.defect.as_text(), f.detail));
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @"
    /a b/ü.txt size differs: source 6 bytes, object 5 bytes
    /a b/ü.txt metadata differs: mode: source 0644, object none; uid: source 1000, object 0
    /a b/ü.txt verification missing: the Verified report doesn't have it
    ");
}
