//! A version that a restore may take, as it is written to disk.

use chrono::{DateTime, Utc};
use domain::restore::ListedVersion;
use serde::{Deserialize, Serialize};

/// A version.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::commands::restore) struct Candidate {
    /// The path below the prefix of the location, without slashes at the ends for a directory.
    pub path: String,
    pub is_directory: bool,
    pub key: String,
    pub version_id: String,
    pub at: DateTime<Utc>,
    pub size: u64,
    pub storage_class: String,
    pub readable_copy: bool,
}

impl Candidate {
    pub(super) fn new(path: &str, is_directory: bool, listed: &ListedVersion) -> Self {
        Self {
            path: path.to_owned(),
            is_directory,
            key: listed.key.clone(),
            version_id: listed.version_id.clone(),
            at: listed.last_modified,
            size: listed.size,
            storage_class: listed.storage_class.clone(),
            readable_copy: listed.readable_copy,
        }
    }

    /// Returns the version in the form of the listing, with the fields that a manifest needs.
    pub(in crate::commands::restore) fn to_listed(&self) -> ListedVersion {
        ListedVersion {
            key: self.key.clone(),
            version_id: self.version_id.clone(),
            last_modified: self.at,
            size: self.size,
            storage_class: self.storage_class.clone(),
            readable_copy: self.readable_copy,
            ..ListedVersion::default()
        }
    }
}
