//! In DataSync and CloudWatch Logs.

use anyhow::Context;
use aws_sdk_cloudwatchlogs::types::PolicyScope;
use aws_sdk_datasync::types::{FilterRule, FilterType, Options, S3StorageClass, VerifyMode};

use super::trust::EVERYTHING;
use super::{Alteration, read_attribute};

/// The task is not at moto.
pub(super) const KNOWN_TO_MOTO: &[&str] =
    &["the log is kept for ever", "everybody may write to the log"];

pub(super) const ALTERATIONS: &[Alteration] = &[
    ("the task verifies nothing", |aws, made| {
        Box::pin(async move {
            let options = Options::builder().verify_mode(VerifyMode::None).build();
            aws.datasync
                .update_task()
                .task_arn(read_attribute(made, "task", "arn")?)
                .options(options)
                .send()
                .await?;
            Ok(())
        })
    }),
    ("the task leaves files out", |aws, made| {
        Box::pin(async move {
            let filter = FilterRule::builder()
                .filter_type(FilterType::SimplePattern)
                .value("/secret")
                .build();
            aws.datasync
                .update_task()
                .task_arn(read_attribute(made, "task", "arn")?)
                .excludes(filter)
                .send()
                .await?;
            Ok(())
        })
    }),
    ("the source is another folder", |aws, made| {
        Box::pin(async move {
            let arn = read_attribute(made, "source-location", "arn")?;
            aws.datasync
                .update_location_efs()
                .location_arn(arn)
                .subdirectory("/elsewhere/")
                .send()
                .await?;
            Ok(())
        })
    }),
    ("the destination is another folder of another class", |aws, made| {
        Box::pin(async move {
            let arn = read_attribute(made, "destination-location", "arn")?;
            let update =
                aws.datasync.update_location_s3().location_arn(arn).subdirectory("/elsewhere/");
            update.s3_storage_class(S3StorageClass::GlacierInstantRetrieval).send().await?;
            Ok(())
        })
    }),
    ("the log is kept for ever", |aws, made| {
        Box::pin(async move {
            let name = read_attribute(made, "task-log-group", "name")?;
            aws.logs.delete_retention_policy().log_group_name(name).send().await?;
            Ok(())
        })
    }),
    ("everybody may write to the log", |aws, made| {
        Box::pin(async move {
            let log_group = read_attribute(made, "task-log-group", "arn")?;
            let describe = aws.logs.describe_resource_policies().resource_arn(log_group);
            let found = describe.policy_scope(PolicyScope::Resource).send().await?;
            let policy =
                found.resource_policies().first().context("the log group has no policy")?;
            let put =
                aws.logs.put_resource_policy().resource_arn(log_group).policy_document(EVERYTHING);
            let put = put.set_policy_name(policy.policy_name.clone());
            put.set_expected_revision_id(policy.revision_id.clone()).send().await?;
            Ok(())
        })
    }),
];
