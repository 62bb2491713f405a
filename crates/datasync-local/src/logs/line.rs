//! Lines in DataSync's form: text in Basic mode (from samples of the User Guide and of a production
//! parser), JSON in Enhanced mode, of which the guide has only a sample of a failed verification.

use domain::posix::FileTime;
use domain::report::{Comparison, ItemMetadata, VerifiedRow};
use serde_json::json;

/// The level of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Severity {
    Notice,
    Warn,
    Error,
}

impl Severity {
    fn level_name(self) -> &'static str {
        match self {
            Self::Notice => "NOTICE",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }
}

/// Formats a line: `[NOTICE] message`, or a JSON object.
pub(super) fn format_line(enhanced: bool, severity: Severity, path: &str, message: &str) -> String {
    let level = severity.level_name();
    if enhanced {
        let path = path.strip_prefix('/').unwrap_or(path);
        return json!({ "Level": level, "RelativePath": path, "Message": message }).to_string();
    }
    format!("[{level}] {message}")
}

/// The log entry of a mismatch in Enhanced mode. The fields are those of the guide's sample
/// ("Monitoring data transfers with Amazon CloudWatch Logs"), which does not show a file system's
/// metadata.
pub(super) fn mismatch_entry(row: &VerifiedRow, [source, destination]: &[String; 2]) -> String {
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

/// The log lines of a mismatch: the result, then each side's metadata and hash. `>` marks an item
/// that only the destination has. An item that it lacks is printed as a file without bytes, times
/// or hash.
pub(super) fn mismatch_messages(row: &VerifiedRow) -> Vec<String> {
    let path = &row.relative_path;
    let comparison = row.compare_sides();
    let sign = if comparison == Comparison::OnlyAtDestination { ">" } else { "<>" };
    let mut messages = vec![format!("Verification failed {sign} {path}")];
    let only_source = row.src_metadata.as_ref().filter(|_| comparison == Comparison::OnlyAtSource);
    let absent = only_source.map(absent_metadata);
    let no_hash = absent.as_ref().map(|_| "0".repeat(64));
    let destination = (
        row.dst_metadata.as_ref().or(absent.as_ref()),
        row.dst_checksum.as_ref().or(no_hash.as_ref()),
    );
    let sides =
        [("src", (row.src_metadata.as_ref(), row.src_checksum.as_ref())), ("dst", destination)];
    for (side, (metadata, checksum)) in sides {
        messages.extend(metadata.map(|m| format!("{path}   {side}Meta: {}", metadata_text(m))));
        messages.extend(
            checksum.map(|text| format!("  {side}Hash: {}", text.trim_start_matches("SHA256:"))),
        );
    }
    messages
}

/// The further log line of an item that the destination does not have.
pub(super) fn missing_message(row: &VerifiedRow) -> Option<String> {
    let path = &row.relative_path;
    let absent = row.compare_sides() == Comparison::OnlyAtSource;
    absent.then(|| {
        format!("Failed to read metadata for destination file {path}: No such file or directory")
    })
}

fn absent_metadata(source: &ItemMetadata) -> ItemMetadata {
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
        time_text(metadata.atime.as_deref()),
        time_text(metadata.mtime.as_deref()),
    )
}

/// The time as `<sec>/<nsec>`.
fn time_text(text: Option<&str>) -> String {
    let time = text.and_then(FileTime::from_report_text);
    time.map_or("-".to_owned(), |time| format!("{}/{}", time.seconds(), time.subsec_nanos()))
}

#[cfg(test)]
mod tests;
