//! What tasks and executions have in common in a request: filters, report and manifest
//! configuration, options.

use domain::arn::log_group_name;

use super::patterns::Pattern;
use super::{ApiError, option_rules};
use crate::engine::Filter;
use crate::state::{
    Account, FilterRule, LocationKind, ManifestConfig, Options, Place, TaskReportConfig,
};

const LONGEST_VERSION_ID: usize = 100;
const ENHANCED_LOG_GROUP: &str = "/aws/datasync";

/// Checks includes and excludes, absent or not.
pub(super) fn filters(
    includes: Option<&[FilterRule]>,
    excludes: Option<&[FilterRule]>,
) -> Result<(), ApiError> {
    for (field, rules) in [("Includes", includes), ("Excludes", excludes)] {
        let rules = rules.unwrap_or_default();
        if rules.len() > 1 {
            return Err(ApiError::parameter(format!("{field} must have at most 1 entry.")));
        }
        for rule in rules {
            check_rule(field, rule)?;
        }
    }
    Filter::includes(includes.unwrap_or_default())
        .map(|_| ())
        .map_err(|error| ApiError::invalid(error.to_string()))
}

fn check_rule(field: &str, rule: &FilterRule) -> Result<(), ApiError> {
    Pattern::FilterValue.check(field, &rule.value)?;
    match rule.filter_type.as_deref() {
        None | Some("SIMPLE_PATTERN") => Ok(()),
        Some(other) => {
            Err(ApiError::parameter(format!("{field}.FilterType {other} must be SIMPLE_PATTERN.")))
        }
    }
}

/// Checks a report configuration; one without a destination is none.
pub(super) fn report(
    config: Option<TaskReportConfig>,
) -> Result<Option<TaskReportConfig>, ApiError> {
    let Some(config) = config else { return Ok(None) };
    let Some(destination) = &config.destination else { return Ok(None) };
    let s3 = &destination.s3;
    Pattern::BucketArn.check("TaskReportConfig.Destination.S3.S3BucketArn", &s3.s3_bucket_arn)?;
    Pattern::RoleArn
        .check("TaskReportConfig.Destination.S3.BucketAccessRoleArn", &s3.bucket_access_role_arn)?;
    Pattern::Subdirectory
        .check_some("TaskReportConfig.Destination.S3.Subdirectory", s3.subdirectory.as_deref())?;
    Ok(Some(config))
}

/// Checks a manifest; an empty one removes what was set.
pub(super) fn manifest(config: Option<ManifestConfig>) -> Result<Option<ManifestConfig>, ApiError> {
    let Some(config) = config.filter(|config| *config != ManifestConfig::default()) else {
        return Ok(None);
    };
    for (field, value, only) in
        [("Action", &config.action, "TRANSFER"), ("Format", &config.format, "CSV")]
    {
        if value.as_deref().is_some_and(|value| value != only) {
            return Err(ApiError::parameter(format!("ManifestConfig.{field} must be {only}.")));
        }
    }
    let s3 = config.s3().ok_or_else(|| ApiError::parameter("ManifestConfig must have Source."))?;
    Pattern::BucketArn.check("ManifestConfig.Source.S3.S3BucketArn", &s3.s3_bucket_arn)?;
    Pattern::RoleArn
        .check("ManifestConfig.Source.S3.BucketAccessRoleArn", &s3.bucket_access_role_arn)?;
    Pattern::Subdirectory
        .check("ManifestConfig.Source.S3.ManifestObjectPath", &s3.manifest_object_path)?;
    let version = s3.manifest_object_version_id.as_ref();
    if version.is_some_and(|version| version.is_empty() || version.len() > LONGEST_VERSION_ID) {
        let rule = format!(
            "ManifestObjectVersionId must have between 1 and {LONGEST_VERSION_ID} characters."
        );
        return Err(ApiError::parameter(rule));
    }
    Ok(Some(config))
}

/// A manifest and filters exclude each other (User Guide); the wording is ours.
pub(super) fn manifest_or_filters(
    manifest: Option<&ManifestConfig>,
    includes: &[FilterRule],
    excludes: &[FilterRule],
) -> Result<(), ApiError> {
    if manifest.is_some() && !(includes.is_empty() && excludes.is_empty()) {
        return Err(ApiError::invalid(
            "Include and exclude filters cannot be used with a manifest.",
        ));
    }
    Ok(())
}

/// Checks that a task between the two locations is one the engine can run, with these options.
pub(super) fn transfer(
    account: &Account,
    source: &str,
    destination: &str,
    options: &Options,
    task_mode: &str,
) -> Result<(), ApiError> {
    let find =
        |arn: &str| account.location(arn).ok_or_else(|| ApiError::not_found("Location", arn));
    let storage_class = match (&find(source)?.kind, &find(destination)?.kind) {
        (LocationKind::Efs(_), LocationKind::S3(s3)) => s3.storage_class.as_str(),
        (LocationKind::S3(_), LocationKind::Efs(_)) => "STANDARD",
        _ => {
            return Err(ApiError::invalid(
                "Only transfers between EFS and S3 are supported locally.",
            ));
        }
    };
    option_rules::check(options, task_mode, storage_class)
}

/// The log group of a new task: in Enhanced mode nobody names one, and DataSync does (API model
/// 2018-11-09, `CreateTask`).
pub(super) fn given_log_group(
    arn: Option<String>,
    task_mode: &str,
    place: &Place,
) -> Option<String> {
    let own = || {
        format!("arn:aws:logs:{}:{}:log-group:{ENHANCED_LOG_GROUP}:*", place.region, place.account)
    };
    arn.or_else(|| (task_mode == "ENHANCED").then(own))
}

/// Enhanced mode logs to a group of its own (User Guide); the wording is ours.
pub(super) fn log_group(arn: Option<&str>, task_mode: &str) -> Result<(), ApiError> {
    Pattern::LogGroupArn.check_some("CloudWatchLogGroupArn", arn)?;
    let name = arn.and_then(log_group_name);
    if task_mode == "ENHANCED" && name.is_some_and(|name| name != ENHANCED_LOG_GROUP) {
        let message = format!(
            "CloudWatchLogGroupArn must name the log group {ENHANCED_LOG_GROUP} in Enhanced mode."
        );
        return Err(ApiError::invalid(message));
    }
    Ok(())
}
