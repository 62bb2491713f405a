//! Lines as DataSync words them: text in Basic mode (samples of the User Guide and of a production
//! parser), JSON in Enhanced mode, of which the guide has a sample of a failed verification and of
//! nothing else.

use domain::posix::FileTime;
use domain::report::{Comparison, ItemMetadata, VerifiedRow};
use serde_json::json;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Severity {
    Notice,
    Warn,
    Error,
}

impl Severity {
    fn word(self) -> &'static str {
        match self {
            Self::Notice => "NOTICE",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }
}

/// `[NOTICE] message`, or a JSON object.
pub(super) fn line(enhanced: bool, severity: Severity, path: &str, message: &str) -> String {
    let level = severity.word();
    if enhanced {
        let path = path.strip_prefix('/').unwrap_or(path);
        return json!({ "Level": level, "RelativePath": path, "Message": message }).to_string();
    }
    format!("[{level}] {message}")
}

/// The log entry of a mismatch in Enhanced mode. The fields are those of the guide's sample
/// ("Monitoring data transfers with Amazon CloudWatch Logs"); what a file system's metadata looks
/// like in them it does not show.
pub(super) fn verify_entry(row: &VerifiedRow, [source, destination]: &[String; 2]) -> String {
    let path = row.relative_path.strip_prefix('/').unwrap_or(&row.relative_path);
    let side = |location: &str, metadata: Option<&ItemMetadata>| {
        let mut side = json!({ "LocationId": location, "RelativePath": path });
        if let Some(metadata) = metadata {
            side["Metadata"] = json!(metadata);
        }
        side
    };
    json!({
        "Action": "VERIFY",
        "Source": side(source, row.src_metadata.as_ref()),
        "Destination": side(destination, row.dst_metadata.as_ref()),
        "ErrorCode": row.error_code,
        "ErrorDetail": row.failure_reason,
    })
    .to_string()
}

/// The log lines of a mismatch: the verdict, then either side's metadata and hash. `>` is what only
/// the destination has; what it lacks is printed as a file of no bytes, times or hash.
pub(super) fn mismatch(row: &VerifiedRow) -> Vec<String> {
    let path = &row.relative_path;
    let comparison = row.compare_sides();
    let sign = if comparison == Comparison::OnlyAtDestination { ">" } else { "<>" };
    let mut messages = vec![format!("Verification failed {sign} {path}")];
    let absent = row
        .src_metadata
        .as_ref()
        .filter(|_| comparison == Comparison::OnlyAtSource)
        .map(nothing_of);
    let no_hash = absent.as_ref().map(|_| "0".repeat(64));
    let destination = (
        row.dst_metadata.as_ref().or(absent.as_ref()),
        row.dst_checksum.as_ref().or(no_hash.as_ref()),
    );
    let sides =
        [("src", (row.src_metadata.as_ref(), row.src_checksum.as_ref())), ("dst", destination)];
    for (side, (metadata, checksum)) in sides {
        if let Some(metadata) = metadata {
            messages.push(format!("{path}   {side}Meta: {}", metadata_text(metadata)));
        }
        if let Some(checksum) = checksum {
            messages.push(format!("  {side}Hash: {}", checksum.trim_start_matches("SHA256:")));
        }
    }
    messages
}

/// The further log line of an item that the destination does not have.
pub(super) fn not_at_destination(row: &VerifiedRow) -> Option<String> {
    let path = &row.relative_path;
    let absent = row.compare_sides() == Comparison::OnlyAtSource;
    absent.then(|| {
        format!("Failed to read metadata for destination file {path}: No such file or directory")
    })
}

fn nothing_of(source: &ItemMetadata) -> ItemMetadata {
    let never = Some("1970-01-01T00:00:00Z".to_owned());
    ItemMetadata { content_size: Some(0), atime: never.clone(), mtime: never, ..source.clone() }
}

fn metadata_text(metadata: &ItemMetadata) -> String {
    let number = |number: Option<u32>| number.map_or("-".to_owned(), |number| number.to_string());
    let kind = metadata.kind.as_deref().and_then(|kind| kind.get(..1)).unwrap_or("-");
    format!(
        "type={kind} mode={} uid={} gid={} size={} atime={} mtime={} extAttrsHash=0",
        metadata.mode.as_deref().unwrap_or("-"),
        number(metadata.uid),
        number(metadata.gid),
        metadata.content_size.unwrap_or_default(),
        time(metadata.atime.as_deref()),
        time(metadata.mtime.as_deref()),
    )
}

