//! The log of one execution.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::Utc;
use domain::arn::log_group_name;
use domain::report::VerifiedRow;
use tokio::sync::mpsc::{self, Sender};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::deliver::{DeliveredLine, LogStream, deliver_lines};
use super::line::{Severity, format_line, mismatch_entry, mismatch_messages, missing_message};
use crate::state::LogLevel;

/// The limit on lines that wait for delivery; more are dropped and counted, so that they do not
/// delay the copy.
const WAITING: usize = 50_000;
const LAST_LINES: Duration = Duration::from_secs(5);

/// The log of an execution. Without a log group, or at level OFF, its lines are dropped.
#[derive(Debug)]
pub struct TaskLog {
    level: LogLevel,
    /// The ids of the source and destination locations in Enhanced mode, whose lines name them.
    enhanced: Option<[String; 2]>,
    lines: Option<Sender<DeliveredLine>>,
    dropped: AtomicU64,
}

impl TaskLog {
    /// Opens the log. `stream` is `<task id>-<execution id>`, `enhanced` the ids of source and
    /// destination in that mode. The task ends when the log is dropped and the last line delivered.
    /// Must be called within the runtime.
    #[must_use]
    pub fn open(
        client: &aws_sdk_cloudwatchlogs::Client,
        group_arn: Option<&str>,
        stream: String,
        level: LogLevel,
        enhanced: Option<[String; 2]>,
    ) -> (Self, Option<JoinHandle<()>>) {
        let group = group_arn.and_then(group_of).filter(|_| level != LogLevel::Off);
        let (lines, delivering) = match group {
            None => (None, None),
            Some(group) => {
                let (sender, receiver) = mpsc::channel(WAITING);
                let destination =
                    LogStream { client: client.clone(), group: group.to_owned(), stream };
                (Some(sender), Some(tokio::spawn(deliver_lines(destination, receiver))))
            }
        };
        (Self { level, enhanced, lines, dropped: AtomicU64::new(0) }, delivering)
    }

    /// Waits until the last lines are delivered, or a limit is reached.
    pub async fn wait_for_delivery(delivering: Option<JoinHandle<()>>) {
        if let Some(delivering) = delivering
            && timeout(LAST_LINES, delivering).await.is_err()
        {
            tracing::warn!("the last lines of a task's log are not delivered yet");
        }
    }

    pub fn log_transferred(&self, path: &str, bytes: u64) {
        self.log_notice(path, || format!("Transferred file {path}, {bytes} bytes"));
    }

    pub fn log_verified(&self, path: &str, bytes: u64) {
        self.log_notice(path, || format!("Verified file {path}, {bytes} bytes"));
    }

    pub fn log_deleted(&self, path: &str) {
        self.log_notice(path, || format!("Deleted file {path}"));
    }

    pub fn log_skipped(&self, path: &str, reason: &str) {
        self.log_notice(path, || format!("Skipped file {path}: {reason}"));
    }

    pub fn log_warning(&self, path: &str, problem: &str) {
        tracing::warn!("{path}: {problem}");
        self.write_line(Severity::Warn, path, &format!("{problem}: {path}"));
    }

    /// Logs an error; `message` names the path.
    pub fn log_error(&self, path: &str, message: &str) {
        tracing::warn!("{message}");
        self.write_line(Severity::Error, path, message);
    }

    /// Logs a mismatch. The service prints mismatches as notices, also at level BASIC.
    pub fn log_mismatch(&self, row: &VerifiedRow) {
        let reason = row.failure_reason.as_deref().unwrap_or("Verification failed");
        tracing::warn!("{}: {reason}", row.relative_path);
        if let Some(locations) = &self.enhanced {
            return self.send_event(|| mismatch_entry(row, locations));
        }
        if let Some(message) = missing_message(row) {
            self.write_line(Severity::Error, &row.relative_path, &message);
        }
        for message in mismatch_messages(row) {
            self.write_line(Severity::Notice, &row.relative_path, &message);
        }
    }

    /// Logs the end of the execution.
    pub fn log_end(&self, failure: Option<&str>) {
        if let Some(detail) = failure {
            self.write_line(Severity::Error, "/", detail);
        }
        let dropped = self.dropped.load(Ordering::Relaxed);
        if dropped > 0 {
            tracing::warn!(
                "{dropped} lines of a task's log were dropped: they were written faster than \
                    delivered"
            );
        }
    }

    fn log_notice(&self, path: &str, message: impl FnOnce() -> String) {
        if self.lines.is_some() && self.level == LogLevel::Transfer {
            self.write_line(Severity::Notice, path, &message());
        }
    }

    fn write_line(&self, severity: Severity, path: &str, message: &str) {
        self.send_event(|| format_line(self.enhanced.is_some(), severity, path, message));
    }

    fn send_event(&self, text: impl FnOnce() -> String) {
        let Some(lines) = &self.lines else { return };
        let event = DeliveredLine { millis: Utc::now().timestamp_millis(), text: text() };
        if lines.try_send(event).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The log group's name in its ARN, which may end in `:*`.
fn group_of(arn: &str) -> Option<&str> {
    log_group_name(arn).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_group_is_read_from_either_form_of_its_arn() {
        for (arn, group) in [
            ("arn:aws:logs:eu-west-1:111122223333:log-group:/a/b:*", Some("/a/b")),
            ("arn:aws:logs:eu-west-1:111122223333:log-group:/a/b", Some("/a/b")),
            ("arn:aws:logs:eu-west-1:111122223333:log-group:", None),
            ("nothing", None),
        ] {
            assert_eq!(group_of(arn), group);
        }
    }
}
