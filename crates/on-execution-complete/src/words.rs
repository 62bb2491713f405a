//! What people are told about a class of runs: what happened, the likely cause, what puts it right,
//! what to run next.

use domain::records::class::Class;

/// One class in words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    /// Goes on after "the run failed" or "the run succeeded".
    pub what: &'static str,
    pub cause: &'static str,
    pub fix: &'static str,
    /// `<execution>` stands for its id.
    pub next_command: &'static str,
}

const LOOK: &str = "efs-s3 run <execution>";
/// A repeat helps where the cause has passed; where it stands, look first.
const AGAIN: &str = "efs-s3 sync --wait";

pub(crate) fn of(class: Class) -> Words {
    let (what, cause, fix, next_command) = match class {
        Class::BusyFile => (
            ": files were busy",
            "files were created, changed or deleted while the run was under way.",
            "let the run start when the files rest, or exclude them; the next run copies what has \
                changed.",
            AGAIN,
        ),
        Class::Permission => (
            ": access was denied",
            "a role or a policy refuses DataSync: the bucket's role, the file system's policy, or \
                a file's own permissions.",
            "`efs-s3 drift` shows what differs from the deployed policies; `efs-s3 deploy` \
                restores them.",
            "efs-s3 drift",
        ),
        Class::Kms => (
            ": the KMS key refused",
            "a KMS key refuses the DataSync role, or is disabled.",
            "role and key policy both need Encrypt, Decrypt, ReEncrypt and GenerateDataKey; \
                enable the key.",
            "efs-s3 drift",
        ),
        Class::Network => (
            ": the file system could not be reached",
            "DataSync can't reach the file system: the mount target, TCP 2049 between the security groups, or the task's \
             network interfaces.",
            "`efs-s3 drift` shows what was changed; never touch DataSync's network interfaces.",
            "efs-s3 drift",
        ),
        Class::Quota => (
            ": a limit was reached",
            "DataSync's items per run (25 million in Basic mode), an account's quota, or space.",
            "split the source by includes, ask AWS for more, or set task.mode = \"ENHANCED\".",
            LOOK,
        ),
        Class::ChecksumMismatch => (
            ": content differs",
            "content was damaged on one side: the file's size and times are those that were \
                copied.",
            "look at them on both sides (`efs-s3 versions <path>`); DataSync copies them again \
                once they are touched.",
            LOOK,
        ),
        Class::SkippedFiles => (
            ": files could not be copied",
            "some files could not be read or written: a name that is no S3 key, or a path longer \
                than 1,024 bytes.",
            "rename or exclude the files named above; the task report lists all of them.",
            LOOK,
        ),
        Class::NotAtSource => (
            ": the list names what can't be copied",
            "the list of files (`--manifest`) names files that are not at the source, \
                directories, or versions.",
            "correct the list: each entry is a file below the source's folder, quoted where it \
                holds a comma or a quote.",
            LOOK,
        ),
        Class::ReportFailed => (
            ", but its report failed",
            "DataSync could not write the task report: the report role, or the records bucket.",
            "`efs-s3 deploy` restores both. Without a report the run can't be verified.",
            "efs-s3 deploy",
        ),
        Class::ReportMissing => (
            ", but there is no report",
            "the report was not written in time, was removed, or the task writes none.",
            "`efs-s3 deploy` restores the task's settings. Without a report the run can't be \
                verified.",
            "efs-s3 deploy",
        ),
        Class::Cancelled => (
            "",
            "somebody cancelled the run. What was copied stays.",
            "nothing, if it was meant; the next run goes on from there.",
            AGAIN,
        ),
        Class::Service => (
            ": a fault of the service",
            "a passing fault of AWS.",
            "the next run usually succeeds.",
            AGAIN,
        ),
        Class::NothingListed => (
            ", but found no files",
            "the source is empty or not mounted: the file system, the access point or the \
                subdirectory is another one.",
            "look at the source now; `efs-s3 pause` stops the schedule meanwhile.",
            LOOK,
        ),
        Class::Shrunk => (
            ", but found far fewer files",
            "many files were deleted, moved, or are hidden behind an access point or a \
                subdirectory.",
            "ask who deletes files there; `efs-s3 pause` stops the schedule meanwhile.",
            LOOK,
        ),
        Class::Deletions => (
            ", but deleted many objects",
            "many files were deleted at the source, and the task removes their objects.",
            "if it was not meant: `efs-s3 pause` stops the schedule, `efs-s3 restore --at <time \
                before>` brings the files back.",
            LOOK,
        ),
        Class::SkippedRising => (
            ", but skipped more files than before",
            "files that DataSync can't copy were added: special files, names or permissions.",
            "the files are named above, as far as the report has them; rename or exclude them.",
            LOOK,
        ),
        _ => (
            "",
            "not known to this pipeline; DataSync's words above and the log have what there is.",
            "read what was logged (`efs-s3 logs --since '2 hours ago'`); then try again.",
            LOOK,
        ),
    };
    Words { what, cause, fix, next_command }
}
