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

/// The class of a failed execution. `message` is DataSync's code and detail, `files` are the
/// classes of its files.
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
mod tests;
