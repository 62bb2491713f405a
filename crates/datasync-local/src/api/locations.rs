//! EFS and S3 locations.

use std::sync::Arc;

use aws_sdk_s3::types::EncodingType;
use serde::Deserialize;
use serde_json::{Value, json};

use super::patterns::ModelPattern;
use super::{ApiError, tags, without_nulls};
use crate::app::DataSyncApp;
use crate::state::{
    AccountRegion, AccountState, Ec2Config, EfsLocation, LocationKind, S3Config, S3Location,
    StoredLocation, Tag, now_seconds, random_hex17,
};

const STORAGE_CLASSES: [&str; 7] = [
    "STANDARD",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER",
    "DEEP_ARCHIVE",
    "GLACIER_INSTANT_RETRIEVAL",
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateEfs {
    subdirectory: Option<String>,
    efs_filesystem_arn: String,
    ec2_config: Ec2Config,
    #[serde(default)]
    tags: Vec<Tag>,
    access_point_arn: Option<String>,
    file_system_access_role_arn: Option<String>,
    in_transit_encryption: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateS3 {
    subdirectory: Option<String>,
    #[serde(rename = "S3BucketArn")]
    bucket_arn: String,
    #[serde(rename = "S3StorageClass")]
    storage_class: Option<String>,
    #[serde(rename = "S3Config")]
    config: S3Config,
    #[serde(default)]
    agent_arns: Vec<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateEfs {
    location_arn: String,
    subdirectory: Option<String>,
    access_point_arn: Option<String>,
    file_system_access_role_arn: Option<String>,
    in_transit_encryption: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateS3 {
    location_arn: String,
    subdirectory: Option<String>,
    #[serde(rename = "S3StorageClass")]
    storage_class: Option<String>,
    #[serde(rename = "S3Config")]
    config: Option<S3Config>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneLocation {
    location_arn: String,
}

pub(super) fn create_efs(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    request: CreateEfs,
) -> Result<Value, ApiError> {
    let efs = EfsLocation {
        file_system_arn: request.efs_filesystem_arn,
        subdirectory: request.subdirectory.unwrap_or_default(),
        ec2_config: request.ec2_config,
        access_point_arn: request.access_point_arn,
        file_system_access_role_arn: request.file_system_access_role_arn,
        in_transit_encryption: request.in_transit_encryption.unwrap_or_else(|| "NONE".to_owned()),
    };
    check_efs(&efs)?;
    create_file_system(app, &efs)?;
    add_location(app, account_region, LocationKind::Efs(efs), request.tags)
}

/// Creates the directory of a file system: a new file system is empty, not absent. One that is gone
/// later is a failed mount.
fn create_file_system(app: &DataSyncApp, efs: &EfsLocation) -> Result<(), ApiError> {
    let directory = app.efs_root.join(efs.file_system_id());
    std::fs::create_dir_all(&directory).map_err(|error| {
        ApiError::invalid_request(format!(
            "The directory `{}` could not be created: {error}.",
            directory.display()
        ))
    })
}

pub(super) async fn create_s3(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    request: CreateS3,
) -> Result<Value, ApiError> {
    if !request.agent_arns.is_empty() {
        return Err(ApiError::invalid_request("AgentArns: agents are not supported locally."));
    }
    let s3 = S3Location {
        bucket_arn: request.bucket_arn,
        subdirectory: request.subdirectory.unwrap_or_default(),
        storage_class: request.storage_class.unwrap_or_else(|| "STANDARD".to_owned()),
        config: request.config,
    };
    check_s3(&s3)?;
    test_access(app, account_region, &s3).await?;
    add_location(app, account_region, LocationKind::S3(s3), request.tags)
}

pub(super) fn update_efs(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    request: UpdateEfs,
) -> Result<Value, ApiError> {
    app.store.write(account_region, |account| {
        let location = find_location_mut(account, &request.location_arn)?;
        let LocationKind::Efs(efs) = &mut location.kind else {
            return Err(wrong_type_error(&request.location_arn));
        };
        replace_field(&mut efs.subdirectory, request.subdirectory);
        replace_field(&mut efs.in_transit_encryption, request.in_transit_encryption);
        replace_or_clear(&mut efs.access_point_arn, request.access_point_arn);
        replace_or_clear(&mut efs.file_system_access_role_arn, request.file_system_access_role_arn);
        check_efs(efs)?;
        Ok(json!({}))
    })
}

pub(super) async fn update_s3(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    request: UpdateS3,
) -> Result<Value, ApiError> {
    let changed = |account: &mut AccountState| {
        let location = find_location_mut(account, &request.location_arn)?;
        let LocationKind::S3(s3) = &mut location.kind else {
            return Err(wrong_type_error(&request.location_arn));
        };
        replace_field(&mut s3.subdirectory, request.subdirectory.clone());
        replace_field(&mut s3.storage_class, request.storage_class.clone());
        replace_field(&mut s3.config, request.config.clone());
        check_s3(s3)?;
        Ok(s3.clone())
    };
    let s3 = app.store.read(account_region, |account| changed(&mut account.clone()))?;
    test_access(app, account_region, &s3).await?;
    app.store.write(account_region, |account| changed(account).map(|_| json!({})))
}

pub(super) fn describe_efs(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    request: OneLocation,
) -> Result<Value, ApiError> {
    let location = read_location(app, account_region, &request.location_arn)?;
    let LocationKind::Efs(efs) = &location.kind else {
        return Err(wrong_type_error(&location.arn));
    };
    Ok(without_nulls(json!({
        "LocationArn": location.arn,
        "LocationUri": location.to_uri(),
        "Ec2Config": efs.ec2_config,
        "CreationTime": location.created,
        "AccessPointArn": efs.access_point_arn,
        "FileSystemAccessRoleArn": efs.file_system_access_role_arn,
        "InTransitEncryption": efs.in_transit_encryption,
    })))
}

pub(super) fn describe_s3(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    request: OneLocation,
) -> Result<Value, ApiError> {
    let location = read_location(app, account_region, &request.location_arn)?;
    let LocationKind::S3(s3) = &location.kind else { return Err(wrong_type_error(&location.arn)) };
    Ok(json!({
        "LocationArn": location.arn,
        "LocationUri": location.to_uri(),
        "S3StorageClass": s3.storage_class,
        "S3Config": s3.config,
        "CreationTime": location.created,
    }))
}

/// Refuses while a task of any Region refers to the location.
fn check_unused(app: &DataSyncApp, account: &str, arn: &str) -> Result<(), ApiError> {
    match app.store.find_task_with_location(account, arn) {
        None => Ok(()),
        Some(task) => Err(ApiError::invalid_request(format!(
            "Location {arn} is in use by task {} and cannot be deleted.",
            task.arn
        ))),
    }
}

pub(super) fn delete_location(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    request: OneLocation,
) -> Result<Value, ApiError> {
    let arn = &request.location_arn;
    check_unused(app, &account_region.account, arn)?;
    app.store.write(account_region, |account| {
        find_location_mut(account, arn)?;
        account.locations.retain(|location| location.arn != *arn);
        account.tags.remove(arn);
        Ok(json!({}))
    })
}

fn add_location(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    kind: LocationKind,
    given: Vec<Tag>,
) -> Result<Value, ApiError> {
    let given = tags::check_tags(given)?;
    let arn = account_region.resource_arn(&format!("location/loc-{}", random_hex17()));
    app.store.write(account_region, |account| {
        account.locations.push(StoredLocation { arn: arn.clone(), created: now_seconds(), kind });
        account.tags.insert(arn.clone(), given);
        Ok(json!({ "LocationArn": arn }))
    })
}

fn check_efs(efs: &EfsLocation) -> Result<(), ApiError> {
    ModelPattern::FileSystemArn.check_field("EfsFilesystemArn", &efs.file_system_arn)?;
    check_subdirectory(&efs.subdirectory)?;
    ModelPattern::SubnetArn.check_field("Ec2Config.SubnetArn", &efs.ec2_config.subnet_arn)?;
    check_security_groups(&efs.ec2_config.security_group_arns)?;
    ModelPattern::AccessPointArn
        .check_optional("AccessPointArn", efs.access_point_arn.as_deref())?;
    ModelPattern::RoleArn
        .check_optional("FileSystemAccessRoleArn", efs.file_system_access_role_arn.as_deref())?;
    check_encryption(efs)
}

fn check_security_groups(groups: &[String]) -> Result<(), ApiError> {
    if groups.is_empty() || groups.len() > 5 {
        return Err(ApiError::invalid_parameter(
            "Ec2Config.SecurityGroupArns must have between 1 and 5 entries.",
        ));
    }
    for group in groups {
        ModelPattern::SecurityGroupArn.check_field("Ec2Config.SecurityGroupArns", group)?;
    }
    Ok(())
}

fn check_encryption(efs: &EfsLocation) -> Result<(), ApiError> {
    let tls = match efs.in_transit_encryption.as_str() {
        "TLS1_2" => true,
        "NONE" => false,
        _ => {
            return Err(ApiError::invalid_parameter("InTransitEncryption must be NONE or TLS1_2."));
        }
    };
    if !tls && (efs.access_point_arn.is_some() || efs.file_system_access_role_arn.is_some()) {
        let message =
            "InTransitEncryption must be TLS1_2 with AccessPointArn or FileSystemAccessRoleArn.";
        return Err(ApiError::invalid_request(message));
    }
    Ok(())
}

fn check_s3(s3: &S3Location) -> Result<(), ApiError> {
    ModelPattern::BucketArn.check_field("S3BucketArn", &s3.bucket_arn)?;
    ModelPattern::RoleArn
        .check_field("S3Config.BucketAccessRoleArn", &s3.config.bucket_access_role_arn)?;
    if !STORAGE_CLASSES.contains(&s3.storage_class.as_str()) {
        let allowed = STORAGE_CLASSES.join(", ");
        return Err(ApiError::invalid_parameter(format!(
            "S3StorageClass must be one of {allowed}."
        )));
    }
    check_subdirectory(&s3.subdirectory)
}

/// Refuses `.` and `..`, which would leave the location here; DataSync cannot transfer such
/// prefixes either.
fn check_subdirectory(subdirectory: &str) -> Result<(), ApiError> {
    ModelPattern::Subdirectory.check_field("Subdirectory", subdirectory)?;
    let inner = subdirectory.trim_matches('/');
    let odd = !inner.is_empty() && inner.split('/').any(|part| matches!(part, "" | "." | ".."));
    if odd {
        Err(ApiError::invalid_parameter("Subdirectory must not contain //, /./ or /../."))
    } else {
        Ok(())
    }
}

/// Makes the test that DataSync makes with the location's role, in the location's Region: a bucket
/// of another Region does not answer there.
async fn test_access(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    s3: &S3Location,
) -> Result<(), ApiError> {
    let client = app.clients.s3_of_role(account_region, &s3.config.bucket_access_role_arn);
    let list =
        client.list_objects_v2().bucket(s3.bucket_name()).prefix(s3.key_prefix()).max_keys(1);
    let listed = list.encoding_type(EncodingType::Url).send().await;
    listed.map(|_| ()).map_err(|error| access_failure(s3, &error.into()))
}

fn access_failure(s3: &S3Location, failure: &aws::SdkFailure) -> ApiError {
    tracing::info!("access test of {} failed: {}", s3.bucket_name(), aws::failure::chain(failure));
    ApiError::invalid_request(
        "DataSync location access test failed: could not perform s3:ListObjectsV2 on bucket. \
         Ensure bucket access role has s3:ListBucket permission.",
    )
}

fn read_location(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    arn: &str,
) -> Result<StoredLocation, ApiError> {
    ModelPattern::LocationArn.check_field("LocationArn", arn)?;
    let found = app.store.read(account_region, |account| account.find_location(arn).cloned());
    found.ok_or_else(|| ApiError::not_found("Location", arn))
}

fn find_location_mut<'a>(
    account: &'a mut AccountState,
    arn: &str,
) -> Result<&'a mut StoredLocation, ApiError> {
    ModelPattern::LocationArn.check_field("LocationArn", arn)?;
    let found = account.locations.iter_mut().find(|location| location.arn == arn);
    found.ok_or_else(|| ApiError::not_found("Location", arn))
}

fn wrong_type_error(arn: &str) -> ApiError {
    ApiError::invalid_request(format!("Location {arn} is of another type."))
}

fn replace_field<T>(field: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *field = given;
    }
}

/// Replaces the field; an empty text clears it.
fn replace_or_clear(field: &mut Option<String>, given: Option<String>) {
    if let Some(given) = given {
        *field = Some(given).filter(|text| !text.is_empty());
    }
}
