use super::*;

/// The sample of the DataSync User Guide (Basic mode).
const TRANSFERRED: &str = r#"{"TaskExecutionId":"exec-1","Transferred":[{"RelativePath":"/object1.txt","SrcMetadata":{"Type":"Regular","ContentSize":6,"Mtime":"2022-01-07T16:59:26.136114671Z","Atime":"2022-01-07T16:59:26.136114671Z","Uid":0,"Gid":0,"Mode":"0644"},"Overwrite":"False","DstS3VersionId":"jtqR","TransferTimestamp":"2022-01-07T16:59:45.747270957Z","TransferType":"CONTENT_AND_METADATA","TransferStatus":"SUCCESS"}]}"#;

#[test]
fn the_documented_sample_survives_a_round_trip() {
    let report: DetailedReport = serde_json::from_str(TRANSFERRED).unwrap();
    let row = &report.transferred[0];
    assert!(row.transfer_status.is_success());
    assert_eq!(row.dst_s3_version_id.as_deref(), Some("jtqR"));
    assert_eq!(row.failure(), None);
    assert_eq!(serde_json::to_string(&report).unwrap(), TRANSFERRED);
}

#[test]
fn enhanced_spellings_and_unknown_words_are_read() {
    let text = r#"{"TaskExecutionId":"exec-1","New":1,"Transferred":[{"RelativePath":"a","SourceMetadata":
        {"Type":"Object","LastModified":"x","UserMetadata":{}},"TransferType":"TAGS","TransferStatus":"FAILED",
        "ErrorCode":"AccessDenied","ErrorDetail":"no"}]}"#;
    let report: DetailedReport = serde_json::from_str(text).unwrap();
    let row = &report.transferred[0];
    assert_eq!(row.transfer_type, Some(TransferType::Other("TAGS".into())));
    assert_eq!(row.src_metadata.as_ref().unwrap().kind.as_deref(), Some("Object"));
    assert_eq!(row.failure().as_deref(), Some("no (AccessDenied)"));
}

#[test]
fn a_skipped_row_is_a_failure_only_where_it_says_so() {
    for (row, failed, unchanged) in [
        (r#"{"RelativePath":"/a"}"#, false, false),
        (r#"{"RelativePath":"/a","SkipStatus":"SUCCESS","SkipReason":"Unchanged"}"#, false, true),
        (
            r#"{"RelativePath":"/a","SkipStatus":"SKIPPED","SkipReason":"OverwriteMode is NEVER"}"#,
            false,
            false,
        ),
        (r#"{"RelativePath":"/a","SkipStatus":"FAILED","SkipReason":"Unchanged"}"#, true, false),
        (r#"{"RelativePath":"a","ErrorCode":"AccessDenied"}"#, true, false),
    ] {
        let parsed: SkippedRow = serde_json::from_str(row).unwrap();
        assert_eq!((parsed.is_failed(), parsed.is_unchanged()), (failed, unchanged), "{row}");
    }
}

#[test]
fn a_verified_part_is_read_with_its_checksums() {
    let text = r#"{"TaskExecutionId":"exec-1","Verified":[{"RelativePath":"/t.jpg","SrcMetadata":{"Type":"Regular",
        "ContentSize":15364,"Mtime":"2023-10-16T21:41:34.000000000Z"},"SrcChecksum":"SHA256:d1","DstMetadata":
        {"Type":"Directory"},"DstChecksum":"SHA256:d1","VerifyTimestamp":"x","VerifyStatus":"SUCCESS"}]}"#;
    let report: DetailedReport = serde_json::from_str(text).unwrap();
    let row = &report.verified[0];
    assert_eq!(row.src_checksum, row.dst_checksum);
    assert!(row.dst_metadata.as_ref().unwrap().is_directory());
    assert_eq!(row.src_metadata.as_ref().unwrap().mtime().unwrap().seconds(), 1_697_492_494);
}
