//! The metrics of the functions: their names for alarms and the dashboard, and the log line that
//! CloudWatch reads them from.
//!
//! The line is in CloudWatch's embedded metric format (CloudWatch User Guide, "Specification:
//! Embedded metric format"): no call, no permission, one line of JSON on standard output. Rule: a
//! metric's name stands here once.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::sync_name::SyncName;

/// The namespace of all our metrics.
pub const NAMESPACE: &str = "EfsS3";
/// The dimension every metric has: the stack's name.
pub const STACK: &str = "Stack";
/// The dimension that the metrics of every sync but `default` have too: those of the sync `default`
/// keep the dimensions that they have in a stack with one sync.
pub const SYNC: &str = "Sync";
/// The second dimension of [`RUNS`]: `succeeded`, `failed` or `cancelled`.
pub const OUTCOME: &str = "Outcome";

/// 1 for each execution; by stack, and by stack and outcome.
pub const RUNS: &str = "Runs";
/// 1 for each execution with an alert: a failure, or a success with an anomaly; otherwise 0.
pub const BAD_RUNS: &str = "BadRuns";
pub const PREPARE_DURATION: &str = "PrepareDuration";
pub const TRANSFER_DURATION: &str = "TransferDuration";
pub const VERIFY_DURATION: &str = "VerifyDuration";
pub const TOTAL_DURATION: &str = "TotalDuration";
pub const FILES_TRANSFERRED: &str = "FilesTransferred";
pub const FILES_VERIFIED: &str = "FilesVerified";
pub const FILES_DELETED: &str = "FilesDeleted";
pub const FILES_SKIPPED: &str = "FilesSkipped";
pub const BYTES_TRANSFERRED: &str = "BytesTransferred";
pub const BYTES_WRITTEN: &str = "BytesWritten";
/// Bytes transferred per second of the transfer; absent where nothing was.
pub const THROUGHPUT: &str = "Throughput";
/// The age of the newest good copy at the end of an execution; absent before the first one.
pub const AGE: &str = "Age";
/// 1 for each execution whose every transferred version is proven.
pub const VERIFIED_RUNS: &str = "VerifiedRuns";
/// 1 for each of those, and 1 when the stack is deployed for the first time: what the dead-man
/// alarm counts, so that its hours begin with the first deploy.
pub const FRESH: &str = "Fresh";
/// 1 for each execution that was cancelled because it had not moved on within its bound.
pub const STUCK_RUNS: &str = "StuckRuns";

/// All metrics, for comparisons.
pub const ALL: [&str; 17] = [
    RUNS,
    BAD_RUNS,
    PREPARE_DURATION,
    TRANSFER_DURATION,
    VERIFY_DURATION,
    TOTAL_DURATION,
    FILES_TRANSFERRED,
    FILES_VERIFIED,
    FILES_DELETED,
    FILES_SKIPPED,
    BYTES_TRANSFERRED,
    BYTES_WRITTEN,
    THROUGHPUT,
    AGE,
    VERIFIED_RUNS,
    FRESH,
    STUCK_RUNS,
];

/// The dimensions of the metrics of a sync, with their values.
#[must_use]
pub fn dimensions_of(stack: &str, sync: &SyncName) -> Vec<(String, String)> {
    let of_stack = (STACK.to_owned(), stack.to_owned());
    let of_sync = (SYNC.to_owned(), sync.to_string());
    if sync.is_default() { vec![of_stack] } else { vec![of_stack, of_sync] }
}

/// CloudWatch's units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricUnit {
    Count,
    Seconds,
    Milliseconds,
    Bytes,
    BytesPerSecond,
}

/// One metric's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    pub name: &'static str,
    pub unit: MetricUnit,
    pub value: i64,
}

/// One line's worth of metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measures {
    pub stack: String,
    pub sync: SyncName,
    /// When CloudWatch counts them; at most two weeks ago, else it drops them.
    pub at: DateTime<Utc>,
    pub measures: Vec<Measure>,
    /// The second dimension of [`RUNS`]; absent in a line without an execution.
    pub outcome: Option<&'static str>,
    /// Other fields of the line, for Logs Insights.
    pub properties: Vec<(&'static str, String)>,
}

impl MetricUnit {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Seconds => "Seconds",
            Self::Milliseconds => "Milliseconds",
            Self::Bytes => "Bytes",
            Self::BytesPerSecond => "Bytes/Second",
        }
    }
}

impl Measures {
    /// The line, without the line feed.
    #[must_use]
    pub fn to_log_line(&self) -> String {
        let mut directives = vec![metric_directive(&self.dimensions(), &self.measures)];
        let mut line = Map::new();
        for (name, value) in &self.properties {
            line.insert((*name).to_owned(), json!(value));
        }
        line.insert(STACK.to_owned(), json!(self.stack));
        if !self.sync.is_default() {
            line.insert(SYNC.to_owned(), json!(self.sync));
        }
        if let Some(outcome) = self.outcome {
            line.insert(OUTCOME.to_owned(), json!(outcome));
            directives.push(self.runs_directive());
        }
        for measure in &self.measures {
            line.insert(measure.name.to_owned(), json!(measure.value));
        }
        let meta =
            json!({ "Timestamp": self.at.timestamp_millis(), "CloudWatchMetrics": directives });
        line.insert("_aws".to_owned(), meta);
        Value::Object(line).to_string()
    }

    /// The runs are counted by outcome too.
    fn runs_directive(&self) -> Value {
        let runs: Vec<Measure> =
            self.measures.iter().filter(|measure| measure.name == RUNS).copied().collect();
        let dimensions: Vec<&str> = self.dimensions().into_iter().chain([OUTCOME]).collect();
        metric_directive(&dimensions, &runs)
    }

    fn dimensions(&self) -> Vec<&'static str> {
        if self.sync.is_default() { vec![STACK] } else { vec![STACK, SYNC] }
    }
}

fn metric_directive(dimensions: &[&str], measures: &[Measure]) -> Value {
    let metrics: Vec<Value> = measures
        .iter()
        .map(|measure| json!({ "Name": measure.name, "MetricUnit": measure.unit.as_str() }))
        .collect();
    json!({ "Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": metrics })
}

#[cfg(test)]
mod tests;
