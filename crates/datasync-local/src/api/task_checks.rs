//! The common checks of tasks and executions: filters, report and manifest configuration, options.

use domain::arn::log_group_name;

use super::ApiError;
use super::patterns::ModelPattern;
use crate::engine::FilterList;
use crate::state::{AccountRegion, FilterRule, ManifestConfig, S3ManifestConfig, TaskReportConfig};

const LONGEST_VERSION_ID: usize = 100;
const ENHANCED_LOG_GROUP: &str = "/aws/datasync";

/// Checks includes and excludes, where they are given.
pub(super) fn check_filter_lists(
    includes: Option<&[FilterRule]>,
    excludes: Option<&[FilterRule]>,
) -> Result<(), ApiError> {
    for (field, rules) in [("Includes", includes), ("Excludes", excludes)] {
        let rules = rules.unwrap_or_default();
        if rules.len() > 1 {
            return Err(ApiError::invalid_parameter(format!("{field} must have at most 1 entry.")));
        }
        for rule in rules {
            check_rule(field, rule)?;
        }
    }
    FilterList::from_includes(includes.unwrap_or_default())
        .map(|_| ())
        .map_err(|error| ApiError::invalid_request(error.to_string()))
}

fn check_rule(field: &str, rule: &FilterRule) -> Result<(), ApiError> {
    ModelPattern::FilterValue.check_field(field, &rule.value)?;
    match rule.filter_type.as_deref() {
        None | Some("SIMPLE_PATTERN") => Ok(()),
        Some(other) => Err(ApiError::invalid_parameter(format!(
            "{field}.FilterType {other} must be SIMPLE_PATTERN."
        ))),
    }
}

/// Checks a report configuration; one without a destination counts as none.
pub(super) fn check_report_config(
    config: Option<TaskReportConfig>,
) -> Result<Option<TaskReportConfig>, ApiError> {
    let Some(config) = config else { return Ok(None) };
    let Some(destination) = &config.destination else { return Ok(None) };
    let s3 = &destination.s3;
    ModelPattern::BucketArn
        .check_field("TaskReportConfig.Destination.S3.S3BucketArn", &s3.s3_bucket_arn)?;
    ModelPattern::RoleArn.check_field(
        "TaskReportConfig.Destination.S3.BucketAccessRoleArn",
        &s3.bucket_access_role_arn,
    )?;
    ModelPattern::Subdirectory.check_optional(
        "TaskReportConfig.Destination.S3.Subdirectory",
        s3.subdirectory.as_deref(),
    )?;
    Ok(Some(config))
}

/// Checks a manifest configuration; an empty one removes the stored one.
pub(super) fn check_manifest_config(
    config: Option<ManifestConfig>,
) -> Result<Option<ManifestConfig>, ApiError> {
    let Some(config) = config.filter(|config| *config != ManifestConfig::default()) else {
        return Ok(None);
    };
    let fields = [("Action", &config.action, "TRANSFER"), ("Format", &config.format, "CSV")];
    for (field, value, only) in fields {
        if value.as_deref().is_some_and(|value| value != only) {
            return Err(ApiError::invalid_parameter(format!(
                "ManifestConfig.{field} must be {only}."
            )));
        }
    }
    let s3 = config
        .s3_source()
        .ok_or_else(|| ApiError::invalid_parameter("ManifestConfig must have Source."))?;
    check_manifest_source(s3)?;
    Ok(Some(config))
}

fn check_manifest_source(s3: &S3ManifestConfig) -> Result<(), ApiError> {
    ModelPattern::BucketArn
        .check_field("ManifestConfig.Source.S3.S3BucketArn", &s3.s3_bucket_arn)?;
    ModelPattern::RoleArn
        .check_field("ManifestConfig.Source.S3.BucketAccessRoleArn", &s3.bucket_access_role_arn)?;
    ModelPattern::Subdirectory
        .check_field("ManifestConfig.Source.S3.ManifestObjectPath", &s3.manifest_object_path)?;
    let version = s3.manifest_object_version_id.as_ref();
    if version.is_some_and(|version| version.is_empty() || version.len() > LONGEST_VERSION_ID) {
        let rule = format!(
            "ManifestObjectVersionId must have between 1 and {LONGEST_VERSION_ID} characters."
        );
        return Err(ApiError::invalid_parameter(rule));
    }
    Ok(())
}

/// Refuses a manifest together with filters (User Guide); the wording is ours.
pub(super) fn check_manifest_or_filters(
    manifest: Option<&ManifestConfig>,
    includes: &[FilterRule],
    excludes: &[FilterRule],
) -> Result<(), ApiError> {
    if manifest.is_some() && !(includes.is_empty() && excludes.is_empty()) {
        return Err(ApiError::invalid_request(
            "Include and exclude filters cannot be used with a manifest.",
        ));
    }
    Ok(())
}

/// The log group of a new task: in Enhanced mode DataSync chooses it where the caller names none
/// (API model 2018-11-09, `CreateTask`).
pub(super) fn log_group_or_default(
    arn: Option<String>,
    task_mode: &str,
    account_region: &AccountRegion,
) -> Option<String> {
    let own = || {
        format!(
            "arn:aws:logs:{}:{}:log-group:{ENHANCED_LOG_GROUP}:*",
            account_region.region, account_region.account
        )
    };
    arn.or_else(|| (task_mode == "ENHANCED").then(own))
}

/// Checks the log group: Enhanced mode logs to a group of its own (User Guide); the wording is
/// ours.
pub(super) fn check_log_group(arn: Option<&str>, task_mode: &str) -> Result<(), ApiError> {
    ModelPattern::LogGroupArn.check_optional("CloudWatchLogGroupArn", arn)?;
    let name = arn.and_then(log_group_name);
    if task_mode == "ENHANCED" && name.is_some_and(|name| name != ENHANCED_LOG_GROUP) {
        let message = format!(
            "CloudWatchLogGroupArn must name the log group {ENHANCED_LOG_GROUP} in Enhanced mode."
        );
        return Err(ApiError::invalid_request(message));
    }
    Ok(())
}
