//! EFS mount target: the file system's address in one subnet.
//!
//! It can't be tagged; it is part of a file system that is ours, and so ours. EFS allows one per availability zone, all in
//! one VPC, and answers a second with 409 `MountTargetConflict` (EFS API reference, `CreateMountTarget`).

use std::collections::BTreeMap;

use aws_edge::SdkFailure;
use aws_sdk_efs::types::{LifeCycleState, MountTargetDescription};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Cause, Found, Kind, KindError, is_reference};
use crate::Aws;
use crate::graph::ResourceId;
use crate::wait::{self, EFS_LIFE_CYCLE};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MountTarget {
    pub file_system_id: String,
    pub subnet_id: String,
    /// `sg-…`, in any order.
    pub security_group_ids: Vec<String>,
}

impl Kind for MountTarget {
    const NAME: &'static str = "EFS mount target";
    const REPLACE_ON: &'static [&'static str] = &["file_system_id", "subnet_id"];

    async fn read(&self, aws: &Aws, _id: &ResourceId) -> Result<Option<Found>, KindError> {
        if is_reference(&self.file_system_id) {
            return Ok(None);
        }
        let all = of_file_system(aws, &self.file_system_id).await?;
        let Some(ours) = all.into_iter().find(|target| target.subnet_id == self.subnet_id && stays(target)) else {
            return Ok(None);
        };
        let mount_target_id = &ours.mount_target_id;
        let groups = aws.efs.describe_mount_target_security_groups().mount_target_id(mount_target_id).send().await;
        let groups =
            groups.map_err(KindError::doing("reading security groups of EFS mount target", mount_target_id))?;
        Ok(Some(self.found(&ours, groups.security_groups)))
    }

    async fn create(&self, aws: &Aws, _id: &ResourceId) -> Result<(), KindError> {
        let made = wait::until(EFS_LIFE_CYCLE, async || self.make(aws).await).await?;
        made.ok_or_else(|| self.never("creating EFS mount target in", "its file system to be available"))?;
        let available = wait::until(EFS_LIFE_CYCLE, async || self.is_available(aws).await.map(|yes| yes.then_some(())));
        available.await?.ok_or_else(|| self.never("waiting for EFS mount target in", "it to be available"))
    }

    async fn update(&self, aws: &Aws, _id: &ResourceId, found: &Found, _changed: &[String]) -> Result<(), KindError> {
        let mount_target_id = found.attribute("id");
        let modify = aws.efs.modify_mount_target_security_groups().mount_target_id(mount_target_id);
        let sent = modify.set_security_groups(Some(self.security_group_ids.clone())).send().await;
        sent.map_err(KindError::doing("changing security groups of EFS mount target", mount_target_id))?;
        Ok(())
    }

    async fn delete(&self, aws: &Aws, found: &Found) -> Result<(), KindError> {
        let mount_target_id = found.attribute("id");
        delete_one(aws, mount_target_id).await?;
        let gone = wait::until(EFS_LIFE_CYCLE, async || {
            let all = of_file_system(aws, &self.file_system_id).await?;
            Ok(all.iter().all(|target| target.mount_target_id != mount_target_id).then_some(()))
        });
        gone.await?.ok_or_else(|| self.never("deleting EFS mount target in", "it to be gone"))
    }
}

/// Removes whatever mount targets a file system has; returning means that they are gone.
pub(super) async fn delete_all(aws: &Aws, file_system_id: &str) -> Result<(), KindError> {
    for target in of_file_system(aws, file_system_id).await?.iter().filter(|target| stays(target)) {
        delete_one(aws, &target.mount_target_id).await?;
    }
    let gone = wait::until(EFS_LIFE_CYCLE, async || {
        let all = of_file_system(aws, file_system_id).await?;
        Ok::<_, KindError>(all.is_empty().then_some(()))
    });
    let never = || Cause::Other("they are still there; the next try goes on waiting".to_owned());
    gone.await?.ok_or_else(|| KindError::doing("deleting mount targets of EFS file system", file_system_id)(never()))
}

async fn delete_one(aws: &Aws, mount_target_id: &str) -> Result<(), KindError> {
    if let Err(error) = aws.efs.delete_mount_target().mount_target_id(mount_target_id).send().await {
        let failure = SdkFailure::from(error);
        if !failure.is(&["MountTargetNotFound"]) {
            return Err(KindError::doing("deleting EFS mount target", mount_target_id)(failure));
        }
    }
    Ok(())
}

impl MountTarget {
    fn found(&self, description: &MountTargetDescription, security_group_ids: Vec<String>) -> Found {
        let state = Self {
            file_system_id: description.file_system_id.clone(),
            subnet_id: description.subnet_id.clone(),
            security_group_ids: in_order_of(&self.security_group_ids, security_group_ids),
        };
        let ip_address = description.ip_address.clone().unwrap_or_default();
        let id = description.mount_target_id.clone();
        let attributes = BTreeMap::from([("id".to_owned(), id), ("ip_address".to_owned(), ip_address)]);
        Found { state: json!(state), attributes, ours: true }
    }

