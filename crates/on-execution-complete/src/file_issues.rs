//! The issues of single files, from the rows of the detailed reports. Pure.

use std::collections::HashSet;

use domain::records::class::Class;
use domain::report::{Comparison, DeletedRow, DetailedReport, VerifiedRow};

use crate::classify::classify_message;

/// The issue of one file or directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileIssue {
    /// Begins with `/`.
    pub path: String,
    pub class: Class,
    /// The reason, for a person.
    pub reason: String,
    pub phase: IssuePhase,
    /// The class if a retry reports the same again; only where the report does not decide it.
    pub class_if_repeated: Option<Class>,
}

/// The phase of an issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IssuePhase {
    /// Reading, writing or deleting the file.
    Transfer,
    Verification,
}

/// Removes the issues that only follow from others: a file that was not transferred can't be
/// verified. An intended deletion is no cause for an issue of a later file at the same path.
pub(crate) fn without_consequences(issues: Vec<FileIssue>) -> Vec<FileIssue> {
    let is_cause =
        |issue: &&FileIssue| issue.phase == IssuePhase::Transfer && issue.class != Class::Deletions;
    let causes: HashSet<String> =
        issues.iter().filter(is_cause).map(|issue| issue.path.clone()).collect();
    let is_consequence =
        |issue: &FileIssue| issue.phase == IssuePhase::Verification && causes.contains(&issue.path);
    issues.into_iter().filter(|issue| !is_consequence(issue)).collect()
}

/// The issues in one part of a detailed report, and the deletions. A file that was skipped because
/// it is unchanged, or must not be overwritten, is neither.
pub(crate) fn issues_in_part(part: &DetailedReport) -> Vec<FileIssue> {
    let skipped = part.skipped.iter().filter(|row| row.is_failed()).map(|row| {
        let message = row.failure().or_else(|| row.skip_reason.clone());
        transfer_issue(&row.relative_path, reason_or(message, "skipped"))
    });
    let not_transferred = part.transferred.iter().filter(|row| !row.transfer_status.is_success());
    let transferred = not_transferred
        .map(|row| transfer_issue(&row.relative_path, reason_or(row.failure(), "not transferred")));
    let verified = part.verified.iter().filter_map(verification_issue);
    let deleted = part.deleted.iter().map(deletion_issue);
    skipped.chain(transferred).chain(verified).chain(deleted).collect()
}

fn deletion_issue(row: &DeletedRow) -> FileIssue {
    match row.delete_status.as_ref().is_none_or(|s| s.is_success()) {
        true => FileIssue {
            path: absolute_path(&row.relative_path),
            class: Class::Deletions,
            reason: "deleted".to_owned(),
            phase: IssuePhase::Transfer,
            class_if_repeated: None,
        },
        false => transfer_issue(&row.relative_path, reason_or(row.failure(), "not deleted")),
    }
}

/// The issues of a failed execution, without intended deletions. Where the report does not decide,
/// the file counts as busy in the first execution, and as the report says in the retry.
pub(crate) fn issues_of_failed(issues: &[FileIssue], is_retry: bool) -> Vec<FileIssue> {
    let failed = issues.iter().filter(|issue| issue.class != Class::Deletions).cloned();
    let classified = failed.map(|issue| FileIssue {
        class: issue.class_if_repeated.filter(|_| is_retry).unwrap_or(issue.class),
        ..issue
    });
    classified.collect()
}

/// The issue of a verified file. A file that changed during the execution is busy; a file with the
/// same metadata on both sides and different content is damaged on one of them. Where the metadata
/// does not decide, DataSync's message does.
fn verification_issue(row: &VerifiedRow) -> Option<FileIssue> {
    let path = absolute_path(&row.relative_path);
    let message = row.failure();
    let by_message =
        message.as_ref().map_or(Class::Unknown, |message| classify_message_about(&path, message));
    let (class, class_if_repeated, fallback) = classify_comparison(row, by_message)?;
    let reason = match fallback {
        Some(fallback) => reason_or(message, fallback),
        None => "changed between transfer and verification".to_owned(),
    };
    let phase = IssuePhase::Verification;
    Some(FileIssue { path, class, reason, phase, class_if_repeated })
}

/// The class, that of the same issue in a retry, and the reason where DataSync gives none.
fn classify_comparison(
    row: &VerifiedRow,
    by_message: Class,
) -> Option<(Class, Option<Class>, Option<&'static str>)> {
    let has_metadata = row.src_metadata.is_some() && row.dst_metadata.is_some();
    Some(match row.compare_sides() {
        Comparison::Equal => return None,
        Comparison::Changed => (Class::BusyFile, None, None),
        Comparison::ContentDiffers => (Class::ChecksumMismatch, None, Some("both sides differ")),
        Comparison::ContentDiffersPerhapsChanged => {
            (Class::BusyFile, Some(Class::ChecksumMismatch), Some("both sides differ"))
        }
        // DataSync writes such rows for files that change; not all of its messages for them are
        // documented.
        Comparison::OnlyAtSource => one_sided_class(by_message, "at the source only"),
        Comparison::OnlyAtDestination => one_sided_class(by_message, "at the destination only"),
        Comparison::NotSaid if by_message == Class::ChecksumMismatch && !has_metadata => {
            (Class::BusyFile, Some(Class::ChecksumMismatch), None)
        }
        Comparison::NotSaid => (by_message, None, Some("not verified")),
    })
}

fn one_sided_class(
    by_message: Class,
    fallback: &'static str,
) -> (Class, Option<Class>, Option<&'static str>) {
    match by_message {
        Class::Unknown | Class::ChecksumMismatch => {
            (Class::BusyFile, Some(Class::Unknown), Some(fallback))
        }
        class => (class, None, Some(fallback)),
    }
}

/// The issue of a file that was not copied. Nothing shows that it is damaged: it may have changed
/// while it was read.
fn transfer_issue(path: &str, reason: String) -> FileIssue {
    let path = absolute_path(path);
    let (class, class_if_repeated) = match classify_message_about(&path, &reason) {
        Class::ChecksumMismatch => (Class::BusyFile, Some(Class::ChecksumMismatch)),
        class => (class, None),
    };
    FileIssue { path, class, reason, phase: IssuePhase::Transfer, class_if_repeated }
}

/// The class of a message about a file. The message may contain the path, which must not be
/// classified.
fn classify_message_about(path: &str, message: &str) -> Class {
    let is_delimiter =
        |c: char| c.is_whitespace() || matches!(c, ':' | ',' | ';' | '(' | ')' | '"' | '\'' | '`');
    let stands_alone = |at: usize| {
        let (before, after) =
            (message[..at].chars().next_back(), message[at + path.len()..].chars().next());
        before.is_none_or(is_delimiter) && after.is_none_or(is_delimiter)
    };
    match message.match_indices(path).find(|(at, _)| stands_alone(*at)) {
        Some((at, _)) => {
            classify_message(&format!("{}{}", &message[..at], &message[at + path.len()..]))
        }
        None => classify_message(message),
    }
}

fn reason_or(message: Option<String>, fallback: &str) -> String {
    message.unwrap_or_else(|| format!("{fallback}; DataSync gives no reason"))
}

/// The path from the root. Enhanced mode omits the first `/`.
fn absolute_path(path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("/{path}") }
}

#[cfg(test)]
impl FileIssue {
    /// A file that could not be copied.
    pub(crate) fn with_class(class: Class) -> Self {
        let (path, reason) = ("/a".to_owned(), String::new());
        Self { path, class, reason, phase: IssuePhase::Transfer, class_if_repeated: None }
    }
}

#[cfg(test)]
mod tests;
