//! The class of a failure, from DataSync's own words and from what its report says of single files.
//! Pure.
//!
//! DataSync documents neither its error codes nor a list of its texts; these are texts of the user
//! guide's troubleshooting pages and of the services below it. An unknown text is
//! [`Class::Unknown`], never an error.

use domain::records::class::Class;

use crate::items::Item;

/// The first class with a matching text counts, so the more specific stand first: a refusal by KMS
/// says "access denied" too.
const TEXTS: &[(Class, &[&str])] = &[
    (Class::Cancelled, &["cancel"]),
    (Class::Kms, &["kms"]),
    (Class::ReportFailed, &["task report"]),
    (Class::NotAtSource, &["listed in the manifest", "manifest cannot list", "manifest can name"]),
    (
        Class::SkippedFiles,
        &["skipped due to errors", "maximum length", "not valid utf-8", "object key"],
    ),
    (
        Class::Permission,
        &[
            "access denied",
            "accessdenied",
            "permission denied",
            "assume role",
            "not authorized",
            "forbidden",
        ],
    ),
    (
        Class::Quota,
        &["quota", "limit exceeded", "limitexceeded", "maximum number of", "no space left"],
    ),
    (
        Class::Network,
        &[
            "mount",
            "x40016",
            "eninotfound",
            "network interface",
            "timed out",
            "timeout",
            "unreachable",
        ],
    ),
    (
        Class::BusyFile,
        &[
            "no such file",
            "stale file handle",
            "file changed",
            "changed while",
            "modified during",
            "file busy",
            "another type",
            "not a directory",
            "nosuchkey",
            "no such key",
            "filenotat",
            "but not at the",
        ],
    ),
    (Class::ChecksumMismatch, &["mismatch", "checksum"]),
    (Class::Service, &["internal", "service unavailable", "throttl", "slowdown", "slow down"]),
];

/// Of several, the first one here is the run's: it needs a person most. Busy files are last, they
/// pass by themselves.
const BY_GRAVITY: [Class; 10] = [
    Class::Kms,
    Class::Permission,
    Class::Quota,
    Class::Network,
    Class::ChecksumMismatch,
    Class::SkippedFiles,
    Class::NotAtSource,
    Class::Service,
    Class::Unknown,
    Class::BusyFile,
];

/// What a text of DataSync speaks of.
pub(crate) fn of_words(said: &str) -> Class {
    let said = said.to_lowercase();
    let matches = |texts: &[&str]| texts.iter().any(|text| said.contains(text));
    TEXTS.iter().find(|(_, texts)| matches(texts)).map_or(Class::Unknown, |(class, _)| *class)
}

/// The class of a failed run. `said` is DataSync's code and detail.
///
/// Words that only say that something was wrong with single files leave it to the files.
pub(crate) fn of_run(said: &str, items: &[Item]) -> Class {
    let class = of_words(said);
    let general = matches!(
        class,
        Class::SkippedFiles | Class::ChecksumMismatch | Class::BusyFile | Class::Unknown
    );
    if !general {
        return class;
    }
    let gravest =
        BY_GRAVITY.into_iter().find(|class| items.iter().any(|item| item.class == *class));
    let otherwise = match class {
        // Files that moved while the run was under way are mismatches too: without a file that
        // shows it, nothing is damaged.
        Class::ChecksumMismatch => Class::Unknown,
        class => class,
    };
    gravest.filter(|found| *found != Class::Unknown).unwrap_or(otherwise)
}

