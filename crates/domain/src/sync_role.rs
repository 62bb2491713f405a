//! The roles of DataSync that syncs have of their own.

use crate::names::Names;
use crate::sync_name::SyncName;

/// The role that reads the stack's file system, which syncs share.
pub const SHARED_SOURCE_ROLE: &str = "datasync-source";

/// The role of a sync that reads a file system of its own, without the stack's name.
#[must_use]
pub fn own_source_role(sync: &SyncName) -> String {
    format!("read.{sync}")
}

/// The purpose of a role that each sync has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncRole {
    /// Writes to the bucket.
    Destination,
    /// Reads the bucket and writes to the file system.
    Restore,
}

impl SyncRole {
    pub const ALL: [Self; 2] = [Self::Destination, Self::Restore];

    /// The role's name. Those of the sync `default` have the names of a stack with one sync; the
    /// others are shorter, since a role's name has at most 64 characters (IAM User Guide, "IAM and
    /// AWS STS quotas").
    #[must_use]
    pub fn name(self, names: &Names, sync: &SyncName) -> String {
        if sync.is_default() {
            names.role_name(self.of_only_sync())
        } else {
            names.role_name(&sync.qualify(self.of_many_syncs()))
        }
    }

    #[must_use]
    pub fn arn(self, names: &Names, sync: &SyncName) -> String {
        let name = self.name(names, sync);
        format!("arn:{}:iam::{}:role/{name}", names.partition(), names.account)
    }

    /// The patterns of the ARNs of all roles that no stack with one sync has.
    #[must_use]
    pub fn arn_patterns(names: &Names) -> [String; 3] {
        ["read.*", "write.*", "restore.*"].map(|pattern| names.role_arn(pattern))
    }

    fn of_only_sync(self) -> &'static str {
        match self {
            Self::Destination => "datasync-destination",
            Self::Restore => "datasync-restore",
        }
    }

    fn of_many_syncs(self) -> &'static str {
        match self {
            Self::Destination => "write",
            Self::Restore => "restore",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_name_of_a_role_fits() {
        let names = Names::new(&"s".repeat(20), "111122223333", "ap-southeast-1");
        for sync in [SyncName::default(), SyncName::parse(&"y".repeat(20)).unwrap()] {
            for role in SyncRole::ALL {
                let name = role.name(&names, &sync);
                assert!(name.len() <= 64, "{name}");
            }
            let name = names.role_name(&own_source_role(&sync));
            assert!(name.len() <= 64, "{name}");
        }
    }

    #[test]
    fn the_pattern_has_the_roles_of_other_syncs_alone() {
        let names = Names::new("backup", "111122223333", "eu-central-1");
        let home = SyncName::parse("home").unwrap();
        assert_eq!(
            SyncRole::Destination.arn(&names, &home),
            "arn:aws:iam::111122223333:role/backup-write.home-eu-central-1"
        );
        let patterns = SyncRole::arn_patterns(&names);
        assert_eq!(patterns[1], "arn:aws:iam::111122223333:role/backup-write.*-eu-central-1");
        for role in [
            names.role_arn(&own_source_role(&home)),
            SyncRole::Destination.arn(&names, &home),
            SyncRole::Restore.arn(&names, &home),
        ] {
            let is_matched = |pattern: &String| {
                let (start, end) = pattern.split_once('*').unwrap();
                role.starts_with(start) && role.ends_with(end)
            };
            assert!(patterns.iter().any(is_matched), "{role}");
        }
        assert_eq!(
            SyncRole::Destination.name(&names, &SyncName::default()),
            "backup-datasync-destination-eu-central-1"
        );
    }
}
