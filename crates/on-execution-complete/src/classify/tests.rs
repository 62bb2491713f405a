//! Messages in, classes out.

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
            "Transfer and verification completed. Verification detected mismatches. Files with \
                mismatches are \
             listed in Cloud Watch Logs",
            Class::ChecksumMismatch,
        ),
        (
            "Transfer and verification completed. Selected files transferred except for files \
                skipped due to errors. \
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

const SKIPPED: &str = "Selected files transferred except for files skipped due to errors.";
const MISMATCHES: &str = "Verification detected mismatches";

const GENERAL_MESSAGES: [(&str, &[Class], Class); 14] = [
    (SKIPPED, &[Class::BusyFile, Class::BusyFile], Class::BusyFile),
    (SKIPPED, &[Class::BusyFile, Class::Permission], Class::Permission),
    (SKIPPED, &[Class::BusyFile, Class::Unknown], Class::SkippedFiles),
    (SKIPPED, &[], Class::SkippedFiles),
    (MISMATCHES, &[Class::BusyFile], Class::BusyFile),
    (MISMATCHES, &[Class::BusyFile, Class::ChecksumMismatch], Class::ChecksumMismatch),
    (MISMATCHES, &[], Class::Unknown),
    (MISMATCHES, &[Class::Unknown], Class::Unknown),
    (MISMATCHES, &[Class::NotAtSource], Class::NotAtSource),
    (MISMATCHES, &[Class::NotAtSource, Class::BusyFile], Class::NotAtSource),
    (MISMATCHES, &[Class::NotAtSource, Class::ChecksumMismatch], Class::ChecksumMismatch),
    ("OpNotSupp", &[Class::Kms, Class::Permission], Class::Kms),
    ("mount.nfs4: Connection timed out", &[Class::BusyFile], Class::Network),
    ("OpNotSupp", &[Class::Unknown], Class::Unknown),
];

#[test]
fn the_most_severe_file_decides_the_class_if_the_message_is_general() {
    for (message, classes, expected) in GENERAL_MESSAGES {
        let class = classify_execution(message, classes);
        assert_eq!(class, expected, "{message} {classes:?}");
    }
}
