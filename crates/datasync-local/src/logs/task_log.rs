//! The log of one execution.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::Utc;
use domain::arn::log_group_name;
use domain::report::VerifiedRow;
use tokio::sync::mpsc::{self, Sender};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::deliver::{Destination, Event, deliver};
use super::line::{Severity, line, mismatch, not_at_destination, verify_entry};
use crate::state::LogLevel;

/// Lines that wait for their delivery; more are dropped and counted, rather than holding up the
/// copy.
const WAITING: usize = 50_000;
const LAST_LINES: Duration = Duration::from_secs(5);

/// Where an execution's lines go. Without a log group, or at level OFF, nowhere.
#[derive(Debug)]
pub struct TaskLog {
    level: LogLevel,
    /// The ids of source and destination in Enhanced mode, whose lines name them.
    enhanced: Option<[String; 2]>,
    lines: Option<Sender<Event>>,
    dropped: AtomicU64,
}

impl TaskLog {
    /// Opens the log: `group_arn` as the task has it, `stream` is `<task id>-<execution id>`,
    /// `enhanced` the ids of source and destination in that mode. The handle ends when the last
    /// line is delivered, after the log is gone. Must be called within the runtime.
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
                    Destination { client: client.clone(), group: group.to_owned(), stream };
                (Some(sender), Some(tokio::spawn(deliver(destination, receiver))))
            }
        };
        (Self { level, enhanced, lines, dropped: AtomicU64::new(0) }, delivering)
    }

    /// Waits for the last lines, for a while.
    pub async fn close(delivering: Option<JoinHandle<()>>) {
        if let Some(delivering) = delivering
            && timeout(LAST_LINES, delivering).await.is_err()
        {
            tracing::warn!("the last lines of a task's log are still on their way");
        }
    }

    pub fn transferred(&self, path: &str, bytes: u64) {
        self.notice(path, || format!("Transferred file {path}, {bytes} bytes"));
    }

    pub fn verified(&self, path: &str, bytes: u64) {
        self.notice(path, || format!("Verified file {path}, {bytes} bytes"));
    }

    pub fn deleted(&self, path: &str) {
        self.notice(path, || format!("Deleted file {path}"));
    }

    pub fn skipped(&self, path: &str, reason: &str) {
        self.notice(path, || format!("Skipped file {path}: {reason}"));
    }

    pub fn warn(&self, path: &str, problem: &str) {
        tracing::warn!("{path}: {problem}");
        self.write(Severity::Warn, path, &format!("{problem}: {path}"));
    }

    /// `message` names the path.
    pub fn error(&self, path: &str, message: &str) {
        tracing::warn!("{message}");
        self.write(Severity::Error, path, message);
    }

    /// The service prints mismatches as notices, and does so at level BASIC, too.
    pub fn mismatch(&self, row: &VerifiedRow) {
        let reason = row.failure_reason.as_deref().unwrap_or("Verification failed");
        tracing::warn!("{}: {reason}", row.relative_path);
        if let Some(locations) = &self.enhanced {
            return self.send(|| verify_entry(row, locations));
        }
        if let Some(message) = not_at_destination(row) {
            self.write(Severity::Error, &row.relative_path, &message);
        }
        for message in mismatch(row) {
            self.write(Severity::Notice, &row.relative_path, &message);
        }
    }

    /// How the execution itself ended.
    pub fn ended(&self, failure: Option<&str>) {
        if let Some(detail) = failure {
            self.write(Severity::Error, "/", detail);
        }
        let dropped = self.dropped.load(Ordering::Relaxed);
        if dropped > 0 {
            tracing::warn!(
                "{dropped} lines of a task's log were dropped: they came faster than they were \
                    taken"
            );
        }
    }

    fn notice(&self, path: &str, message: impl FnOnce() -> String) {
        if self.lines.is_some() && self.level == LogLevel::Transfer {
            self.write(Severity::Notice, path, &message());
        }
    }

    fn write(&self, severity: Severity, path: &str, message: &str) {
        self.send(|| line(self.enhanced.is_some(), severity, path, message));
    }

    fn send(&self, text: impl FnOnce() -> String) {
        let Some(lines) = &self.lines else { return };
        let event = Event { millis: Utc::now().timestamp_millis(), text: text() };
        if lines.try_send(event).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The group's name in its ARN.
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
