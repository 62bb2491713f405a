//! EFS mount targets: the addresses of a managed file system, one in each of its subnets.
//!
//! They can't be tagged; all mount targets of a managed file system are managed. EFS allows one in
//! each availability zone, all in one VPC, and refuses a second with 409 `MountTargetConflict` (EFS
//! API reference, `CreateMountTarget`): so those in other subnets are deleted before any is
//! created.

mod create;
mod delete;
mod describe;

use self::create::network_is_not_known_yet;
pub(super) use self::delete::delete_all;
use self::delete::delete_where;
use self::describe::{alive_in_file_system, is_alive, is_available, of_file_system};
use std::collections::BTreeMap;

use aws::SdkFailure;
use aws_sdk_efs::types::{LifeCycleState, MountTargetDescription};
use futures::future::{join_all, try_join_all};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Aws;
use crate::diff::in_order_of;
use crate::kind_error::{Cause, KindError};
use crate::reference::is_reference;
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::wait::{self, EC2_SETTLES, EFS_LIFE_CYCLE};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MountTargets {
    pub file_system_id: String,
    /// One in each zone. DataSync works through the first.
    pub subnet_ids: Vec<String>,
    /// `sg-…`, in any order.
    pub security_group_ids: Vec<String>,
}

impl ResourceKind for MountTargets {
    const NAME: &'static str = "EFS mount targets";
    const ACTIONS: Actions = Actions {
        look: &[
            "elasticfilesystem:DescribeMountTargetSecurityGroups",
            "elasticfilesystem:DescribeMountTargets",
        ],
        make: &[],
        change: &[
            "elasticfilesystem:CreateMountTarget",
            "elasticfilesystem:DeleteMountTarget",
            "elasticfilesystem:ModifyMountTargetSecurityGroups",
        ],
        implied: &[
            "ec2:CreateNetworkInterface",
            "ec2:DeleteNetworkInterface",
            "ec2:DescribeNetworkInterfaceAttribute",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSubnets",
            "ec2:ModifyNetworkInterfaceAttribute",
        ],
    };
    const FORCE_NEW: &'static [&'static str] = &["file_system_id"];
    const REPLACE_TRIGGERED_BY: &'static [&'static str] = &["subnet_ids", "security_group_ids"];

    async fn read(&self, aws: &Aws, _id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        if is_reference(&self.file_system_id) {
            return Ok(None);
        }
        let mut all = of_file_system(aws, &self.file_system_id).await?;
        all.retain(is_alive);
        if all.is_empty() {
            return Ok(None);
        }
        let groups = try_join_all(all.iter().map(|target| self.read_groups(aws, target))).await?;
        Ok(Some(self.live_resource(&all, groups)))
    }

    async fn create(&self, aws: &Aws, _id: &ResourceId) -> Result<(), KindError> {
        self.delete_surplus(aws).await?;
        // Each creation is completed, also when another fails, so that its result is known.
        join_all(self.subnet_ids.iter().map(|subnet_id| self.create_mount_target(aws, subnet_id)))
            .await
            .into_iter()
            .collect()
    }

    async fn update(
        &self,
        aws: &Aws,
        id: &ResourceId,
        _found: &LiveResource,
        _changed: &[String],
    ) -> Result<(), KindError> {
        self.create(aws, id).await?;
        for target in alive_in_file_system(aws, &self.file_system_id).await? {
            let groups = self.read_groups(aws, &target).await?;
            let found = in_order_of(&self.security_group_ids, groups);
            if found != self.security_group_ids {
                let put = async || self.put_groups(aws, &target.mount_target_id).await;
                wait::retry(EC2_SETTLES, network_is_not_known_yet, put).await?;
            }
        }
        Ok(())
    }

    async fn delete(&self, aws: &Aws, found: &LiveResource) -> Result<(), KindError> {
        delete_all(aws, found.attribute("file_system_id")).await
    }
}

impl MountTargets {
    fn live_attributes(&self, all: &[MountTargetDescription]) -> BTreeMap<String, String> {
        let ids: Vec<_> = all.iter().map(|target| target.mount_target_id.as_str()).collect();
        let mut attributes = BTreeMap::from([
            ("id".to_owned(), ids.join(", ")),
            ("file_system_id".to_owned(), self.file_system_id.clone()),
        ]);
        let first = all.iter().find(|target| {
            Some(&target.subnet_id) == self.subnet_ids.first() && is_available(target)
        });
        attributes
            .extend(first.map(|target| ("first_id".to_owned(), target.mount_target_id.clone())));
        attributes
    }

    fn live_resource(
        &self,
        all: &[MountTargetDescription],
        groups: Vec<Vec<String>>,
    ) -> LiveResource {
        let mut groups =
            groups.into_iter().map(|groups| in_order_of(&self.security_group_ids, groups));
        // One that differs is enough to show.
        let differs = groups.find(|groups| *groups != self.security_group_ids);
        // A mount target that is not available counts as missing: creating it again only waits for
        // it, or replaces a failed one.
        let ready = all.iter().filter(|target| {
            target.life_cycle_state != LifeCycleState::Creating && is_available(target)
        });
        let subnet_ids = ready.map(|target| target.subnet_id.clone()).collect();
        let state = Self {
            file_system_id: self.file_system_id.clone(),
            subnet_ids: in_order_of(&self.subnet_ids, subnet_ids),
            security_group_ids: differs.unwrap_or_else(|| self.security_group_ids.clone()),
        };
        let attributes = self.live_attributes(all);
        LiveResource { state: json!(state), attributes, managed: true }
    }

    async fn read_groups(
        &self,
        aws: &Aws,
        target: &MountTargetDescription,
    ) -> Result<Vec<String>, KindError> {
        let id = &target.mount_target_id;
        match aws.efs.describe_mount_target_security_groups().mount_target_id(id).send().await {
            Ok(answer) => Ok(answer.security_groups),
            Err(error) => {
                let failure = SdkFailure::from(error);
                // Not available yet, or deleted in the meantime: the desired groups count as live.
                let passes = failure.is(&["IncorrectMountTargetState", "MountTargetNotFound"]);
                let doing = KindError::doing("reading security groups of EFS mount target", id);
                if passes { Ok(self.security_group_ids.clone()) } else { Err(doing(failure)) }
            }
        }
    }

    async fn put_groups(&self, aws: &Aws, id: &str) -> Result<(), KindError> {
        let modify = aws.efs.modify_mount_target_security_groups().mount_target_id(id);
        let sent = modify.set_security_groups(Some(self.security_group_ids.clone())).send().await;
        sent.map_err(KindError::doing("changing security groups of EFS mount target", id))?;
        Ok(())
    }

    async fn delete_surplus(&self, aws: &Aws) -> Result<(), KindError> {
        let surplus = |target: &MountTargetDescription| {
            !self.subnet_ids.contains(&target.subnet_id) || !is_available(target)
        };
        if of_file_system(aws, &self.file_system_id).await?.iter().any(surplus) {
            delete_where(aws, &self.file_system_id, surplus).await?;
        }
        Ok(())
    }
}

fn timeout_error(doing: &'static str, name: &str, what: &str) -> KindError {
    let minutes = EFS_LIFE_CYCLE.as_secs() / 60;
    let waited = format!("waited {minutes} minutes for {what}; the next apply continues to wait");
    KindError::doing(doing, name)(Cause::Other(waited))
}

#[cfg(test)]
mod tests;
