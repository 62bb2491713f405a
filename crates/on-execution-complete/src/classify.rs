//! The class of a failure, from DataSync's messages and from the classes of single files. Pure.
//!
//! DataSync documents neither its error codes nor a list of its messages; these are messages of the
//! user guide's troubleshooting pages and of the services that it calls. An unknown message is
//! [`Class::Unknown`], never an error.

use domain::records::class::Class;

/// The texts of each class. The first class with a matching text counts, so the more specific ones
/// are first: a denial by KMS contains "access denied" too.
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

/// The classes of files, the most severe first; the most severe one is the class of the execution.
/// Busy files are last, because the next execution copies them.
const BY_SEVERITY: [Class; 10] = [
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

/// The class of a message of DataSync.
pub(crate) fn classify_message(message: &str) -> Class {
    let lowercase = message.to_lowercase();
    let matches = |texts: &[&str]| texts.iter().any(|text| lowercase.contains(text));
    TEXTS.iter().find(|(_, texts)| matches(texts)).map_or(Class::Unknown, |(class, _)| *class)
}

/// The class of a failed execution. `message` is DataSync's code and detail, `files` are the classes
/// of its files.
///
/// If the message only says that single files failed, the files decide.
pub(crate) fn classify_execution(message: &str, files: &[Class]) -> Class {
    let class = classify_message(message);
    let is_general = matches!(
        class,
        Class::SkippedFiles | Class::ChecksumMismatch | Class::BusyFile | Class::Unknown
    );
    if !is_general {
        return class;
    }
    let most_severe = BY_SEVERITY.into_iter().find(|class| files.contains(class));
    let otherwise = match class {
        // Files that changed during the execution are mismatches too: without a damaged file
        // among them, nothing is damaged.
        Class::ChecksumMismatch => Class::Unknown,
        class => class,
    };
    most_severe.filter(|found| *found != Class::Unknown).unwrap_or(otherwise)
}

/// The rank of a class of files: 0 is the most severe.
pub(crate) fn severity_rank(class: Class) -> Option<usize> {
    BY_SEVERITY.iter().position(|ranked| *ranked == class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datasyncs_message_decides_the_class() {
        for (message, expected) in [
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
            assert_eq!(classify_message(message), expected, "{message}");
        }
    }

    #[test]
    fn the_most_severe_file_decides_the_class_if_the_message_is_general() {
        use Class::{
            BusyFile, ChecksumMismatch, Kms, Network, NotAtSource, Permission, SkippedFiles,
            Unknown,
        };
        let skipped = "Selected files transferred except for files skipped due to errors.";
        for (message, classes, expected) in [
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
            let class = classify_execution(message, &classes);
            assert_eq!(class, expected, "{message} {classes:?}");
        }
    }
}
