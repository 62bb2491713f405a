//! The alert text of each class: the event, the likely cause, the correction, the next command.

use domain::records::class::Class;

/// The text of one class.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AlertText {
    /// Continues "the execution failed" or "the execution succeeded".
    pub what: &'static str,
    pub cause: &'static str,
    pub fix: &'static str,
    /// `<execution>` stands for its id.
    pub next_command: &'static str,
}

const SHOW_EXECUTION: &str = "efs-s3 run <execution>";
/// A retry helps if the cause has passed; otherwise the next command shows the cause.
const RETRY: &str = "efs-s3 sync --wait";

pub(crate) fn text_for(class: Class) -> AlertText {
    let (what, cause, fix, next_command) = match class {
        Class::ReportFailed
        | Class::ReportMissing
        | Class::NothingListed
        | Class::Shrunk
        | Class::Deletions
        | Class::SkippedRising => text_for_anomaly(class),
        _ => text_for_failure(class),
    };
    AlertText { what, cause, fix, next_command }
}

type ClassText = (&'static str, &'static str, &'static str, &'static str);

fn text_for_failure(class: Class) -> ClassText {
    match class {
        Class::BusyFile => (
            ": files were busy",
            "files were created, changed or deleted during the execution.",
            "schedule executions when the files are not in use, or exclude the files; the next \
                execution copies what has changed.",
            RETRY,
        ),
        Class::Permission => (
            ": access was denied",
            "a role or a policy denies access to DataSync: the bucket's role, the file system's \
                policy, or the permissions of a file.",
            "`efs-s3 drift` shows what differs from the deployed policies; `efs-s3 deploy` \
                restores them.",
            "efs-s3 drift",
        ),
        Class::Kms => (
            ": the KMS key denied access",
            "a KMS key denies access to the DataSync role, or is disabled.",
            "allow Encrypt, Decrypt, ReEncrypt and GenerateDataKey in both the role and the key \
                policy; enable the key.",
            "efs-s3 drift",
        ),
        Class::Network => (
            ": the file system could not be reached",
            "DataSync can't reach the file system: the mount target, TCP 2049 between the security \
                groups, or the task's network interfaces.",
            "`efs-s3 drift` shows what was changed; do not change DataSync's network interfaces.",
            "efs-s3 drift",
        ),
        Class::Quota => (
            ": a limit was reached",
            "DataSync's limit of files per execution (25 million in Basic mode), a quota of the \
                account, or the free space.",
            "split the source with includes, request a quota increase, or set task.mode = \
                \"ENHANCED\".",
            SHOW_EXECUTION,
        ),
        Class::ChecksumMismatch => (
            ": content differs",
            "content was damaged on one side: the file has the size and times that were copied.",
            "compare the files on both sides (`efs-s3 versions <path>`); DataSync copies them \
                again after `touch`.",
            SHOW_EXECUTION,
        ),
        Class::SkippedFiles => (
            ": files could not be copied",
            "some files could not be read or written: a name that is not a valid S3 key, or a path \
                longer than 1,024 bytes.",
            "rename or exclude the files above; the task report lists all of them.",
            SHOW_EXECUTION,
        ),
        Class::NotAtSource => (
            ": the manifest lists files that can't be copied",
            "the manifest (`--manifest`) lists files that are not at the source, directories, or \
                versions.",
            "correct the manifest: each entry is a file below the source directory, quoted if it \
                contains a comma or a quotation mark.",
            SHOW_EXECUTION,
        ),
        Class::Cancelled => (
            "",
            "somebody cancelled the execution. Copied objects stay.",
            "nothing, if it was intended; the next execution copies the rest.",
            RETRY,
        ),
        Class::Service => (
            ": an error of an AWS service",
            "a temporary error of AWS.",
            "the next execution usually succeeds.",
            RETRY,
        ),
        _ => (
            "",
            "unknown to this software; DataSync's message above and the log have the details.",
            "read the log (`efs-s3 logs --since '2 hours ago'`), then start an execution again.",
            SHOW_EXECUTION,
        ),
    }
}

fn text_for_anomaly(class: Class) -> ClassText {
    match class {
        Class::ReportFailed => (
            ", but its report failed",
            "DataSync could not write the task report: the report role, or the records bucket.",
            "`efs-s3 deploy` restores both. Without a report the execution can't be verified.",
            "efs-s3 deploy",
        ),
        Class::ReportMissing => (
            ", but it has no report",
            "the report was not written in time, was removed, or the task writes none.",
            "`efs-s3 deploy` restores the task's settings. Without a report the execution can't be \
                verified.",
            "efs-s3 deploy",
        ),
        Class::NothingListed => (
            ", but found no files",
            "the source is empty or not mounted: the file system, the access point or the \
                subdirectory is another one.",
            "check the source now; `efs-s3 pause` disables the schedule meanwhile.",
            SHOW_EXECUTION,
        ),
        Class::Shrunk => (
            ", but found far fewer files",
            "many files were deleted, moved, or are hidden by an access point or a subdirectory.",
            "find out who deletes files there; `efs-s3 pause` disables the schedule meanwhile.",
            SHOW_EXECUTION,
        ),
        Class::Deletions => (
            ", but deleted many objects",
            "many files were deleted at the source, and the task removes their objects.",
            "if it was not intended: `efs-s3 pause` disables the schedule, `efs-s3 restore --at \
                <time before>` restores the files.",
            SHOW_EXECUTION,
        ),
        _ => (
            ", but skipped more files than before",
            "files that DataSync can't copy were added: special files, names or permissions.",
            "rename or exclude the files; they are listed above, as far as the report has them.",
            SHOW_EXECUTION,
        ),
    }
}
