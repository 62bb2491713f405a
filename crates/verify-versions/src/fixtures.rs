//! What the tests of this crate start from: one regular file, transferred and verified.

use chrono::DateTime;
use domain::arn::ExecutionArn;
use domain::execution::{Execution, ReportResult, ServiceMessage};
use domain::posix::{FileTime, Posix};
use domain::records::run::{Counters, Filters, PhaseDurations};
use domain::report::{TransferredRow, VerifiedRow};
use serde_json::{Value, json};

use crate::judge::{FoundVersion, OnTop};

pub(crate) const EXECUTION: &str = "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b/execution/exec-0fcddf3728817690d";
pub(crate) const SHA256: &str = "d10d148d9839d2b4cd1219992d4a31b1eb456a64e5e7ce8dd3ac1fbade8a5852";

/// One that succeeded and wrote its report.
pub(crate) fn execution() -> Execution {
    Execution {
        arn: ExecutionArn::parse(EXECUTION).unwrap(),
        status: "SUCCESS".into(),
        verify_mode: Some("ONLY_FILES_TRANSFERRED".into()),
        filters: Filters::default(),
        started_at: Some(DateTime::UNIX_EPOCH),
        launched_at: None,
        ended_at: Some(DateTime::UNIX_EPOCH),
        counters: Counters { files_transferred: 3, ..Counters::default() },
        durations: PhaseDurations::default(),
        error: ServiceMessage::default(),
        report: Some(ReportResult { status: "SUCCESS".into(), error: ServiceMessage::default() }),
    }
}

/// `SrcMetadata` of a file of 6 bytes; of a directory or a link when `kind` says so.
pub(crate) fn source(kind: &str) -> Value {
    let mtime = "2022-01-07T16:59:26.136114671Z";
    json!({"Type": kind, "ContentSize": 6, "Mtime": mtime, "Uid": 1000, "Gid": 100, "Mode": "0644"})
}

pub(crate) fn transferred(path: &str) -> TransferredRow {
    serde_json::from_value(json!({
        "RelativePath": path, "SrcMetadata": source("Regular"), "DstS3VersionId": "v1", "TransferStatus": "SUCCESS",
    }))
    .unwrap()
}

pub(crate) fn verified(path: &str) -> VerifiedRow {
    let checksum = format!("SHA256:{SHA256}");
    serde_json::from_value(json!({
        "RelativePath": path, "SrcMetadata": source("Regular"), "SrcChecksum": checksum,
        "DstMetadata": source("Regular"), "DstChecksum": checksum, "VerifyStatus": "SUCCESS",
    }))
    .unwrap()
}

/// The object version of that file, with an mtime in the unit of FSx for Lustre.
pub(crate) fn found() -> FoundVersion {
    let mtime = FileTime::new(1_641_574_766, 136_114_671);
    FoundVersion {
        size: 6,
        posix: Some(Posix {
            mode: Some(0o100_644),
            uid: Some(1000),
            gid: Some(100),
            mtime,
            atime: None,
        }),
        storage_class: None,
        on_top: OnTop::Nothing,
    }
}