    /// One attempt; `None` while the file system is not ready for it.
    async fn make(&self, aws: &Aws) -> Result<Option<()>, KindError> {
        let create = aws.efs.create_mount_target().file_system_id(&self.file_system_id).subnet_id(&self.subnet_id);
        match create.set_security_groups(Some(self.security_group_ids.clone())).send().await {
            Ok(_) => Ok(Some(())),
            Err(error) => {
                let failure = SdkFailure::from(error);
                if failure.is(&["IncorrectFileSystemLifeCycleState"]) {
                    return Ok(None);
                }
                // A conflict in our own subnet is an earlier call of ours; any other is somebody's mount target.
                let exists = failure.is(&["MountTargetConflict"]) && self.exists(aws).await?;
                if exists { Ok(Some(())) } else { Err(self.failed("creating EFS mount target in")(failure.into())) }
            }
        }
    }

    async fn exists(&self, aws: &Aws) -> Result<bool, KindError> {
        let all = of_file_system(aws, &self.file_system_id).await?;
        Ok(all.iter().any(|target| target.subnet_id == self.subnet_id))
    }

    async fn is_available(&self, aws: &Aws) -> Result<bool, KindError> {
        let all = of_file_system(aws, &self.file_system_id).await?;
        let ours = all.into_iter().find(|target| target.subnet_id == self.subnet_id);
        match ours.map(|target| target.life_cycle_state) {
            Some(LifeCycleState::Available) => Ok(true),
            Some(LifeCycleState::Creating | LifeCycleState::Updating) => Ok(false),
            Some(other) => {
                Err(self.failed("waiting for EFS mount target in")(Cause::Other(format!("it is `{other}`"))))
            }
            None => {
                Err(self.failed("waiting for EFS mount target in")(Cause::Other("it was deleted meanwhile".to_owned())))
            }
        }
    }

    fn failed(&self, doing: &'static str) -> impl FnOnce(Cause) -> KindError {
        KindError::doing(doing, &self.subnet_id)
    }

    fn never(&self, doing: &'static str, what: &str) -> KindError {
        let minutes = EFS_LIFE_CYCLE.as_secs() / 60;
        self.failed(doing)(Cause::Other(format!("waited {minutes} minutes for {what}; the next apply goes on waiting")))
    }
}

/// All mount targets; none for a file system that doesn't exist.
async fn of_file_system(aws: &Aws, file_system_id: &str) -> Result<Vec<MountTargetDescription>, KindError> {
    let mut pages = aws.efs.describe_mount_targets().file_system_id(file_system_id).into_paginator().send();
    let mut all = Vec::new();
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => all.extend(page.mount_targets.unwrap_or_default()),
            Err(error) => {
                let failure = SdkFailure::from(error);
                let gone = failure.is(&["FileSystemNotFound"]);
                let doing = "listing mount targets of EFS file system";
                return if gone { Ok(Vec::new()) } else { Err(KindError::doing(doing, file_system_id)(failure)) };
            }
        }
    }
    Ok(all)
}

fn stays(target: &MountTargetDescription) -> bool {
    !matches!(target.life_cycle_state, LifeCycleState::Deleting | LifeCycleState::Deleted)
}

/// Security groups have no order: as many as are desired come in the desired order, the rest sorted.
pub(super) fn in_order_of(desired: &[String], mut found: Vec<String>) -> Vec<String> {
    found.sort_by_key(|group| (desired.iter().position(|d| d == group).unwrap_or(usize::MAX), group.clone()));
    found
}

#[cfg(test)]
mod tests {
    use aws_sdk_efs::Client;
    use aws_sdk_efs::operation::delete_mount_target::DeleteMountTargetOutput;
    use aws_sdk_efs::operation::describe_mount_target_security_groups::DescribeMountTargetSecurityGroupsOutput;
    use aws_sdk_efs::operation::describe_mount_targets::DescribeMountTargetsOutput;
    use aws_sdk_efs::operation::modify_mount_target_security_groups::ModifyMountTargetSecurityGroupsOutput;
    use aws_smithy_mocks::{Rule, mock};

    use super::*;
    use crate::kinds::mocked::{self, client, refusal};

    fn desired() -> MountTarget {
        MountTarget {
            file_system_id: "fs-0123456789abcdef0".into(),
            subnet_id: "subnet-1".into(),
            security_group_ids: vec!["sg-2".into(), "sg-1".into()],
        }
    }

    fn id() -> ResourceId {
        ResourceId::new("mount-target")
    }

    fn describes(subnet: &'static str) -> Rule {
        let target = move || {
            MountTargetDescription::builder()
                .mount_target_id("fsmt-1")
                .file_system_id("fs-0123456789abcdef0")
                .subnet_id(subnet)
                .life_cycle_state(LifeCycleState::Available)
                .ip_address("10.0.0.7")
                .build()
                .unwrap()
        };
        mock!(Client::describe_mount_targets)
            .then_output(move || DescribeMountTargetsOutput::builder().mount_targets(target()).build())
    }

