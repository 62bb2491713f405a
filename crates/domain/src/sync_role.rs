//! The roles of DataSync that belong to syncs: those for buckets, which the syncs of one bucket
//! share, and those for file systems that single syncs have of their own.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::config::{FileSystemConfig, StackConfig};
use crate::names::Names;
use crate::sync_name::SyncName;

/// The role that reads the stack's file system, which syncs share.
pub const SHARED_SOURCE_ROLE: &str = "datasync-source";

/// The roles of the bucket of `[destination]`, with the names of a stack with one sync.
const DESTINATION: &str = "datasync-destination";
const RESTORE: &str = "datasync-restore";
/// The beginning of the names of the roles of other buckets.
const OTHER_DESTINATION: &str = "write";
const OTHER_RESTORE: &str = "restore";

/// The characters of a digest: enough to tell apart the buckets of a stack, few enough for the name
/// of a role, which has at most 64 (IAM User Guide, "IAM and AWS STS quotas").
const DIGEST_LENGTH: usize = 16;

/// The role of a sync that reads a file system of its own, without the stack's name.
#[must_use]
pub fn own_source_role(sync: &SyncName) -> String {
    format!("read.{sync}")
}

/// The roles by which a sync writes to its bucket and restores from it. Syncs for which this is
/// equal share them.
///
/// Their names follow from the section `[destination]` and the bucket alone, so that they stay the
/// same when other syncs of the bucket come or go.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BucketRoles {
    /// The bucket, if it is another than that of the section `[destination]`.
    #[serde(default, rename = "destination_bucket", skip_serializing_if = "Option::is_none")]
    pub bucket: Option<String>,
    /// The file system, if it is another than the stack's. A restore writes to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_system_id: Option<String>,
}

impl BucketRoles {
    /// The roles of the sync with this view of the configuration.
    #[must_use]
    pub fn of_sync(stack: &StackConfig, view: &StackConfig, names: &Names) -> Self {
        let bucket = view.destination_bucket(names);
        let file_system_id = match &view.file_system {
            FileSystemConfig::Existing(existing) if view.file_system != stack.file_system => {
                Some(existing.id.clone())
            }
            _ => None,
        };
        Self {
            bucket: Some(bucket).filter(|it| *it != stack.destination_bucket(names)),
            file_system_id,
        }
    }

    /// The roles as an ARN of the destination role tells them.
    #[must_use]
    pub fn of_destination_arn(
        arn: Option<&str>,
        bucket: &str,
        file_system_id: Option<String>,
    ) -> Self {
        let is_other = arn.is_some_and(|arn| arn.contains(&format!("-{OTHER_DESTINATION}.")));
        Self { bucket: is_other.then(|| bucket.to_owned()), file_system_id }
    }

    /// The name of the role that writes to the bucket.
    #[must_use]
    pub fn destination_name(&self, names: &Names) -> String {
        match &self.bucket {
            Some(bucket) => names.role_name(&format!("{OTHER_DESTINATION}.{}", digest_of(bucket))),
            None => names.role_name(DESTINATION),
        }
    }

    /// The name of the role that reads the bucket and writes to the file system.
    #[must_use]
    pub fn restore_name(&self, names: &Names) -> String {
        if *self == Self::default() {
            return names.role_name(RESTORE);
        }
        let [bucket, file_system] =
            [&self.bucket, &self.file_system_id].map(|id| id.as_deref().unwrap_or_default());
        let digest = digest_of(&format!("{bucket}\n{file_system}"));
        names.role_name(&format!("{OTHER_RESTORE}.{digest}"))
    }

    #[must_use]
    pub fn destination_arn(&self, names: &Names) -> String {
        names.arn_of_role(&self.destination_name(names))
    }

    #[must_use]
    pub fn restore_arn(&self, names: &Names) -> String {
        names.arn_of_role(&self.restore_name(names))
    }

    /// The patterns of the ARNs of all roles that no stack without `[[sync]]` entries has.
    #[must_use]
    pub fn arn_patterns(names: &Names) -> [String; 3] {
        ["read", OTHER_DESTINATION, OTHER_RESTORE].map(|kind| names.role_arn(&format!("{kind}.*")))
    }
}

fn digest_of(text: &str) -> String {
    let mut digest = hex::encode(Sha256::digest(text.as_bytes()));
    digest.truncate(DIGEST_LENGTH);
    digest
}

#[cfg(test)]
mod tests;
