//! Lines as DataSync words them: text in Basic mode (samples of the User Guide and of a production parser), JSON in
//! Enhanced mode, whose field names no source confirms.

use pipeline::posix::FileTime;
use pipeline::report::{ItemMetadata, VerifiedRow};
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

/// What a mismatch prints: the verdict, then either side's metadata and hash.
pub(super) fn mismatch(row: &VerifiedRow) -> Vec<String> {
    let path = &row.relative_path;
    let mut messages = vec![format!("Verification failed <> {path}")];
    let sides = [("src", &row.src_metadata, &row.src_checksum), ("dst", &row.dst_metadata, &row.dst_checksum)];
    for (side, metadata, checksum) in sides {
        if let Some(metadata) = metadata {
            messages.push(format!("{path}   {side}Meta: {}", metadata_text(metadata)));
        }
        if let Some(checksum) = checksum {
            messages.push(format!("  {side}Hash: {}", checksum.trim_start_matches("SHA256:")));
        }
    }
    messages
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
    fn lines_have_the_form_of_their_mode() {
        assert_eq!(
            line(false, Severity::Notice, "/a", "Transferred file /a, 1 bytes"),
            "[NOTICE] Transferred file /a, 1 bytes"
        );
        let enhanced: serde_json::Value = serde_json::from_str(&line(true, Severity::Error, "/a", "no")).unwrap();
        assert_eq!(enhanced, serde_json::json!({"Level": "ERROR", "Message": "no", "RelativePath": "a"}));
    }
}
