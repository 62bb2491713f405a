//! Rows are collected in parts of at most 5 MB. Full parts go to a temporary file, so that memory
//! does not grow with the rows.

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

/// The size of a small part: some five rows.
const SMALL_PART: usize = 2_000;

/// The growing detailed reports of one execution, shared by all writers of rows.
#[derive(Debug)]
pub struct Spool {
    execution_id: String,
    levels: Levels,
    enhanced: bool,
    reports: Mutex<[GrowingReport; 4]>,
    largest_part: usize,
}

/// A finished part.
#[derive(Debug)]
pub struct SpooledPart {
    pub kind: ReportKind,
    /// The part's number, from 1.
    pub number: u32,
    content: File,
}

#[derive(Debug)]
struct GrowingReport {
    kind: ReportKind,
    open: Vec<u8>,
    full: Vec<SpooledPart>,
    failure: Option<io::Error>,
}

impl Spool {
    #[must_use]
    pub fn new(config: Option<&TaskReportConfig>, execution_id: &str, enhanced: bool) -> Self {
        let report =
            |kind| GrowingReport { kind, open: Vec::new(), full: Vec::new(), failure: None };
        Self {
            execution_id: execution_id.to_owned(),
            levels: Levels::new(config),
            enhanced,
            reports: Mutex::new(ReportKind::DETAILED.map(report)),
            largest_part: LARGEST_PART,
        }
    }

    /// The same spool with small parts.
    #[must_use]
    pub fn in_small_parts(self) -> Self {
        Self { largest_part: SMALL_PART, ..self }
    }

    pub fn add_transferred(&self, row: TransferredRow) {
        let success = row.transfer_status.is_success();
        self.add_row(
            ReportKind::Transferred,
            success,
            &TransferredRow { error_code: self.error_code_of(row.error_code), ..row },
        );
    }

    pub fn add_verified(&self, row: VerifiedRow) {
        let success = row.verify_status.is_success();
        self.add_row(
            ReportKind::Verified,
            success,
            &VerifiedRow { error_code: self.error_code_of(row.error_code), ..row },
        );
    }

    /// Whether the report of this kind lists successes.
    pub fn reports_successes(&self, kind: ReportKind) -> bool {
        self.levels.wants_row(kind, true)
    }

    pub fn add_skipped(&self, row: &SkippedRow) {
        self.add_row(ReportKind::Skipped, !row.is_failed(), row);
    }

    pub fn add_deleted(&self, row: DeletedRow) {
        let success = row.delete_status.as_ref().is_none_or(domain::report::RowStatus::is_success);
        self.add_row(
            ReportKind::Deleted,
            success,
            &DeletedRow { error_code: self.error_code_of(row.error_code), ..row },
        );
    }

    /// Closes the open parts, and takes all parts in the order of kinds and numbers. The spool is
    /// empty afterwards.
    ///
    /// # Errors
    /// The first failure to write a part.
    pub fn take_parts(&self) -> io::Result<Vec<SpooledPart>> {
        let mut parts = Vec::new();
        for report in self.lock_reports().iter_mut() {
            report.close_part();
            if let Some(failure) = report.failure.take() {
                return Err(failure);
            }
            parts.append(&mut report.full);
        }
        Ok(parts)
    }

    /// The error code in Enhanced mode; Basic mode has none.
    fn error_code_of(&self, code: Option<String>) -> Option<String> {
        code.filter(|_| self.enhanced)
    }

    fn add_row(&self, kind: ReportKind, success: bool, row: &impl Serialize) {
        if !self.levels.wants_row(kind, success) {
            return;
        }
        let text = match row_text(row, self.enhanced) {
            Ok(text) => text,
            Err(error) => return tracing::error!("a report row cannot be written: {error}"),
        };
        let mut reports = self.lock_reports();
        if let Some(report) = reports.iter_mut().find(|report| report.kind == kind) {
            report.push_row(&text, &self.execution_id, self.largest_part);
        }
    }

    fn lock_reports(&self) -> MutexGuard<'_, [GrowingReport; 4]> {
        self.reports.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn row_text(row: &impl Serialize, enhanced: bool) -> serde_json::Result<Vec<u8>> {
    if enhanced {
        serde_json::to_vec(&enhanced_row(serde_json::to_value(row)?))
    } else {
        serde_json::to_vec(row)
    }
}

impl GrowingReport {
    fn push_row(&mut self, row: &[u8], execution_id: &str, largest: usize) {
        const CLOSING: usize = ",]}".len();
        if self.open.len() + row.len() + CLOSING > largest {
            self.close_part();
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

    fn close_part(&mut self) {
        if self.open.is_empty() {
            return;
        }
        self.open.extend_from_slice(b"]}");
        let number = u32::try_from(self.full.len() + 1).unwrap_or(u32::MAX);
        match SpooledPart::new(self.kind, number, &self.open) {
            Ok(part) => self.full.push(part),
            Err(error) => self.failure = Some(error),
        }
        self.open.clear();
    }
}

impl SpooledPart {
    fn new(kind: ReportKind, number: u32, content: &[u8]) -> io::Result<Self> {
        let mut file = tempfile::tempfile()?;
        file.write_all(content)?;
        Ok(Self { kind, number, content: file })
    }

    /// Reads the part's JSON.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub fn read_content(&mut self) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        self.content.rewind()?;
        self.content.read_to_end(&mut content)?;
        Ok(content)
    }
}

#[cfg(test)]
mod tests;
