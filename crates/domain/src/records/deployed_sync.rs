//! A sync as far as its resources must be found again after it was removed from the configuration.

use serde::{Deserialize, Serialize};

use crate::config::{FileSystemConfig, ResolvedSync, StackConfig};
use crate::records::outputs::Outputs;
use crate::sync_name::SyncName;
use crate::sync_role::own_source_role;

/// A sync that resources were created of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DeployedSync {
    pub name: SyncName,
    /// The region of its bucket and of the locations there, if it is another than the stack's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination_region: Option<String>,
    /// The file system of its own; absent: that of the stack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_system_id: Option<String>,
}

/// The id of the role for the source, by which outputs know it.
const SOURCE_ROLE: &str = "source-role";

impl DeployedSync {
    /// A sync of this configuration of the stack.
    #[must_use]
    pub fn of_config(stack: &StackConfig, sync: &ResolvedSync) -> Self {
        let own = match &sync.config.file_system {
            FileSystemConfig::Existing(existing)
                if sync.config.file_system != stack.file_system =>
            {
                Some(existing.id.clone())
            }
            _ => None,
        };
        Self {
            name: sync.name.clone(),
            destination_region: sync.config.destination.region.clone(),
            file_system_id: own,
        }
    }

    /// A sync as it was deployed. A role of its own for the source has a file system of its own.
    #[must_use]
    pub fn of_outputs(outputs: &Outputs) -> Self {
        let own_role = format!("-{}-", own_source_role(&outputs.sync));
        let role = outputs.role_arns.get(SOURCE_ROLE);
        let has_own = role.is_some_and(|arn| arn.contains(&own_role));
        Self {
            name: outputs.sync.clone(),
            destination_region: outputs.destination_region.clone(),
            file_system_id: has_own.then(|| outputs.file_system_id.clone()),
        }
    }
}
