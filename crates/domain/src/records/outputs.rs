//! The outputs of the data plane, for functions and people.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::arn::TaskArn;
use crate::records::restored_directory::RestoredDirectory;
use crate::sync_name::SyncName;

/// Fields that came later may be absent: a deploy renews the functions before it writes the outputs
/// anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outputs {
    /// The sync that these are the outputs of.
    #[serde(default, skip_serializing_if = "SyncName::is_default")]
    pub sync: SyncName,
    pub task_arn: TaskArn,
    pub source_location_arn: String,
    pub destination_location_arn: String,
    pub file_system_id: String,
    pub file_system_arn: String,
    /// Resolves to the mount target of the client's zone, within the VPC (EFS User Guide, "Mounting
    /// file systems").
    #[serde(default)]
    pub file_system_dns_name: String,
    pub destination_bucket: String,
    #[serde(default)]
    pub destination_bucket_arn: String,
    /// Empty, or ends in `/`.
    pub destination_prefix: String,
    /// The region of the bucket; absent: that of the stack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination_region: Option<String>,
    /// The account that owns the bucket; absent: that of the stack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination_account: Option<String>,
    #[serde(default)]
    pub vpc_id: String,
    #[serde(default)]
    pub private_subnet_ids: Vec<String>,
    /// Empty where the network is not of our making.
    #[serde(default)]
    pub public_subnet_ids: Vec<String>,
    pub instance: Option<InstanceOutputs>,
    /// By the resource's id: `destination-role`, ….
    #[serde(default)]
    pub role_arns: BTreeMap<String, String>,
    pub log_group: String,
    /// The first time that the versioning of a destination bucket of our making was known to be on;
    /// absent: long ago.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub versioning_enabled_at: Option<DateTime<Utc>>,
    /// From the first restore on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restore: Option<RestoreOutputs>,
    /// The patterns by which the task of this sync leaves out what restores made below its source
    /// directory. An execution that overrides the task's excludes keeps them
    /// ([`super::restored_directory::keep_restore_excludes`]).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restore_excludes: Vec<String>,
    /// The directories that restores of any sync made, removed syncs included; empty in each of
    /// `other_syncs`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restored_directories: Vec<RestoredDirectory>,
    /// The outputs of the other syncs of the stack, in the order of the configuration; empty in
    /// each of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_syncs: Vec<Outputs>,
}

/// The time until the versioning of a bucket applies everywhere after it was first enabled.
///
/// "We recommend that you wait for 15 minutes after enabling versioning before issuing write
/// operations" (S3 User Guide, "Enabling versioning on buckets").
pub const VERSIONING_SETTLES: TimeDelta = TimeDelta::minutes(15);

impl Outputs {
    /// The outputs of every sync, in the order of the configuration; never empty.
    pub fn each_sync(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(&self.other_syncs)
    }

    /// The outputs of one sync; `None` if it is not deployed.
    #[must_use]
    pub fn of_sync(&self, sync: &SyncName) -> Option<&Self> {
        self.each_sync().find(|outputs| outputs.sync == *sync)
    }

    /// The outputs of the sync that a task copies for; `None` if it is no task of this stack.
    #[must_use]
    pub fn of_task(&self, task: &TaskArn) -> Option<&Self> {
        self.each_sync().find(|outputs| outputs.task_arn == *task)
    }

    /// The bucket's region. `task_arn` is in that of the stack.
    #[must_use]
    pub fn bucket_region(&self) -> &str {
        self.destination_region.as_deref().unwrap_or_else(|| self.task_arn.region())
    }

    /// The time until which objects may be written as null versions; `None` unless it is known to
    /// be after `now`.
    #[must_use]
    pub fn versioning_unsettled_until(
        &self,
        settles: TimeDelta,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        self.versioning_settled_at(settles).filter(|until| now < *until)
    }

    /// The time from which every write creates a version with an id; `None` if that was always so.
    #[must_use]
    pub fn versioning_settled_at(&self, settles: TimeDelta) -> Option<DateTime<Utc>> {
        self.versioning_enabled_at?.checked_add_signed(settles)
    }
}

/// The task that brings files back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreOutputs {
    pub task_arn: TaskArn,
    /// The directory that it writes to, as in [`super::restore::RestoreTarget`].
    pub directory: String,
    /// The role that reads the manifest.
    pub role_arn: String,
}

/// The instance that mounts the file system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceOutputs {
    pub id: String,
    pub private_ip: Option<String>,
    /// Only where the configuration lists networks for SSH.
    pub public_ip: Option<String>,
    /// A shell on it, without an open port.
    pub session_command: String,
}
