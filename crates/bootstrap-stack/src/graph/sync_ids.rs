//! The ids of a sync's resources. Those of the sync `default` are the ones of a stack with one
//! sync.

use domain::sync_name::SyncName;

/// The role that reads the stack's file system.
pub(super) const SHARED_SOURCE_ROLE: &str = "source-role";

/// The ids of a sync's resources.
pub(crate) struct SyncIds<'a> {
    pub sync: &'a SyncName,
    /// The region of the bucket, if it is another than the stack's.
    pub region: Option<&'a str>,
}

impl SyncIds<'_> {
    pub(crate) fn source_location(&self) -> String {
        self.sync.qualify("source-location")
    }

    pub(crate) fn destination_location(&self) -> String {
        self.in_bucket_region("destination-location")
    }

    pub(crate) fn destination_role(&self) -> String {
        self.sync.qualify("destination-role")
    }

    pub(crate) fn task(&self) -> String {
        self.sync.qualify("task")
    }

    pub(crate) fn restore_role(&self) -> String {
        self.sync.qualify("restore-role")
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

/// The role that reads the sync's file system, shared or its own. The sync `default` may have its
/// own, too.
pub(crate) fn source_role(sync: &SyncName, own_file_system: bool) -> String {
    if own_file_system {
        format!("{SHARED_SOURCE_ROLE}.{sync}")
    } else {
        SHARED_SOURCE_ROLE.to_owned()
    }
}
