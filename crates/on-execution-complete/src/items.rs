//! Single files that went wrong, from the rows of the detailed reports. Pure.

use std::collections::HashSet;

use domain::records::class::Class;
use domain::report::{Comparison, DetailedReport, VerifiedRow};

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
    /// The class if a repeat of the run reports the same again; only where the report leaves it
    /// open.
    pub if_again: Option<Class>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Reading, writing or deleting it.
    Transfer,
    Verification,
}

/// A file that was not transferred can't be verified: of its items only the first is a reason. An
/// object that was deleted as it should is no reason for what has its place since.
pub(crate) fn without_consequences(items: Vec<Item>) -> Vec<Item> {
    let is_reason = |item: &&Item| item.step == Step::Transfer && item.class != Class::Deletions;
    let reasons = items.iter().filter(is_reason).map(|item| item.path.clone());
    let reasons: HashSet<String> = reasons.collect();
    let follows = |item: &Item| item.step == Step::Verification && reasons.contains(&item.path);
    items.into_iter().filter(|item| !follows(item)).collect()
}

/// What one part of a detailed report says went wrong, or was deleted. A file that is skipped
/// because it is unchanged, or must not be overwritten, is neither.
pub(crate) fn of_part(part: &DetailedReport) -> Vec<Item> {
    let skipped = part.skipped.iter().filter(|row| row.is_failed());
    let skipped = skipped.map(|row| {
        let said = row.failure().or_else(|| row.skip_reason.clone());
        by_words(&row.relative_path, reason(said, "skipped"))
    });
    let transferred = part.transferred.iter().filter(|row| !row.transfer_status.is_success());
    let transferred = transferred
        .map(|row| by_words(&row.relative_path, reason(row.failure(), "not transferred")));
    let verified = part.verified.iter().filter_map(of_verified);
    let deleted = part.deleted.iter().map(|row| {
        match row.delete_status.as_ref().is_none_or(|s| s.is_success()) {
            true => Item {
                path: path_of(&row.relative_path),
                class: Class::Deletions,
                why: "deleted".to_owned(),
                step: Step::Transfer,
                if_again: None,
            },
            false => by_words(&row.relative_path, reason(row.failure(), "not deleted")),
        }
    });
    skipped.chain(transferred).chain(verified).chain(deleted).collect()
}

/// The faulty items of a run that failed, without what it deleted as it should. A file that is
/// busy, unless the report's words mean something else, has its chance in a repeat; there they mean
/// it.
pub(crate) fn wrong_in(items: &[Item], is_repeat: bool) -> Vec<Item> {
    let wrong = items.iter().filter(|item| item.class != Class::Deletions).cloned();
    let settled = wrong.map(|item| Item {
        class: item.if_again.filter(|_| is_repeat).unwrap_or(item.class),
        ..item
    });
    settled.collect()
}

/// A file that moved while the run was under way is busy; one that looks the same on both sides and
/// reads otherwise is damaged on one of them. Where the sides don't tell, DataSync's words do.
fn of_verified(row: &VerifiedRow) -> Option<Item> {
    let path = path_of(&row.relative_path);
    let said = row.failure();
    let by_words = said.as_ref().map_or(Class::Unknown, |said| of_words_on(&path, said));
    let has_metadata = row.src_metadata.is_some() && row.dst_metadata.is_some();
    let (class, if_again, otherwise) = match row.compare_sides() {
        Comparison::Equal => return None,
        Comparison::Changed => (Class::BusyFile, None, None),
        Comparison::ContentDiffers => (Class::ChecksumMismatch, None, Some("both sides differ")),
        Comparison::ContentDiffersPerhapsChanged => {
            (Class::BusyFile, Some(Class::ChecksumMismatch), Some("both sides differ"))
        }
        // Such rows are written of files that move; the words that DataSync has for them are not
        // all documented.
        Comparison::OnlyAtSource => one_sided(by_words, "at the source only"),
        Comparison::OnlyAtDestination => one_sided(by_words, "at the destination only"),
        Comparison::NotSaid if by_words == Class::ChecksumMismatch && !has_metadata => {
            (Class::BusyFile, Some(Class::ChecksumMismatch), None)
        }
        Comparison::NotSaid => (by_words, None, Some("not verified")),
    };
    let why = match otherwise {
        Some(otherwise) => reason(said, otherwise),
        None => "changed between transfer and verification".to_owned(),
    };
    Some(Item { path, class, why, step: Step::Verification, if_again })
}