    fn groups(ids: &'static [&'static str]) -> Rule {
        mock!(Client::describe_mount_target_security_groups).then_output(move || {
            let ids = ids.iter().map(|id| (*id).to_owned()).collect();
            DescribeMountTargetSecurityGroupsOutput::builder().set_security_groups(Some(ids)).build().unwrap()
        })
    }

    async fn read(describe: &Rule, groups: &Rule) -> Option<Found> {
        let aws = Aws { efs: client!(aws_sdk_efs, describe, groups), ..mocked::aws() };
        desired().read(&aws, &id()).await.unwrap()
    }

    #[tokio::test]
    async fn it_is_found_by_its_subnet_whatever_the_order_of_its_groups() {
        let found = read(&describes("subnet-1"), &groups(&["sg-1", "sg-2"])).await.unwrap();
        assert_eq!(found.state, json!(desired()));
        assert_eq!(found.attribute("ip_address"), "10.0.0.7");
        assert_eq!(read(&describes("subnet-2"), &groups(&[])).await, None);
    }

    #[tokio::test]
    async fn without_a_file_system_there_is_none() {
        let gone = mock!(Client::describe_mount_targets)
            .then_http_response(|| refusal(404, "FileSystemNotFound", "no such file system"));
        assert_eq!(read(&gone, &groups(&[])).await, None);
        let unknown = MountTarget { file_system_id: "${file-system.id}".into(), ..desired() };
        let never_asked = Aws { efs: client!(aws_sdk_efs), ..mocked::aws() };
        assert_eq!(unknown.read(&never_asked, &id()).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_conflict_in_our_subnet_is_an_earlier_call_and_elsewhere_an_error() {
        let conflict =
            mock!(Client::create_mount_target).then_http_response(|| refusal(409, "MountTargetConflict", "exists"));
        let aws = |describe: Rule| Aws { efs: client!(aws_sdk_efs, &conflict, &describe), ..mocked::aws() };
        desired().create(&aws(describes("subnet-1")), &id()).await.unwrap();
        let error = desired().create(&aws(describes("subnet-2")), &id()).await.unwrap_err();
        assert_eq!(error.to_string(), "creating EFS mount target in `subnet-1`");
    }

    #[tokio::test]
    async fn groups_are_changed_in_place() {
        let found = read(&describes("subnet-1"), &groups(&["sg-3"])).await.unwrap();
        assert_ne!(found.state, json!(desired()));
        let modify = mock!(Client::modify_mount_target_security_groups)
            .match_requests(|request| request.security_groups() == ["sg-2", "sg-1"])
            .then_output(|| ModifyMountTargetSecurityGroupsOutput::builder().build());
        let aws = Aws { efs: client!(aws_sdk_efs, &modify), ..mocked::aws() };
        desired().update(&aws, &id(), &found, &["security_group_ids".into()]).await.unwrap();
        assert_eq!(modify.num_calls(), 1);
    }

    #[tokio::test]
    async fn a_file_system_loses_all_its_mount_targets() {
        let gone = DescribeMountTargetsOutput::builder().build();
        let list = mock!(Client::describe_mount_targets)
            .sequence()
            .output(|| {
                let target = |id: &str, state| {
                    let target = MountTargetDescription::builder().mount_target_id(id).file_system_id("fs-1");
                    target.subnet_id("subnet-1").life_cycle_state(state).build().unwrap()
                };
                let targets = [target("fsmt-1", LifeCycleState::Available), target("fsmt-2", LifeCycleState::Deleting)];
                DescribeMountTargetsOutput::builder().set_mount_targets(Some(targets.to_vec())).build()
            })
            .output(move || gone.clone())
            .build();
        let delete = mock!(Client::delete_mount_target)
            .match_requests(|request| request.mount_target_id() == Some("fsmt-1"))
            .then_output(|| DeleteMountTargetOutput::builder().build());
        let aws = Aws { efs: client!(aws_sdk_efs, &list, &delete), ..mocked::aws() };
        delete_all(&aws, "fs-1").await.unwrap();
        assert_eq!((list.num_calls(), delete.num_calls()), (2, 1));
    }

    #[tokio::test]
    async fn delete_returns_when_it_is_gone() {
        let found = read(&describes("subnet-1"), &groups(&[])).await.unwrap();
        let delete = mock!(Client::delete_mount_target).then_output(|| DeleteMountTargetOutput::builder().build());
        let none = mock!(Client::describe_mount_targets).then_output(|| DescribeMountTargetsOutput::builder().build());
        let aws = Aws { efs: client!(aws_sdk_efs, &delete, &none), ..mocked::aws() };
        desired().delete(&aws, &found).await.unwrap();
        assert_eq!((delete.num_calls(), none.num_calls()), (1, 1));
    }
}
