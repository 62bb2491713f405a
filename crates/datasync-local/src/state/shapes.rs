//! Nested structures of the API that are stored and returned unchanged, with their names in the API
//! (API model 2018-11-09).

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Ec2Config {
    pub subnet_arn: String,
    pub security_group_arns: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct S3Config {
    pub bucket_access_role_arn: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    pub key: String,
    #[serde(default)]
    pub value: String,
}

/// A filter: `SIMPLE_PATTERN` and patterns joined by `|`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FilterRule {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter_type: Option<String>,
    #[serde(default)]
    pub value: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TaskReportConfig {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<ReportDestination>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_type: Option<OutputType>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report_level: Option<ReportLevel>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_version_ids: Option<ObjectVersionIds>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overrides: Option<ReportOverrides>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportDestination {
    #[serde(rename = "S3")]
    pub s3: ReportDestinationS3,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReportDestinationS3 {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subdirectory: Option<String>,
    #[serde(rename = "S3BucketArn")]
    pub s3_bucket_arn: String,
    pub bucket_access_role_arn: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OutputType {
    SummaryOnly,
    Standard,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReportLevel {
    ErrorsOnly,
    SuccessesAndErrors,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ObjectVersionIds {
    Include,
    None,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReportOverrides {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transferred: Option<ReportOverride>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<ReportOverride>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<ReportOverride>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<ReportOverride>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReportOverride {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report_level: Option<ReportLevel>,
}

/// The manifest of a task: the files that are to be transferred.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ManifestConfig {
    /// `TRANSFER`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// `CSV`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<ManifestSource>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestSource {
    #[serde(rename = "S3")]
    pub s3: S3ManifestConfig,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct S3ManifestConfig {
    pub manifest_object_path: String,
    pub bucket_access_role_arn: String,
    #[serde(rename = "S3BucketArn")]
    pub s3_bucket_arn: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest_object_version_id: Option<String>,
}

impl ManifestConfig {
    #[must_use]
    pub fn s3_source(&self) -> Option<&S3ManifestConfig> {
        self.source.as_ref().map(|source| &source.s3)
    }
}
