//! What the data plane offers to the functions and to people.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::arn::TaskArn;

/// Fields that came later may be absent: a deploy renews the functions before it writes the outputs anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outputs {
    pub task_arn: TaskArn,
    pub source_location_arn: String,
    pub destination_location_arn: String,
    pub file_system_id: String,
    pub file_system_arn: String,
    /// Resolves to the mount target of the client's zone, within the VPC (EFS User Guide, "Mounting file systems").
    #[serde(default)]
    pub file_system_dns_name: String,
    pub destination_bucket: String,
    #[serde(default)]
    pub destination_bucket_arn: String,
    /// Empty, or ends in `/`.
    pub destination_prefix: String,
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
    /// From the first restore on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restore: Option<RestoreOutputs>,
}

/// The task that brings files back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreOutputs {
    pub task_arn: TaskArn,
    /// Where it writes, as in [`super::restore::RestoreTarget`].
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
