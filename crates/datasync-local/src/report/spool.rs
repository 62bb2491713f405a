//! Rows become parts of at most 5 MB, and full parts go to a temporary file: memory does not grow
//! with the rows.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::report::{DeletedRow, ReportKind, SkippedRow, TransferredRow, VerifiedRow};
use serde::Serialize;

use super::enhanced::enhanced_row;
use super::levels::Levels;
use crate::state::TaskReportConfig;

/// "Each report file is at most 5 MB" (DataSync User Guide, "Task reports").
const LARGEST_PART: usize = 5_000_000;

/// Some five rows.
const SMALL_PART: usize = 2_000;

/// The detailed reports of one execution as they grow. Shared by everything that makes rows.
#[derive(Debug)]
pub struct Spool {
    execution_id: String,
    levels: Levels,
    enhanced: bool,
    reports: Mutex<[Report; 4]>,
    largest_part: usize,
}

/// A finished part.
#[derive(Debug)]
pub struct Part {
    pub kind: ReportKind,
    /// From 1.
    pub number: u32,
    content: File,
}

#[derive(Debug)]
struct Report {
    kind: ReportKind,
    open: Vec<u8>,
    full: Vec<Part>,
    failure: Option<io::Error>,
}

impl Spool {
    #[must_use]
    pub fn new(config: Option<&TaskReportConfig>, execution_id: &str, enhanced: bool) -> Self {
        let report = |kind| Report { kind, open: Vec::new(), full: Vec::new(), failure: None };
        Self {
            execution_id: execution_id.to_owned(),
            levels: Levels::new(config),
            enhanced,
            reports: Mutex::new(ReportKind::DETAILED.map(report)),
            largest_part: LARGEST_PART,
        }
    }

    /// The same, in small parts.
    #[must_use]
    pub fn in_small_parts(self) -> Self {
        Self { largest_part: SMALL_PART, ..self }
    }

    pub fn transferred(&self, row: TransferredRow) {
        let success = row.transfer_status.is_success();
        self.add(
            ReportKind::Transferred,
            success,
            &TransferredRow { error_code: self.code(row.error_code), ..row },
        );
    }

    pub fn verified(&self, row: VerifiedRow) {
        let success = row.verify_status.is_success();
        self.add(
            ReportKind::Verified,
            success,
            &VerifiedRow { error_code: self.code(row.error_code), ..row },
        );
    }

    /// Whether the report of this kind lists successes.
    pub fn lists(&self, kind: ReportKind) -> bool {
        self.levels.want(kind, true)
    }

    pub fn skipped(&self, row: &SkippedRow) {
        self.add(ReportKind::Skipped, !row.is_failed(), row);
    }

    pub fn deleted(&self, row: DeletedRow) {
        let success = row.delete_status.as_ref().is_none_or(domain::report::RowStatus::is_success);
        self.add(
            ReportKind::Deleted,
            success,
            &DeletedRow { error_code: self.code(row.error_code), ..row },
        );
    }

    /// All parts, the open ones closed, in the order of kinds and numbers; the spool is empty
    /// afterwards.
    ///
    /// # Errors
    /// The first failure to keep a part.
    pub fn take_parts(&self) -> io::Result<Vec<Part>> {
        let mut parts = Vec::new();
        for report in self.lock().iter_mut() {
            report.close();
            if let Some(failure) = report.failure.take() {
                return Err(failure);
            }
            parts.append(&mut report.full);
        }
        Ok(parts)
    }

    /// Basic mode has no error codes in words.
    fn code(&self, code: Option<String>) -> Option<String> {
        code.filter(|_| self.enhanced)
    }

    fn add(&self, kind: ReportKind, success: bool, row: &impl Serialize) {
        if !self.levels.want(kind, success) {
            return;
        }
        let text = match text_of(row, self.enhanced) {
            Ok(text) => text,
            Err(error) => return tracing::error!("a report row cannot be written: {error}"),
        };
        let mut reports = self.lock();
        if let Some(report) = reports.iter_mut().find(|report| report.kind == kind) {
            report.add(&text, &self.execution_id, self.largest_part);
        }
    }

    fn lock(&self) -> MutexGuard<'_, [Report; 4]> {
        self.reports.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn text_of(row: &impl Serialize, enhanced: bool) -> serde_json::Result<Vec<u8>> {
    if enhanced {
        serde_json::to_vec(&enhanced_row(serde_json::to_value(row)?))
    } else {
        serde_json::to_vec(row)
    }
}

impl Report {
    fn add(&mut self, row: &[u8], execution_id: &str, largest: usize) {
        const CLOSING: usize = ",]}".len();
        if self.open.len() + row.len() + CLOSING > largest {
            self.close();
        }
        if self.open.is_empty() {
            let head =
                format!(r#"{{"TaskExecutionId":"{execution_id}","{}":["#, self.kind.json_field());
            self.open.extend_from_slice(head.as_bytes());
        } else {
            self.open.push(b',');
        }
        self.open.extend_from_slice(row);
    }

    fn close(&mut self) {
        if self.open.is_empty() {
            return;
        }
        self.open.extend_from_slice(b"]}");
        let number = u32::try_from(self.full.len() + 1).unwrap_or(u32::MAX);
        match Part::new(self.kind, number, &self.open) {
            Ok(part) => self.full.push(part),
            Err(error) => self.failure = Some(error),
        }
        self.open.clear();
    }
}

impl Part {
    fn new(kind: ReportKind, number: u32, content: &[u8]) -> io::Result<Self> {
        let mut file = tempfile::tempfile()?;
        file.write_all(content)?;
        Ok(Self { kind, number, content: file })
    }

    /// The part's JSON.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub fn content(&mut self) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        self.content.rewind()?;
        self.content.read_to_end(&mut content)?;
        Ok(content)
    }
}

#[cfg(test)]
mod tests {
    use domain::report::{DetailedReport, RowStatus};

    use super::*;

    fn row(path: &str) -> SkippedRow {
        SkippedRow {
            relative_path: path.into(),
            src_metadata: None,
            skip_timestamp: None,
            skip_reason: Some("x".into()),
            skip_status: Some(RowStatus::Success),
            failure_reason: None,
            failure_code: None,
            error_code: None,
            error_detail: None,
        }
    }

    #[test]
    fn parts_stay_below_the_limit_and_hold_every_row_once() {
        let config: TaskReportConfig = serde_json::from_str("{}").unwrap();
        let spool = Spool { largest_part: 300, ..Spool::new(Some(&config), "exec-1", false) };
        let paths: Vec<_> = (0..20).map(|n| format!("/file-{n:02}")).collect();
        for path in &paths {
            spool.skipped(&row(path));
        }
        let mut found = Vec::new();
        for (index, mut part) in spool.take_parts().unwrap().into_iter().enumerate() {
            let content = part.content().unwrap();
            assert!(content.len() <= 300, "{}", content.len());
            assert_eq!((part.kind, part.number as usize), (ReportKind::Skipped, index + 1));
            let report: DetailedReport = serde_json::from_slice(&content).unwrap();
            found.extend(report.skipped.into_iter().map(|row| row.relative_path));
        }
        assert_eq!(found, paths);
    }

    #[test]
    fn kinds_without_rows_have_no_part() {
        let config: TaskReportConfig = serde_json::from_str("{}").unwrap();
        assert!(Spool::new(Some(&config), "exec-1", false).take_parts().unwrap().is_empty());
    }
}
