use domain::report::RowStatus;

use super::*;
use crate::testing::fixtures::{SHA256, verified_row};

#[test]
fn a_row_is_equal_only_when_datasync_says_so_and_both_checksums_agree() {
    let differs = |detail: &str| RowVerification::ChecksumDiffers { detail: detail.into() };
    let failed = |detail: &str| RowVerification::Failed { detail: detail.into() };
    for (status, source, destination, expected) in [
        (
            "SUCCESS",
            Some(format!("SHA256:{SHA256}")),
            Some(format!("SHA256:{SHA256}")),
            RowVerification::Equal { sha256: Some(SHA256.into()) },
        ),
        ("SUCCESS", None, None, RowVerification::Equal { sha256: None }),
        (
            "SUCCESS",
            Some("SHA256:a".into()),
            Some("SHA256:b".into()),
            differs("source SHA256:a, object SHA256:b"),
        ),
        (
            "FAILED",
            Some("SHA256:a".into()),
            Some("SHA256:b".into()),
            differs("source SHA256:a, object SHA256:b"),
        ),
        ("SUCCESS", Some("SHA256:a".into()), None, differs("source SHA256:a, object no checksum")),
        ("FAILED", None, None, failed("FAILED: DataSync gives no reason")),
        ("SKIPPED", None, None, failed("SKIPPED: DataSync gives no reason")),
    ] {
        let (src_checksum, dst_checksum) = (source, destination);
        let row = VerifiedRow {
            verify_status: RowStatus::from(status.to_owned()),
            src_checksum,
            dst_checksum,
            ..verified_row("/a")
        };
        assert_eq!(RowVerification::from_row(&row), expected, "{row:?}");
    }
}

#[test]
fn a_file_that_moved_is_not_verified_and_its_checksums_are_no_finding() {
    let kept = || verified_row("/a");
    let sum = Some(format!("SHA256:{}", SHA256.replace('d', "0")));
    let older = || {
        let mut row = VerifiedRow { src_checksum: sum.clone(), ..kept() };
        row.src_metadata.as_mut().unwrap().mtime = Some("2022-01-07T17:00:00Z".into());
        row
    };
    let gone = || VerifiedRow { src_metadata: None, src_checksum: None, ..kept() };
    let created = || VerifiedRow { dst_metadata: None, dst_checksum: None, ..kept() };
    for (row, only_at, expected) in [
        (older(), None, "its file was another when the run verified: no (1)"),
        (
            gone(),
            Some(OnlySide::Destination),
            "it was at the destination only when the run verified: no (1)",
        ),
        (
            created(),
            Some(OnlySide::Source),
            "it was at the source only when the run verified: no (1)",
        ),
    ] {
        let row = VerifiedRow { failure_reason: Some("no".into()), failure_code: Some(1), ..row };
        let item = VerifiedItem::from_row(&VerifiedRow { verify_status: RowStatus::Failed, ..row });
        assert_eq!(
            (item.only_at, &item.verification),
            (only_at, &RowVerification::Failed { detail: expected.into() })
        );
    }
    let [gone, created] = [gone(), created()].map(|row| VerifiedItem::from_row(&row));
    assert!(
        gone.is_other_side_of(&created)
            && created.is_other_side_of(&gone)
            && !gone.is_other_side_of(&gone)
    );
    assert!(!gone.is_other_side_of(&VerifiedItem::from_row(&kept())));
}

#[test]
fn a_report_is_whole_when_it_has_as_many_rows_as_datasync_counts() {
    let mut count = VerifiedCount::default();
    let mut directory = verified_row("/d");
    directory.src_metadata.as_mut().unwrap().kind = Some("Directory".into());
    let failed = VerifiedRow { verify_status: RowStatus::Failed, ..verified_row("/b") };
    [verified_row("/a"), failed, directory].iter().for_each(|row| count.add_row(row));
    assert_eq!(count, VerifiedCount { rows: 3, files: 2, equal_rows: 2, equal_files: 1 });
    for (files_verified, basic, enhanced) in
        [(0, false, false), (1, false, true), (2, true, true), (3, true, false), (4, false, false)]
    {
        let counters = Counters { files_verified, ..Counters::default() };
        let of_enhanced = Counters { files_listed: Some(9), ..counters };
        assert_eq!(
            (count.is_whole(&counters), count.is_whole(&of_enhanced)),
            (basic, enhanced),
            "{files_verified}"
        );
    }
}
