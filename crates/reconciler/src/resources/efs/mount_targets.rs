//! EFS mount targets: the addresses of a file system of ours, one in each of its subnets.
//!
//! They can't be tagged; they are part of a file system that is ours, and so ours, all of them. EFS
//! allows one in each availability zone, all in one VPC, and answers a second with 409
//! `MountTargetConflict` (EFS API reference, `CreateMountTarget`): so those in other subnets go
//! before any is made.

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
        all.retain(stays);
        if all.is_empty() {
            return Ok(None);
        }
        let groups = try_join_all(all.iter().map(|target| self.groups(aws, target))).await?;
        Ok(Some(self.found(&all, groups)))
    }

    async fn create(&self, aws: &Aws, _id: &ResourceId) -> Result<(), KindError> {
        self.delete_surplus(aws).await?;
        // Each is carried to its end, also when another fails: what was begun is not left behind
        // unseen.
        join_all(self.subnet_ids.iter().map(|subnet_id| self.make(aws, subnet_id)))
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
        for target in
            of_file_system(aws, &self.file_system_id).await?.iter().filter(|target| stays(target))
        {
            let found = in_order_of(&self.security_group_ids, self.groups(aws, target).await?);
            if found != self.security_group_ids {
                let id = &target.mount_target_id;
                wait::retry(EC2_SETTLES, network_is_not_known_yet, async || {
                    self.put_groups(aws, id).await
                })
                .await?;
            }
        }
        Ok(())
    }

    async fn delete(&self, aws: &Aws, found: &LiveResource) -> Result<(), KindError> {
        delete_all(aws, found.attribute("file_system_id")).await
    }
}

/// Removes whatever mount targets a file system has; returning means that they are gone.
pub(super) async fn delete_all(aws: &Aws, file_system_id: &str) -> Result<(), KindError> {
    delete_where(aws, file_system_id, |_| true).await
}

/// Removes the mount targets of this kind; returning means that they are gone.
async fn delete_where(
    aws: &Aws,
    file_system_id: &str,
    goes: impl Fn(&MountTargetDescription) -> bool,
) -> Result<(), KindError> {
    let doing = "deleting mount targets of EFS file system";
    for target in of_file_system(aws, file_system_id)
        .await?
        .iter()
        .filter(|target| goes(target) && stays(target))
    {
        delete_one(aws, &target.mount_target_id).await?;
    }
    let gone = wait::until(EFS_LIFE_CYCLE, async || {
        let all = of_file_system(aws, file_system_id).await?;
        let left = all
            .iter()
            .any(|target| goes(target) && target.life_cycle_state != LifeCycleState::Deleted);
        Ok::<_, KindError>((!left).then_some(()))
    });
    gone.await?.ok_or_else(|| never(doing, file_system_id, "them to be gone"))
}

async fn delete_one(aws: &Aws, mount_target_id: &str) -> Result<(), KindError> {
    if let Err(error) = aws.efs.delete_mount_target().mount_target_id(mount_target_id).send().await
    {
        let failure = SdkFailure::from(error);
        if !failure.is(&["MountTargetNotFound"]) {
            return Err(KindError::doing("deleting EFS mount target", mount_target_id)(failure));
        }
    }
    Ok(())
}

