//! Where metrics go: standard output, one line each, which Lambda carries to CloudWatch Logs, and
//! that to CloudWatch.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use domain::metrics::Measures;

/// Takes lines of metrics; a clone is the same sink.
#[derive(Clone, Debug, Default)]
pub struct MetricsSink {
    /// For tests; absent: standard output.
    kept: Option<Arc<Mutex<Vec<String>>>>,
}

impl MetricsSink {
    /// One that keeps its lines.
    #[must_use]
    pub fn keeping() -> Self {
        Self { kept: Some(Arc::default()) }
    }

    /// Writes one line. A log that can't be written is no reason to fail: the record has the same
    /// numbers.
    pub fn emit(&self, measures: &Measures) {
        let line = measures.to_log_line();
        match &self.kept {
            Some(kept) => kept.lock().unwrap_or_else(PoisonError::into_inner).push(line),
            // One write, so that lines of other threads don't come in between.
            None => drop(io::stdout().lock().write_all(format!("{line}\n").as_bytes())),
        }
    }

    /// The lines kept so far.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.kept.as_ref().map_or_else(Vec::new, |kept| {
            kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
        })
    }

    /// The same, which are then forgotten.
    #[must_use]
    pub fn take(&self) -> Vec<String> {
        self.kept.as_ref().map_or_else(Vec::new, |kept| {
            std::mem::take(&mut *kept.lock().unwrap_or_else(PoisonError::into_inner))
        })
    }
}
