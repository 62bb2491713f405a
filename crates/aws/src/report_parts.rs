//! The parts of an execution's detailed reports in the records bucket.
//!
//! There is no list of parts: the objects under the prefix are the report. A part that can't be
//! read will not become readable by a retry, so it is a result and not an error.

use domain::arn::ExecutionArn;
use domain::records::keys;
use domain::report::{DetailedReport, ReportKey, ReportKind};

use crate::failure::chain;
use crate::records_bucket::{RecordsBucket, RecordsError};

/// The keys of all parts, by kind and then by number.
#[derive(Debug)]
pub struct ReportParts(Vec<(ReportKind, String)>);

impl ReportParts {
    /// # Errors
    /// When a call fails.
    pub async fn list(
        records: &RecordsBucket,
        execution: &ExecutionArn,
    ) -> Result<Self, RecordsError> {
        let found =
            records.list(&keys::detailed_reports(execution.task().id(), execution.id())).await?;
        let known = found.into_iter().filter_map(|key| Some((ReportKey::parse(&key)?.kind, key)));
        Ok(Self(known.collect()))
    }

    pub fn of(&self, kind: ReportKind) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(found, _)| *found == kind).map(|(_, key)| key.as_str())
    }
}

/// Reads a part; the inner `Err` is the reason why it is unreadable.
///
/// # Errors
/// When the call fails.
pub async fn read(
    records: &RecordsBucket,
    key: &str,
) -> Result<Result<DetailedReport, String>, RecordsError> {
    match records.read(key).await {
        Ok(Some(part)) => Ok(Ok(part)),
        Ok(None) => Ok(Err(format!("`{key}` vanished"))),
        Err(error @ RecordsError::Malformed { .. }) => Ok(Err(chain(&error))),
        Err(error) => Err(error),
    }
}