/// `<sec>/<nsec>`.
fn time(text: Option<&str>) -> String {
    let time = text.and_then(FileTime::from_report_text);
    time.map_or("-".to_owned(), |time| format!("{}/{}", time.seconds(), time.subsec_nanos()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mismatch_prints_what_the_guide_prints() {
        let side = |size| {
            serde_json::json!({"Type":"Regular","ContentSize":size,"Mtime":"2020-10-14T04:20:22.222919600Z",
                "Atime":"2021-10-01T15:01:43.684349800Z","Uid":65534,"Gid":65534,"Mode":"0755"})
        };
        let row = serde_json::json!({"RelativePath":"/directory1/file1.txt","VerifyStatus":"FAILED","SrcMetadata":side(534_528),
            "SrcChecksum":"SHA256:ab","DstMetadata":side(511_001),"DstChecksum":"SHA256:cd"});
        let row: VerifiedRow = serde_json::from_value(row).unwrap();
        insta::assert_snapshot!(mismatch(&row).join("\n"), @r"
        Verification failed <> /directory1/file1.txt
        /directory1/file1.txt   srcMeta: type=R mode=0755 uid=65534 gid=65534 size=534528 atime=1633100503/684349800 mtime=1602649222/222919600 extAttrsHash=0
          srcHash: ab
        /directory1/file1.txt   dstMeta: type=R mode=0755 uid=65534 gid=65534 size=511001 atime=1633100503/684349800 mtime=1602649222/222919600 extAttrsHash=0
          dstHash: cd
        ");
    }

    #[test]
    fn what_one_side_alone_has_is_printed_as_the_guide_prints_it() {
        let side = serde_json::json!({"Type":"Regular","ContentSize":61533,"Mtime":"2018-09-10T19:00:31.894267700Z",
            "Atime":"2021-10-01T14:59:47.747713800Z","Uid":65534,"Gid":65534,"Mode":"0755"});
        let row = |of: &str| {
            let mut row =
                serde_json::json!({"RelativePath":"/d/file1.txt","VerifyStatus":"FAILED"});
            (row[format!("{of}Metadata")], row[format!("{of}Checksum")]) =
                (side.clone(), "SHA256:ab".into());
            serde_json::from_value::<VerifiedRow>(row).unwrap()
        };
        let (created, gone) = (row("Src"), row("Dst"));
        let lines = [
            not_at_destination(&created).unwrap(),
            mismatch(&created).join("\n"),
            mismatch(&gone).join("\n"),
        ];
        assert_eq!(not_at_destination(&gone), None);
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
        let said = "Verification failed due to file being present at the destination but not at \
            the source";
        let metadata = serde_json::json!({"Type":"Regular","ContentSize":6,"Mtime":"2020-10-14T04:20:22.222919600Z"});
        let row = serde_json::json!({"RelativePath":"/d/file1.txt","VerifyStatus":"FAILED","DstMetadata":metadata,
            "FailureReason":said,"ErrorCode":"FileNotAtSource"});
        let row: VerifiedRow = serde_json::from_value(row).unwrap();
        let entry = verify_entry(&row, &["loc-1".to_owned(), "loc-2".to_owned()]);
        let expected = serde_json::json!({"Action":"VERIFY","Source":{"LocationId":"loc-1","RelativePath":"d/file1.txt"},
            "Destination":{"LocationId":"loc-2","RelativePath":"d/file1.txt","Metadata":metadata},
            "ErrorCode":"FileNotAtSource","ErrorDetail":said});
        assert_eq!(serde_json::from_str::<serde_json::Value>(&entry).unwrap(), expected);
    }

    #[test]
    fn lines_have_the_form_of_their_mode() {
        assert_eq!(
            line(false, Severity::Notice, "/a", "Transferred file /a, 1 bytes"),
            "[NOTICE] Transferred file /a, 1 bytes"
        );
        let enhanced: serde_json::Value =
            serde_json::from_str(&line(true, Severity::Error, "/a", "no")).unwrap();
        assert_eq!(
            enhanced,
            serde_json::json!({"Level": "ERROR", "Message": "no", "RelativePath": "a"})
        );
    }
}
