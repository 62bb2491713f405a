//! Reports with planted defects.

use anyhow::{Context, Result};
use aws::report_parts::ReportParts;
use domain::arn::ExecutionArn;
use domain::report::ReportKind;
use e2e::deployment::Deployment;
use serde_json::{Value, json};

/// A field of a row of the Transferred report, and what is written there.
type Spoilt = (&'static str, &'static [&'static str], fn() -> Value);

const TRANSFERRED: [Spoilt; 7] = [
    ("/version", &["DstS3VersionId"], || json!("no such version")),
    ("/mode", &["SrcMetadata", "Mode"], || json!("0777")),
    ("/size", &["SrcMetadata", "ContentSize"], || json!(4_096)),
    ("/owner", &["SrcMetadata", "Uid"], || json!(4_711)),
    ("/group", &["SrcMetadata", "Gid"], || json!(4_711)),
    ("/mtime", &["SrcMetadata", "Mtime"], || json!("1999-12-31T23:59:59Z")),
    ("/failed", &["TransferStatus"], || json!("FAILED")),
];

pub(super) async fn spoil_reports(deployment: &Deployment, execution: &ExecutionArn) -> Result<()> {
    let parts = ReportParts::list(&deployment.records, execution).await?;
    for kind in [ReportKind::Transferred, ReportKind::Verified] {
        for key in parts.of(kind) {
            let mut part: Value = deployment.records.read(key).await?.context("a part is gone")?;
            let rows = part[kind.json_field()].as_array_mut().context("a part without rows")?;
            match kind {
                ReportKind::Transferred => spoil_transferred(rows),
                _ => spoil_verified(rows),
            }
            deployment.records.write(key, &part).await?;
        }
    }
    Ok(())
}

fn is_row_of(row: &Value, path: &str) -> bool {
    row["RelativePath"] == path
}

fn spoil_transferred(rows: &mut Vec<Value>) {
    for (path, field, value) in TRANSFERRED {
        for row in rows.iter_mut().filter(|row| is_row_of(row, path)) {
            let place = field.iter().fold(row, |row, name| &mut row[name]);
            *place = value();
        }
    }
    let twice: Vec<Value> = rows.iter().filter(|row| is_row_of(row, "/twice")).cloned().collect();
    rows.extend(twice);
}

fn spoil_verified(rows: &mut Vec<Value>) {
    rows.retain(|row| !is_row_of(row, "/verified"));
    for row in rows {
        if is_row_of(row, "/checksum") {
            // Not zeros, which the guide's samples print for an object that is not there.
            row["DstChecksum"] = json!(format!("SHA256:{}", "f".repeat(64)));
        } else if is_row_of(row, "/unverified") {
            row["VerifyStatus"] = json!("FAILED");
        } else if is_row_of(row, "/größe und mehr") {
            row["SrcChecksum"] = Value::Null;
            row["DstChecksum"] = Value::Null;
        }
    }
}
