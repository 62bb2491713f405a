//! A sync as far as its resources must be found again after it was removed from the configuration.

use serde::{Deserialize, Serialize};

use crate::config::{ResolvedSync, StackConfig};
use crate::names::Names;
use crate::records::outputs::Outputs;
use crate::sync_name::SyncName;
use crate::sync_role::{BucketRoles, own_source_role};

/// A sync that resources were created of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DeployedSync {
    pub name: SyncName,
    /// The region of its bucket and of the locations there, if it is another than the stack's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination_region: Option<String>,
    /// The roles that it shared, or had alone; they also tell the file system of its own.
    #[serde(flatten)]
    pub roles: BucketRoles,
}

/// The ids of the roles by which outputs know them.
const SOURCE_ROLE: &str = "source-role";
const DESTINATION_ROLE: &str = "destination-role";

impl DeployedSync {
    /// A sync of this configuration of the stack.
    #[must_use]
    pub fn of_config(stack: &StackConfig, sync: &ResolvedSync, names: &Names) -> Self {
        Self {
            name: sync.name.clone(),
            destination_region: sync.config.destination.region.clone(),
            roles: BucketRoles::of_sync(stack, &sync.config, names),
        }
    }

    /// A sync as it was deployed. A role of its own for the source has a file system of its own.
    #[must_use]
    pub fn of_outputs(outputs: &Outputs) -> Self {
        let role = |id: &str| outputs.role_arns.get(id).map(String::as_str);
        let own_role = format!("-{}-", own_source_role(&outputs.sync));
        let has_own = role(SOURCE_ROLE).is_some_and(|arn| arn.contains(&own_role));
        let own_file_system = has_own.then(|| outputs.file_system_id.clone());
        let (role, bucket) = (role(DESTINATION_ROLE), &outputs.destination_bucket);
        Self {
            name: outputs.sync.clone(),
            destination_region: outputs.destination_region.clone(),
            roles: BucketRoles::of_destination_arn(role, bucket, own_file_system),
        }
    }
}
