//! The ids of a sync's resources. Those of the sync `default` are the ones of a stack with one
//! sync.

use domain::sync_name::SyncName;
use domain::sync_role::BucketRoles;

/// The role that reads the stack's file system.
pub(super) const SHARED_SOURCE_ROLE: &str = "source-role";

/// The roles of the bucket of `[destination]`; those of other buckets have them in their ids.
const DESTINATION_ROLE: &str = "destination-role";
const RESTORE_ROLE: &str = "restore-role";

/// The ids of a sync's resources.
pub(crate) struct SyncIds<'a> {
    pub sync: &'a SyncName,
    /// The region of the bucket, if it is another than the stack's.
    pub region: Option<&'a str>,
    /// The roles for its bucket, which it may share.
    pub roles: &'a BucketRoles,
}

impl SyncIds<'_> {
    pub(crate) fn source_location(&self) -> String {
        self.sync.qualify("source-location")
    }

    pub(crate) fn destination_location(&self) -> String {
        self.in_bucket_region("destination-location")
    }

    pub(crate) fn task(&self) -> String {
        self.sync.qualify("task")
    }

    pub(crate) fn restore_source_location(&self) -> String {
        self.in_bucket_region("restore-source-location")
    }

    pub(crate) fn restore_target_location(&self) -> String {
        self.sync.qualify("restore-target-location")
    }

    pub(crate) fn restore_access_point(&self) -> String {
        self.sync.qualify("restore-access-point")
    }

    pub(crate) fn restore_task(&self) -> String {
        self.sync.qualify("restore-task")
    }

    /// A location is found in one region only, so one in another region is another resource: that
    /// of an earlier configuration is found and deleted by its own id.
    fn in_bucket_region(&self, id: &str) -> String {
        let id = self.sync.qualify(id);
        match self.region {
            Some(region) => format!("{id}@{region}"),
            None => id,
        }
    }
}

/// The role that writes to the bucket of syncs.
pub(crate) fn destination_role(roles: &BucketRoles) -> String {
    match &roles.bucket {
        Some(bucket) => format!("{DESTINATION_ROLE}.{bucket}"),
        None => DESTINATION_ROLE.to_owned(),
    }
}

/// The role that restores from the bucket of syncs to their file system.
pub(crate) fn restore_role(roles: &BucketRoles) -> String {
    let bucket = roles.bucket.iter().map(|bucket| format!(".{bucket}"));
    // No name of a bucket has this sign.
    let file_system = roles.file_system_id.iter().map(|id| format!("@{id}"));
    let parts = std::iter::once(RESTORE_ROLE.to_owned()).chain(bucket).chain(file_system);
    parts.collect()
}

/// The role that reads the sync's file system, shared or its own. The sync `default` may have its
/// own, too.
pub(crate) fn source_role(sync: &SyncName, own_file_system: bool) -> String {
    if own_file_system {
        format!("{SHARED_SOURCE_ROLE}.{sync}")
    } else {
        SHARED_SOURCE_ROLE.to_owned()
    }
}
