//! Tasks.

use domain::arn::resource_id;
use serde::{Deserialize, Serialize};

use super::options::Options;
use super::shapes::{FilterRule, ManifestConfig, TaskReportConfig};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    pub arn: String,
    /// Seconds since the epoch.
    pub created: f64,
    pub name: Option<String>,
    pub source_location_arn: String,
    pub destination_location_arn: String,
    pub cloud_watch_log_group_arn: Option<String>,
    /// Complete: what the caller left out holds the API's default.
    pub options: Options,
    pub includes: Vec<FilterRule>,
    pub excludes: Vec<FilterRule>,
    /// `TaskSchedule` as given. Kept and echoed; it starts nothing here.
    pub schedule: Option<serde_json::Value>,
    #[serde(default)]
    pub manifest_config: Option<ManifestConfig>,
    pub task_report_config: Option<TaskReportConfig>,
    /// `BASIC` or `ENHANCED`.
    pub task_mode: String,
}

impl Task {
    /// `task-…`.
    #[must_use]
    pub fn id(&self) -> &str {
        resource_id(&self.arn)
    }
}
