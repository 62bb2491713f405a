//! The report of the execution, made from the numbers of its files.

use std::fmt::Write as _;

use super::S3Stand;
use crate::EXECUTION;

const TASK: &str = "task-0806c70094b09457b";
const ROWS_PER_PART: u64 = 8_000;

impl S3Stand {
    pub(super) fn list_parts(&self) -> String {
        let mut xml = "<ListBucketResult><IsTruncated>false</IsTruncated>".to_owned();
        for kind in ["transferred", "verified"] {
            for part in 1..=self.files.div_ceil(ROWS_PER_PART) {
                let directory = format!("reports/Detailed-Reports/{TASK}/{EXECUTION}");
                let name = format!("{EXECUTION}.files-{kind}-v1-{part:05}-0a123abc12d3b0e4f.json");
                write!(xml, "<Contents><Key>{directory}/{name}</Key></Contents>").unwrap();
            }
        }
        xml + "</ListBucketResult>"
    }

    pub(super) fn read_part(&self, path: &str) -> String {
        let number: u64 = path.split("-v1-").nth(1).unwrap()[..5].parse().unwrap();
        report_part(path.contains(".files-transferred"), number, self.files, self.spread)
    }
}

/// Returns the path of a file, without a leading slash.
pub(super) fn path_of(file: u64) -> String {
    format!("d{:07}/f{file:010}", file / 1_000)
}

/// Returns the first part of a report on as many files as a part holds.
pub(crate) fn first_part(kind: &str) -> String {
    report_part(kind == "transferred", 1, ROWS_PER_PART, 1)
}

/// Writes one part. Rows come in no order: the numbers of files are coprime to 7,919.
fn report_part(transferred: bool, number: u64, files: u64, spread: u64) -> String {
    let field = if transferred { "Transferred" } else { "Verified" };
    let mut json = format!(r#"{{"TaskExecutionId":"{EXECUTION}","{field}":["#);
    let rows = (number - 1) * ROWS_PER_PART..(number * ROWS_PER_PART).min(files);
    for row in rows {
        let file = row * 7_919 % files * spread;
        let meta = r#"{"Type":"Regular","ContentSize":6,"Mtime":"2022-01-07T16:59:26.136114671Z","Atime":"2022-01-07T16:59:26.136114671Z","Uid":1000,"Gid":100,"Mode":"0644"}"#;
        let comma = if json.ends_with('[') { "" } else { "," };
        let name = path_of(file);
        if transferred {
            write!(json, r#"{comma}{{"RelativePath":"/{name}","SrcMetadata":{meta},"Overwrite":"False","DstS3VersionId":"{file:032}","TransferTimestamp":"2022-01-07T17:00:00.000Z","TransferType":"CONTENT_AND_METADATA","TransferStatus":"SUCCESS"}}"#).unwrap();
        } else {
            write!(json, r#"{comma}{{"RelativePath":"/{name}","SrcMetadata":{meta},"SrcChecksum":"SHA256:{file:064}","DstMetadata":{meta},"DstChecksum":"SHA256:{file:064}","VerifyTimestamp":"2022-01-07T17:00:00.000Z","VerifyStatus":"SUCCESS"}}"#).unwrap();
        }
    }
    json + "]}"
}
