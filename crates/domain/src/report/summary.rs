//! The summary report. The only real sample is of Enhanced mode, so every field but the execution's
//! id is optional.

use serde::{Deserialize, Serialize};

/// The one summary of an execution.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct SummaryReport {
    pub account_id: String,
    /// `exec-…`, not the ARN.
    pub task_execution_id: String,
    /// `BASIC` or `ENHANCED`.
    pub task_mode: String,
    pub source_location: SummaryLocation,
    pub destination_location: SummaryLocation,
    /// ISO 8601, UTC, milliseconds.
    pub start_time: String,
    pub end_time: String,
    /// Milliseconds.
    pub total_time: u64,
    /// `SUCCESS` or `ERROR`.
    pub overall_status: String,
    pub result: SummaryResult,
    /// The options as in `DescribeTaskExecution`.
    pub options: serde_json::Value,
    pub filters: SummaryFilters,
    /// The report settings as in `DescribeTaskExecution`.
    pub task_report_config: serde_json::Value,
}

/// A location as the summary names it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct SummaryLocation {
    /// `Amazon S3`; the text for EFS is not documented.
    pub location_type: String,
    /// `loc-…`.
    pub location_id: String,
    pub creation_time: String,
}

/// The filters of the execution, as `FilterRule` objects.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct SummaryFilters {
    pub includes: Vec<serde_json::Value>,
    pub excludes: Vec<serde_json::Value>,
}

/// The counters (items, directories included; bytes) and phases (milliseconds, `SUCCESS` | `ERROR`
/// | `PENDING`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct SummaryResult {
    pub files_transferred: u64,
    pub files_deleted: u64,
    pub files_verified: u64,
    pub files_skipped: u64,
    pub bytes_written: u64,
    pub bytes_transferred: u64,
    pub bytes_compressed: u64,
    pub estimated_bytes_to_transfer: u64,
    pub estimated_files_to_delete: u64,
    pub estimated_files_to_transfer: u64,
    pub prepare_duration: u64,
    pub prepare_status: String,
    pub transfer_duration: u64,
    pub transfer_status: String,
    pub verify_duration: u64,
    pub verify_status: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub error_code: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub error_detail: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_enhanced_summary_is_read_by_what_it_shares_with_ours() {
        let text = r#"{"AccountId":"1","TaskExecutionId":"exec-1","TaskMode":"ENHANCED","SourceLocation":{"LocationType":
            "Amazon S3","LocationId":"loc-1","CreationTime":"2024-12-13T10:14:31.781Z"},"TotalTime":5066,"OverallStatus":
            "SUCCESS","Result":{"FilesTransferred":3,"FilesListed":{"AtSource":3},"PrepareStatus":"SUCCESS"},
            "Filters":{"Includes":[],"Excludes":[]}}"#;
        let summary: SummaryReport = serde_json::from_str(text).unwrap();
        assert_eq!((summary.total_time, summary.result.files_transferred), (5066, 3));
        assert_eq!(summary.source_location.location_id, "loc-1");
        let again: SummaryReport =
            serde_json::from_str(&serde_json::to_string(&summary).unwrap()).unwrap();
        assert_eq!(again, summary);
    }
}