/// The gravest files first, each class in the order of the report.
pub(crate) fn by_gravity(items: &mut [Item]) {
    items.sort_by_key(|item| BY_GRAVITY.iter().position(|class| *class == item.class));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datasyncs_words_lead_to_the_class() {
        for (said, expected) in [
            ("Cancelled: Task execution was cancelled by the user", Class::Cancelled),
            ("AccessDenied: User is not authorized to perform: kms:GenerateDataKey", Class::Kms),
            (
                "Unable to assume role. Reason: Access denied when calling sts:AssumeRole",
                Class::Permission,
            ),
            (
                "S3 Exception: op=PutObject photos/a.png, code=403, exception=AccessDenied",
                Class::Permission,
            ),
            ("Failed to open source file /a: Permission denied", Class::Permission),
            ("Task execution exceeded the maximum number of files", Class::Quota),
            ("x40016: mount.nfs4: Connection timed out", Class::Network),
            ("EniNotFound: network interface eni-1 does not exist", Class::Network),
            ("Failed to open source file /file1.dll: No such file or directory", Class::BusyFile),
            ("Source file changed while it was read", Class::BusyFile),
            ("S3 Get Object Failed: NoSuchKey: The specified key does not exist.", Class::BusyFile),
            (
                "Verification failed due to file being present at the destination but not at the \
                    source (FileNotAtSource)",
                Class::BusyFile,
            ),
            ("Listed in the manifest and not at the source", Class::NotAtSource),
            ("A manifest cannot list directories", Class::NotAtSource),
            (
                "A manifest can name object versions only where the source is a bucket",
                Class::NotAtSource,
            ),
            ("Object key exceeds the maximum length of 1,024 bytes", Class::SkippedFiles),
            (
                "Transfer and verification completed. Verification detected mismatches. Files with mismatches are \
                 listed in Cloud Watch Logs",
                Class::ChecksumMismatch,
            ),
            (
                "Transfer and verification completed. Selected files transferred except for files skipped due to errors. \
                 If no skipped files are listed in Cloud Watch Logs, please contact AWS Support \
                 for further assistance.",
                Class::SkippedFiles,
            ),
            (
                "Failed to upload Task Report(s) to S3 due to an invalid bucket or IAM role",
                Class::ReportFailed,
            ),
            (
                "File path exceeds the maximum length of 4,096 characters. Cannot write to Task \
                    Report",
                Class::ReportFailed,
            ),
            ("InternalError", Class::Service),
            ("OpNotSupp: Operation not supported", Class::Unknown),
            ("", Class::Unknown),
        ] {
            assert_eq!(of_words(said), expected, "{said}");
        }
    }

    #[test]
    fn the_gravest_file_makes_the_class_where_the_run_says_nothing_of_its_own() {
        use Class::{
            BusyFile, ChecksumMismatch, Kms, Network, NotAtSource, Permission, SkippedFiles,
            Unknown,
        };
        let skipped = "Selected files transferred except for files skipped due to errors.";
        for (said, classes, expected) in [
            (skipped, vec![BusyFile, BusyFile], BusyFile),
            (skipped, vec![BusyFile, Permission], Permission),
            (skipped, vec![BusyFile, Unknown], SkippedFiles),
            (skipped, vec![], SkippedFiles),
            ("Verification detected mismatches", vec![BusyFile], BusyFile),
            (
                "Verification detected mismatches",
                vec![BusyFile, ChecksumMismatch],
                ChecksumMismatch,
            ),
            ("Verification detected mismatches", vec![], Unknown),
            ("Verification detected mismatches", vec![Unknown], Unknown),
            ("Verification detected mismatches", vec![NotAtSource], NotAtSource),
            ("Verification detected mismatches", vec![NotAtSource, BusyFile], NotAtSource),
            (
                "Verification detected mismatches",
                vec![NotAtSource, ChecksumMismatch],
                ChecksumMismatch,
            ),
            ("OpNotSupp", vec![Kms, Permission], Kms),
            ("mount.nfs4: Connection timed out", vec![BusyFile], Network),
            ("OpNotSupp", vec![Unknown], Unknown),
        ] {
            let items: Vec<Item> = classes.iter().copied().map(Item::of).collect();
            assert_eq!(of_run(said, &items), expected, "{said} {classes:?}");
        }
    }
}