impl MountTargets {
    fn found(&self, all: &[MountTargetDescription], groups: Vec<Vec<String>>) -> LiveResource {
        let mut groups =
            groups.into_iter().map(|groups| in_order_of(&self.security_group_ids, groups));
        // One that differs is enough to show.
        let differs = groups.find(|groups| *groups != self.security_group_ids);
        // One that is not ready counts as missing: making it again only waits for it, or replaces
        // what failed.
        let ready = all
            .iter()
            .filter(|target| target.life_cycle_state != LifeCycleState::Creating && works(target));
        let subnet_ids = ready.map(|target| target.subnet_id.clone()).collect();
        let state = Self {
            file_system_id: self.file_system_id.clone(),
            subnet_ids: in_order_of(&self.subnet_ids, subnet_ids),
            security_group_ids: differs.unwrap_or_else(|| self.security_group_ids.clone()),
        };
        let mut attributes = BTreeMap::from([
            (
                "id".to_owned(),
                all.iter()
                    .map(|target| target.mount_target_id.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
            ),
            ("file_system_id".to_owned(), self.file_system_id.clone()),
        ]);
        let first = all
            .iter()
            .find(|target| Some(&target.subnet_id) == self.subnet_ids.first() && works(target));
        attributes
            .extend(first.map(|target| ("first_id".to_owned(), target.mount_target_id.clone())));
        LiveResource { state: json!(state), attributes, managed: true }
    }

    async fn groups(
        &self,
        aws: &Aws,
        target: &MountTargetDescription,
    ) -> Result<Vec<String>, KindError> {
        let id = &target.mount_target_id;
        match aws.efs.describe_mount_target_security_groups().mount_target_id(id).send().await {
            Ok(answer) => Ok(answer.security_groups),
            Err(error) => {
                let failure = SdkFailure::from(error);
                // Not ready yet, or gone meanwhile: the groups it was asked for with are taken for
                // granted.
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
            !self.subnet_ids.contains(&target.subnet_id) || !works(target)
        };
        if of_file_system(aws, &self.file_system_id).await?.iter().any(surplus) {
            delete_where(aws, &self.file_system_id, surplus).await?;
        }
        Ok(())
    }

    /// Makes the one in this subnet if there is none, and waits until it can be mounted.
    async fn make(&self, aws: &Aws, subnet_id: &str) -> Result<(), KindError> {
        let waiting = "waiting for EFS mount target in";
        let make = async || {
            wait::until(EFS_LIFE_CYCLE, async || self.try_make(aws, subnet_id).await).await
        };
        let made = wait::retry(EC2_SETTLES, network_is_not_known_yet, make).await?;
        made.ok_or_else(|| {
            never("creating EFS mount target in", subnet_id, "its file system to be ready for it")
        })?;
        let available =
            wait::until(EFS_LIFE_CYCLE, async || match self.state_in(aws, subnet_id).await? {
                Some(LifeCycleState::Available) => Ok(Some(())),
                Some(LifeCycleState::Creating | LifeCycleState::Updating) => Ok(None),
                Some(other) => Err(KindError::doing(waiting, subnet_id)(Cause::Other(format!(
                    "it is `{other}`"
                )))),
                None => Err(KindError::doing(waiting, subnet_id)(Cause::Other(
                    "it was deleted meanwhile".to_owned(),
                ))),
            });
        available.await?.ok_or_else(|| never(waiting, subnet_id, "it to be available"))
    }

    /// One attempt; `None` while the file system is not ready for it.
    async fn try_make(&self, aws: &Aws, subnet_id: &str) -> Result<Option<()>, KindError> {
        match self.state_in(aws, subnet_id).await? {
            None => {}
            Some(LifeCycleState::Deleting) => return Ok(None),
            Some(_) => return Ok(Some(())),
        }
        let create =
            aws.efs.create_mount_target().file_system_id(&self.file_system_id).subnet_id(subnet_id);
        match create.set_security_groups(Some(self.security_group_ids.clone())).send().await {
            Ok(_) => Ok(Some(())),
            Err(error) => {
                let failure = SdkFailure::from(error);
                if failure.is(&["IncorrectFileSystemLifeCycleState"]) {
                    return Ok(None);
                }
                // A conflict in our own subnet is an earlier call of ours; any other is not.
                let exists = failure.is(&["MountTargetConflict"])
                    && self.state_in(aws, subnet_id).await?.is_some();
                let failed = KindError::doing("creating EFS mount target in", subnet_id);
                if exists { Ok(Some(())) } else { Err(failed(failure)) }
            }
        }
    }

    async fn state_in(
        &self,
        aws: &Aws,
        subnet_id: &str,
    ) -> Result<Option<LifeCycleState>, KindError> {
        let mut all = of_file_system(aws, &self.file_system_id).await?.into_iter();
        let found = all.find(|target| {
            target.subnet_id == subnet_id && target.life_cycle_state != LifeCycleState::Deleted
        });
        Ok(found.map(|target| target.life_cycle_state))
    }
}

/// EFS looks up subnet and groups in EC2, where one made a moment ago may not be known everywhere.
fn network_is_not_known_yet(error: &KindError) -> bool {
    error.is(&["SecurityGroupNotFound", "SubnetNotFound"])
}

fn never(doing: &'static str, name: &str, what: &str) -> KindError {
    let minutes = EFS_LIFE_CYCLE.as_secs() / 60;
    let waited = format!("waited {minutes} minutes for {what}; the next apply goes on waiting");
    KindError::doing(doing, name)(Cause::Other(waited))
}

/// All mount targets; none for a file system that doesn't exist.
async fn of_file_system(
    aws: &Aws,
    file_system_id: &str,
) -> Result<Vec<MountTargetDescription>, KindError> {
    let mut pages =
        aws.efs.describe_mount_targets().file_system_id(file_system_id).into_paginator().send();
    let mut all = Vec::new();
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => all.extend(page.mount_targets.unwrap_or_default()),
            Err(error) => {
                let failure = SdkFailure::from(error);
                let gone = failure.is(&["FileSystemNotFound"]);
                let doing = "listing mount targets of EFS file system";
                return if gone {
                    Ok(Vec::new())
                } else {
                    Err(KindError::doing(doing, file_system_id)(failure))
                };
            }
        }
    }
    Ok(all)
}

fn stays(target: &MountTargetDescription) -> bool {
    !matches!(target.life_cycle_state, LifeCycleState::Deleting | LifeCycleState::Deleted)
}

fn works(target: &MountTargetDescription) -> bool {
    target.life_cycle_state != LifeCycleState::Error
}

#[cfg(test)]
mod tests;