fn one_sided(
    by_words: Class,
    otherwise: &'static str,
) -> (Class, Option<Class>, Option<&'static str>) {
    match by_words {
        Class::Unknown | Class::ChecksumMismatch => {
            (Class::BusyFile, Some(Class::Unknown), Some(otherwise))
        }
        class => (class, None, Some(otherwise)),
    }
}

/// Of a file that was not copied nothing shows that it is damaged: it may have moved while it was
/// read.
fn by_words(path: &str, why: String) -> Item {
    let path = path_of(path);
    let (class, if_again) = match of_words_on(&path, &why) {
        Class::ChecksumMismatch => (Class::BusyFile, Some(Class::ChecksumMismatch)),
        class => (class, None),
    };
    Item { path, class, why, step: Step::Transfer, if_again }
}

/// DataSync's words may name the file, whose name is not to be taken for words.
fn of_words_on(path: &str, said: &str) -> Class {
    let ends =
        |c: char| c.is_whitespace() || matches!(c, ':' | ',' | ';' | '(' | ')' | '"' | '\'' | '`');
    let stands_alone = |at: usize| {
        let (before, after) =
            (said[..at].chars().next_back(), said[at + path.len()..].chars().next());
        before.is_none_or(ends) && after.is_none_or(ends)
    };
    match said.match_indices(path).find(|(at, _)| stands_alone(*at)) {
        Some((at, _)) => {
            classify::of_words(&format!("{}{}", &said[..at], &said[at + path.len()..]))
        }
        None => classify::of_words(said),
    }
}

fn reason(said: Option<String>, otherwise: &str) -> String {
    said.unwrap_or_else(|| format!("{otherwise}; DataSync gives no reason"))
}

/// Enhanced mode leaves the first `/` out.
fn path_of(path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("/{path}") }
}

#[cfg(test)]
impl Item {
    /// One that could not be copied.
    pub(crate) fn of(class: Class) -> Self {
        Self { path: "/a".into(), class, why: String::new(), step: Step::Transfer, if_again: None }
    }
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
                {"RelativePath": "/long", "SkipReason": "Object key exceeds the maximum length of \
                    1,024 bytes",
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
        let lines: Vec<String> = of_part(&part)
            .iter()
            .map(|item| format!("{} {}: {}", item.class.as_str(), item.path, item.why))
            .collect();
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
    fn a_name_is_not_taken_for_words() {
        for (path, said, expected) in [
            (
                "/mount/a",
                "Failed to open source file /mount/a: No such file or directory",
                Class::BusyFile,
            ),
            (
                "/kms, cancelled",
                "Failed to open source file /kms, cancelled: No such file or directory",
                Class::BusyFile,
            ),
            ("/a", "S3 Put Object Failed: access denied", Class::Permission),
            ("/stale", "stale file handle", Class::BusyFile),
            ("/s", "kms/s", Class::Kms),
            ("/ü", "/ü: Permission denied", Class::Permission),
        ] {
            assert_eq!(of_words_on(path, said), expected, "{path}: {said}");
        }
    }

    #[test]
    fn what_was_not_transferred_is_not_told_as_not_verified_too() {
        let item = |path: &str, step| Item { path: path.into(), step, ..Item::of(Class::Unknown) };
        let all = [("/a", Step::Verification), ("/b", Step::Verification), ("/a", Step::Transfer)];
        let left = without_consequences(all.map(|(path, step)| item(path, step)).into());
        let left: Vec<_> = left.iter().map(|item| (item.path.as_str(), item.step)).collect();
        assert_eq!(left, [("/b", Step::Verification), ("/a", Step::Transfer)]);
        let again = [Item::of(Class::Deletions), item("/a", Step::Verification)];
        assert_eq!(
            without_consequences(again.to_vec()),
            again,
            "created again after it was deleted"
        );
    }
}
