//! Single files that went wrong, from the rows of the detailed reports. Pure.

use std::collections::HashSet;

use pipeline::records::class::Class;
use pipeline::report::{DetailedReport, ItemMetadata, VerifiedRow};

use crate::classify;

/// One file or directory, and what was wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    /// Begins with `/`.
    pub path: String,
    pub class: Class,
    /// For a person.
    pub why: String,
    /// Which step it went wrong in.
    pub step: Step,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Reading, writing or deleting it.
    Transfer,
    Verification,
}

/// What was not transferred can't be verified: of those files only the first is a reason.
pub(crate) fn without_consequences(items: Vec<Item>) -> Vec<Item> {
    let reasons = items.iter().filter(|item| item.step == Step::Transfer).map(|item| item.path.clone());
    let reasons: HashSet<String> = reasons.collect();
    let follows = |item: &Item| item.step == Step::Verification && reasons.contains(&item.path);
    items.into_iter().filter(|item| !follows(item)).collect()
}

/// What one part of a detailed report says went wrong, or was deleted. A file that is skipped because it is unchanged, or
/// must not be overwritten, is neither.
pub(crate) fn of_part(part: &DetailedReport) -> Vec<Item> {
    let skipped = part.skipped.iter().filter(|row| row.is_failed());
    let skipped = skipped.map(|row| {
        let said = row.failure().or_else(|| row.skip_reason.clone());
        by_words(&row.relative_path, reason(said, "skipped"))
    });
    let transferred = part.transferred.iter().filter(|row| !row.transfer_status.is_success());
    let transferred = transferred.map(|row| by_words(&row.relative_path, reason(row.failure(), "not transferred")));
    let verified = part.verified.iter().filter_map(of_verified);
    let deleted = part.deleted.iter().map(|row| match row.delete_status.as_ref().is_none_or(|s| s.is_success()) {
        true => Item {
            path: path_of(&row.relative_path),
            class: Class::Deletions,
            why: "deleted".to_owned(),
            step: Step::Transfer,
        },
        false => by_words(&row.relative_path, reason(row.failure(), "not deleted")),
    });
    skipped.chain(transferred).chain(verified).chain(deleted).collect()
}

/// A file that looks otherwise than what was written of it has changed meanwhile; one that looks the same and reads
/// otherwise is damaged on one side.
fn of_verified(row: &VerifiedRow) -> Option<Item> {
    let checksums_differ = row.src_checksum != row.dst_checksum;
    if row.verify_status.is_success() && !checksums_differ {
        return None;
    }
    let path = path_of(&row.relative_path);
    if changed(row.src_metadata.as_ref(), row.dst_metadata.as_ref()) {
        let why = "changed between transfer and verification".to_owned();
        return Some(Item { path, class: Class::BusyFile, why, step: Step::Verification });
    }
    let why = reason(row.failure(), if checksums_differ { "both sides differ" } else { "not verified" });
    let class = match classify::of_words(&why) {
        Class::Unknown if checksums_differ => Class::ChecksumMismatch,
        class => class,
    };
    Some(Item { path, class, why, step: Step::Verification })
}

fn changed(source: Option<&ItemMetadata>, destination: Option<&ItemMetadata>) -> bool {
    let (Some(source), Some(destination)) = (source, destination) else { return false };
    let moved = source.mtime().is_some() && destination.mtime().is_some() && source.mtime() != destination.mtime();
    moved || (source.content_size.is_some() && source.content_size != destination.content_size)
}

fn by_words(path: &str, why: String) -> Item {
    Item { path: path_of(path), class: classify::of_words(&why), why, step: Step::Transfer }
}

fn reason(said: Option<String>, otherwise: &str) -> String {
    said.unwrap_or_else(|| format!("{otherwise}; DataSync gives no reason"))
}

/// Enhanced mode leaves the first `/` out.
fn path_of(path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("/{path}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_kind_of_row_is_understood() {
        let meta = |mtime: &str| json!({"Type": "Regular", "ContentSize": 6, "Mtime": mtime});
        let (old, new) = ("2026-01-07T16:59:26.000000000Z", "2026-01-07T17:59:26.000000000Z");
        let verified = |path: &str, source: &str, status: &str, checksum: &str, reason: &str| {
            json!({"RelativePath": path, "SrcMetadata": meta(source), "DstMetadata": meta(old), "SrcChecksum": "SHA256:a",
                "DstChecksum": checksum, "VerifyStatus": status, "FailureReason": reason})
        };
        let part: DetailedReport = serde_json::from_value(json!({
            "TaskExecutionId": "exec-1",
            "Skipped": [
                {"RelativePath": "/kept", "SkipReason": "Exists at the destination", "SkipStatus": "SUCCESS"},
                {"RelativePath": "/unchanged", "SkipStatus": "SUCCESS"},
                {"RelativePath": "/unsaid"},
                {"RelativePath": "/long", "SkipReason": "Object key exceeds the maximum length of 1,024 bytes",
                    "SkipStatus": "FAILED"},
                {"RelativePath": "shut", "ErrorCode": "AccessDenied", "ErrorDetail": "no"},
            ],
            "Transferred": [
                {"RelativePath": "/fine", "TransferStatus": "SUCCESS"},
                {"RelativePath": "gone", "TransferStatus": "FAILED", "FailureReason": "No such file or directory"},
                {"RelativePath": "/secret", "TransferStatus": "FAILED", "ErrorCode": "AccessDenied", "ErrorDetail": "no"},
                {"RelativePath": "/odd", "TransferStatus": "FAILED"},
                {"RelativePath": "/none", "TransferStatus": "FAILED",
                 "FailureReason": "Listed in the manifest and not at the source"},
            ],
            "Verified": [
                verified("/fine", old, "SUCCESS", "SHA256:a", ""),
                verified("/busy", new, "FAILED", "SHA256:b", ""),
                verified("/damaged", old, "FAILED", "SHA256:b", "something"),
                verified("/stale", old, "FAILED", "SHA256:a", "stale file handle"),
            ],
            "Deleted": [{"RelativePath": "/old", "DeleteStatus": "SUCCESS"}],
        }))
        .unwrap();
        let lines: Vec<String> =
            of_part(&part).iter().map(|item| format!("{} {}: {}", item.class.as_str(), item.path, item.why)).collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        skipped-files /long: Object key exceeds the maximum length of 1,024 bytes
        permission /shut: no (AccessDenied)
        busy-file /gone: No such file or directory
        permission /secret: no (AccessDenied)
        unknown /odd: not transferred; DataSync gives no reason
        not-at-source /none: Listed in the manifest and not at the source
        busy-file /busy: changed between transfer and verification
        checksum-mismatch /damaged: something
        busy-file /stale: stale file handle
        deletions /old: deleted
        ");
    }

    #[test]
    fn what_was_not_transferred_is_not_told_as_not_verified_too() {
        let item = |path: &str, step| Item { path: path.into(), class: Class::Unknown, why: String::new(), step };
        let all = [("/a", Step::Verification), ("/b", Step::Verification), ("/a", Step::Transfer)];
        let left = without_consequences(all.map(|(path, step)| item(path, step)).into());
        let left: Vec<_> = left.iter().map(|item| (item.path.as_str(), item.step)).collect();
        assert_eq!(left, [("/b", Step::Verification), ("/a", Step::Transfer)]);
    }
}
