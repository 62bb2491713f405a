//! The likely cause of a failure, from DataSync's own words.
//!
//! DataSync documents neither its error codes nor a list of its texts; these are texts of the user guide's
//! troubleshooting pages and of the services below it. An unknown text is `Unknown`, never an error.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    Cancelled,
    Kms,
    Permission,
    Quota,
    Mount,
    ReportFailed,
    BusyFile,
    ChecksumMismatch,
    SkippedFiles,
    Service,
    Unknown,
}

/// The first cause with a matching text counts, so the more specific stand first: a refusal by KMS says "access denied"
/// too.
const TEXTS: &[(Cause, &[&str])] = &[
    (Cause::Cancelled, &["cancel"]),
    (Cause::Kms, &["kms"]),
    (Cause::ReportFailed, &["task report"]),
    (
        Cause::Permission,
        &["access denied", "accessdenied", "permission denied", "assume role", "not authorized", "forbidden"],
    ),
    (Cause::Quota, &["quota", "limit exceeded", "limitexceeded", "maximum number of", "no space left"]),
    (Cause::Mount, &["mount", "x40016", "eninotfound", "network interface", "timed out", "timeout", "unreachable"]),
    (Cause::BusyFile, &["no such file", "stale file handle", "file changed", "modified during", "file busy"]),
    (Cause::ChecksumMismatch, &["mismatch", "checksum"]),
    (Cause::SkippedFiles, &["skipped due to errors"]),
    (Cause::Service, &["internal", "service unavailable", "throttl", "slowdown"]),
];

/// The likely cause of a failed run. `said` is DataSync's code and detail.
pub(crate) fn of_run(said: &str) -> Cause {
    let said = said.to_lowercase();
    let matches = |texts: &[&str]| texts.iter().any(|text| said.contains(text));
    TEXTS.iter().find(|(_, texts)| matches(texts)).map_or(Cause::Unknown, |(cause, _)| *cause)
}

impl Cause {
    /// A sentence that names the cause and the remedy.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Cancelled => "somebody cancelled the run. What was copied stays; the next run goes on from there.",
            Self::Kms => {
                "a KMS key refuses the DataSync role: role and key policy both need Encrypt, Decrypt, ReEncrypt and \
                 GenerateDataKey."
            }
            Self::Permission => {
                "a role or a policy refuses DataSync: the bucket's role, the file system's policy, or a file's own \
                 permissions."
            }
            Self::Quota => "a limit is reached: DataSync's items per run, an account's quota, or space.",
            Self::Mount => {
                "DataSync can't reach the file system: check the mount target, TCP 2049 between the security \
                 groups, and the task's network interfaces."
            }
            Self::ReportFailed => {
                "DataSync could not write the task report: check the report role and the records bucket. Without a \
                 report the run can't be verified."
            }
            Self::BusyFile => "files were changed or deleted while the run read them. The next run copies them.",
            Self::ChecksumMismatch => {
                "files changed between transfer and verification, or content was damaged; the log group names them. \
                 The next run copies them again."
            }
            Self::SkippedFiles => {
                "some files could not be read or written: permissions, a vanished file, or a path too long for an \
                 S3 key (1,024 bytes). The task report lists them."
            }
            Self::Service => "a passing fault of the service. The next run usually succeeds.",
            Self::Unknown => "not known to this pipeline; DataSync's words above and the log group have what there is.",
        }
    }

    /// A repeat helps where the cause has passed; where it stands, look first.
    pub(crate) fn next_command(self) -> &'static str {
        match self {
            Self::Cancelled | Self::BusyFile | Self::ChecksumMismatch | Self::Service => "efs-s3 sync",
            Self::Kms
            | Self::Permission
            | Self::Quota
            | Self::Mount
            | Self::ReportFailed
            | Self::SkippedFiles
            | Self::Unknown => "efs-s3 status",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datasyncs_words_lead_to_the_cause() {
        for (said, expected) in [
            ("Cancelled: Task execution was cancelled by the user", Cause::Cancelled),
            ("AccessDenied: User is not authorized to perform: kms:GenerateDataKey", Cause::Kms),
            ("Unable to assume role. Reason: Access denied when calling sts:AssumeRole", Cause::Permission),
            ("S3 Exception: op=PutObject photos/a.png, code=403, exception=AccessDenied", Cause::Permission),
            ("Failed to open source file /a: Permission denied", Cause::Permission),
            ("Task execution exceeded the maximum number of files", Cause::Quota),
            ("x40016: mount.nfs4: Connection timed out", Cause::Mount),
            ("EniNotFound: network interface eni-1 does not exist", Cause::Mount),
            ("Failed to open source file /file1.dll: No such file or directory", Cause::BusyFile),
            (
                "Transfer and verification completed. Verification detected mismatches. Files with mismatches are \
                 listed in Cloud Watch Logs",
                Cause::ChecksumMismatch,
            ),
            (
                "Transfer and verification completed. Selected files transferred except for files skipped due to errors. \
                 If no skipped files are listed in Cloud Watch Logs, please contact AWS Support for further assistance.",
                Cause::SkippedFiles,
            ),
            ("Failed to upload Task Report(s) to S3 due to an invalid bucket or IAM role", Cause::ReportFailed),
            (
                "File path exceeds the maximum length of 4,096 characters. Cannot write to Task Report",
                Cause::ReportFailed,
            ),
            ("InternalError", Cause::Service),
            ("OpNotSupp: Operation not supported", Cause::Unknown),
            ("", Cause::Unknown),
        ] {
            assert_eq!(of_run(said), expected, "{said}");
        }
    }
}
