//! What tasks and executions have in common in a request: filters, report configuration, options in their place.

use serde_json::Value;

use super::patterns::Pattern;
use super::{ApiError, option_rules};
use crate::engine::Filter;
use crate::state::{Account, FilterRule, Location, LocationKind, Options, S3Location, TaskReportConfig};

/// Checks includes and excludes, absent or not.
pub(super) fn filters(includes: Option<&[FilterRule]>, excludes: Option<&[FilterRule]>) -> Result<(), ApiError> {
    for (field, rules) in [("Includes", includes), ("Excludes", excludes)] {
        let rules = rules.unwrap_or_default();
        if rules.len() > 1 {
            return Err(ApiError::parameter(format!("{field} must have at most 1 entry.")));
        }
        for rule in rules {
            check_rule(field, rule)?;
        }
    }
    Filter::includes(includes.unwrap_or_default()).map(|_| ()).map_err(|error| ApiError::invalid(error.to_string()))
}

fn check_rule(field: &str, rule: &FilterRule) -> Result<(), ApiError> {
    Pattern::FilterValue.check(field, &rule.value)?;
    match rule.filter_type.as_deref() {
        None | Some("SIMPLE_PATTERN") => Ok(()),
        Some(other) => Err(ApiError::parameter(format!("{field}.FilterType {other} must be SIMPLE_PATTERN."))),
    }
}

/// Checks a report configuration; one without a destination is none.
pub(super) fn report(config: Option<TaskReportConfig>) -> Result<Option<TaskReportConfig>, ApiError> {
    let Some(config) = config else { return Ok(None) };
    let Some(destination) = &config.destination else { return Ok(None) };
    let s3 = &destination.s3;
    Pattern::BucketArn.check("TaskReportConfig.Destination.S3.S3BucketArn", &s3.s3_bucket_arn)?;
    Pattern::RoleArn.check("TaskReportConfig.Destination.S3.BucketAccessRoleArn", &s3.bucket_access_role_arn)?;
    Pattern::Subdirectory.check_some("TaskReportConfig.Destination.S3.Subdirectory", s3.subdirectory.as_deref())?;
    Ok(Some(config))
}

/// Manifests come with the restore direction.
pub(super) fn no_manifest(manifest: Option<&Value>) -> Result<(), ApiError> {
    let empty = manifest.is_none_or(|value| value.as_object().is_some_and(serde_json::Map::is_empty));
    if empty { Ok(()) } else { Err(ApiError::invalid("ManifestConfig is not supported locally.")) }
}

/// Checks that a task between the two locations is one the engine can run, with these options.
pub(super) fn transfer(
    account: &Account,
    source: &str,
    destination: &str,
    options: &Options,
    task_mode: &str,
) -> Result<(), ApiError> {
    let find = |arn: &str| account.location(arn).ok_or_else(|| ApiError::not_found("Location", arn));
    let s3 = s3_of_efs_to_s3(find(source)?, find(destination)?)?;
    option_rules::check(options, task_mode, &s3.storage_class)
}

fn s3_of_efs_to_s3<'a>(source: &Location, destination: &'a Location) -> Result<&'a S3Location, ApiError> {
    match (&source.kind, &destination.kind) {
        (LocationKind::Efs(_), LocationKind::S3(s3)) => Ok(s3),
        _ => Err(ApiError::invalid("Only transfers from EFS to S3 are supported locally.")),
    }
}
