use super::*;

#[test]
fn a_mismatch_prints_what_the_guide_prints() {
    let side = |size| {
        serde_json::json!({"Type":"Regular","ContentSize":size,
            "Mtime":"2020-10-14T04:20:22.222919600Z",
            "Atime":"2021-10-01T15:01:43.684349800Z","Uid":65534,"Gid":65534,"Mode":"0755"})
    };
    let row = serde_json::json!({"RelativePath":"/directory1/file1.txt",
        "VerifyStatus":"FAILED","SrcMetadata":side(534_528),
        "SrcChecksum":"SHA256:ab","DstMetadata":side(511_001),"DstChecksum":"SHA256:cd"});
    let row: VerifiedRow = serde_json::from_value(row).unwrap();
    insta::assert_snapshot!(mismatch_messages(&row).join("\n"), @r"
    Verification failed <> /directory1/file1.txt
    /directory1/file1.txt   srcMeta: type=R mode=0755 uid=65534 gid=65534 size=534528 atime=1633100503/684349800 mtime=1602649222/222919600 extAttrsHash=0
      srcHash: ab
    /directory1/file1.txt   dstMeta: type=R mode=0755 uid=65534 gid=65534 size=511001 atime=1633100503/684349800 mtime=1602649222/222919600 extAttrsHash=0
      dstHash: cd
    ");
}

fn one_sided_row(side: &str) -> VerifiedRow {
    let metadata = serde_json::json!({"Type":"Regular","ContentSize":61533,
        "Mtime":"2018-09-10T19:00:31.894267700Z",
        "Atime":"2021-10-01T14:59:47.747713800Z","Uid":65534,"Gid":65534,"Mode":"0755"});
    let mut row = serde_json::json!({"RelativePath":"/d/file1.txt","VerifyStatus":"FAILED"});
    (row[format!("{side}Metadata")], row[format!("{side}Checksum")]) =
        (metadata, "SHA256:ab".into());
    serde_json::from_value(row).unwrap()
}

#[test]
fn what_one_side_alone_has_is_printed_as_the_guide_prints_it() {
    let (created, gone) = (one_sided_row("Src"), one_sided_row("Dst"));
    let lines = [
        missing_message(&created).unwrap(),
        mismatch_messages(&created).join("\n"),
        mismatch_messages(&gone).join("\n"),
    ];
    assert_eq!(missing_message(&gone), None);
    insta::assert_snapshot!(lines.join("\n"), @r"
    Failed to read metadata for destination file /d/file1.txt: No such file or directory
    Verification failed <> /d/file1.txt
    /d/file1.txt   srcMeta: type=R mode=0755 uid=65534 gid=65534 size=61533 atime=1633100387/747713800 mtime=1536606031/894267700 extAttrsHash=0
      srcHash: ab
    /d/file1.txt   dstMeta: type=R mode=0755 uid=65534 gid=65534 size=0 atime=0/0 mtime=0/0 extAttrsHash=0
      dstHash: 0000000000000000000000000000000000000000000000000000000000000000
    Verification failed > /d/file1.txt
    /d/file1.txt   dstMeta: type=R mode=0755 uid=65534 gid=65534 size=61533 atime=1633100387/747713800 mtime=1536606031/894267700 extAttrsHash=0
      dstHash: ab
    ");
}

#[test]
fn an_enhanced_mismatch_has_the_fields_of_the_guides_sample() {
    let detail = "Verification failed due to file being present at the destination but not at \
        the source";
    let metadata = serde_json::json!({"Type":"Regular","ContentSize":6,
        "Mtime":"2020-10-14T04:20:22.222919600Z"});
    let row = serde_json::json!({"RelativePath":"/d/file1.txt","VerifyStatus":"FAILED",
        "DstMetadata":metadata,
        "FailureReason":detail,"ErrorCode":"FileNotAtSource"});
    let row: VerifiedRow = serde_json::from_value(row).unwrap();
    let entry = mismatch_entry(&row, &["loc-1".to_owned(), "loc-2".to_owned()]);
    let expected = serde_json::json!({"Action":"VERIFY","Source":{"LocationId":"loc-1",
        "RelativePath":"d/file1.txt"},
        "Destination":{"LocationId":"loc-2","RelativePath":"d/file1.txt","Metadata":metadata},
        "ErrorCode":"FileNotAtSource","ErrorDetail":detail});
    assert_eq!(serde_json::from_str::<serde_json::Value>(&entry).unwrap(), expected);
}

#[test]
fn lines_have_the_form_of_their_mode() {
    assert_eq!(
        format_line(false, Severity::Notice, "/a", "Transferred file /a, 1 bytes"),
        "[NOTICE] Transferred file /a, 1 bytes"
    );
    let enhanced: serde_json::Value =
        serde_json::from_str(&format_line(true, Severity::Error, "/a", "no")).unwrap();
    assert_eq!(
        enhanced,
        serde_json::json!({"Level": "ERROR", "Message": "no", "RelativePath": "a"})
    );
}
