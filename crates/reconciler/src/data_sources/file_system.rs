//! A file system with its mount targets.

use serde::{Deserialize, Serialize};

use crate::Aws;
use crate::kind_error::{KindError, none_if_refused};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExistingEfs {
    pub id: String,
    pub arn: String,
    pub encrypted: bool,
    /// `available`, `creating`, `updating`, `deleting`, `deleted` or `error`.
    pub state: String,
    pub mount_targets: Vec<ExistingMountTarget>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExistingMountTarget {
    pub id: String,
    pub subnet_id: String,
    pub availability_zone: String,
    pub vpc_id: String,
    pub state: String,
}

/// The file system of this id.
///
/// # Errors
/// [`KindError`] when a call fails.
pub async fn read_file_system(aws: &Aws, id: &str) -> Result<Option<ExistingEfs>, KindError> {
    let answer = aws.efs.describe_file_systems().file_system_id(id).send().await;
    let doing = "reading EFS file system";
    let answer = none_if_refused(answer, &["FileSystemNotFound"], doing, id)?;
    let described = answer.and_then(|answer| answer.file_systems).unwrap_or_default();
    let Some(found) = described.into_iter().next() else { return Ok(None) };
    Ok(Some(ExistingEfs {
        id: id.to_owned(),
        arn: found.file_system_arn.unwrap_or_default(),
        encrypted: found.encrypted.unwrap_or_default(),
        state: found.life_cycle_state.as_str().to_owned(),
        mount_targets: mount_targets(aws, id).await?,
    }))
}

async fn mount_targets(aws: &Aws, id: &str) -> Result<Vec<ExistingMountTarget>, KindError> {
    let pages = aws.efs.describe_mount_targets().file_system_id(id).into_paginator().items().send();
    let targets = pages.collect::<Result<Vec<_>, _>>().await;
    let targets = targets.map_err(KindError::doing("listing mount targets of", id))?;
    let target = |target: aws_sdk_efs::types::MountTargetDescription| ExistingMountTarget {
        id: target.mount_target_id,
        subnet_id: target.subnet_id,
        availability_zone: target.availability_zone_name.unwrap_or_default(),
        vpc_id: target.vpc_id.unwrap_or_default(),
        state: target.life_cycle_state.as_str().to_owned(),
    };
    Ok(targets.into_iter().map(target).collect())
}

#[cfg(test)]
mod tests {
    use aws_sdk_efs::Client;
    use aws_sdk_efs::operation::describe_file_systems::DescribeFileSystemsOutput;
    use aws_sdk_efs::operation::describe_mount_targets::DescribeMountTargetsOutput;
    use aws_sdk_efs::types::{
        FileSystemDescription, FileSystemSize, LifeCycleState, MountTargetDescription,
        PerformanceMode,
    };
    use aws_smithy_mocks::mock;

    use super::*;
    use crate::testing::mocked::{self, client, refusal};

    #[tokio::test]
    async fn a_file_system_comes_with_its_mount_targets() {
        let systems = mock!(Client::describe_file_systems).then_output(|| {
            let size = FileSystemSize::builder().value(0).build();
            let system = FileSystemDescription::builder()
                .owner_id("111122223333")
                .creation_token("t")
                .file_system_id("fs-1");
            let system = system
                .creation_time(aws_smithy_types::DateTime::from_secs(0))
                .number_of_mount_targets(1);
            let system = system
                .life_cycle_state(LifeCycleState::Available)
                .size_in_bytes(size)
                .encrypted(true);
            let system =
                system.performance_mode(PerformanceMode::GeneralPurpose).set_tags(Some(Vec::new()));
            DescribeFileSystemsOutput::builder().file_systems(system.build().unwrap()).build()
        });
        let targets = mock!(Client::describe_mount_targets).then_output(|| {
            let target =
                MountTargetDescription::builder().mount_target_id("fsmt-1").file_system_id("fs-1");
            let target = target
                .subnet_id("subnet-1")
                .availability_zone_name("eu-central-1a")
                .vpc_id("vpc-1");
            let target = target.life_cycle_state(LifeCycleState::Available).build().unwrap();
            DescribeMountTargetsOutput::builder().mount_targets(target).build()
        });
        let aws = Aws { efs: client!(aws_sdk_efs, &systems, &targets), ..mocked::aws() };
        let found = read_file_system(&aws, "fs-1").await.unwrap().unwrap();
        assert_eq!((found.state.as_str(), found.encrypted), ("available", true));
        assert_eq!(found.mount_targets[0].availability_zone, "eu-central-1a");
    }

    #[tokio::test]
    async fn what_is_absent_is_no_error() {
        let systems = mock!(Client::describe_file_systems)
            .then_http_response(|| refusal(404, "FileSystemNotFound", "none"));
        let aws = Aws { efs: client!(aws_sdk_efs, &systems), ..mocked::aws() };
        assert_eq!(read_file_system(&aws, "fs-1").await.unwrap(), None);
    }
}
