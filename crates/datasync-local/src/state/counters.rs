//! The counters of `DescribeTaskExecution`.

use serde::{Deserialize, Serialize};

/// The counters of both modes; bytes are logical. In Basic mode items include directories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExecutionCounters {
    pub estimated_files_to_transfer: u64,
    pub estimated_bytes_to_transfer: u64,
    pub files_transferred: u64,
    pub bytes_written: u64,
    pub bytes_transferred: u64,
    pub bytes_compressed: u64,
    pub files_deleted: u64,
    pub files_skipped: u64,
    pub files_verified: u64,
    pub estimated_files_to_delete: u64,
    #[serde(default, flatten, skip_serializing_if = "Option::is_none")]
    pub enhanced: Option<EnhancedCounters>,
}

/// The counters of Enhanced mode alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EnhancedCounters {
    /// "Will attempt to transfer after comparing".
    pub files_prepared: u64,
    pub files_listed: ListedCounts,
    pub files_failed: FilesFailed,
    pub estimated_folders_to_delete: u64,
    pub estimated_folders_to_transfer: u64,
    pub folders_skipped: u64,
    pub folders_prepared: u64,
    pub folders_transferred: u64,
    pub folders_verified: u64,
    pub folders_deleted: u64,
    pub folders_listed: ListedCounts,
    pub folders_failed: FoldersFailed,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListedCounts {
    pub at_source: u64,
    /// Only with `PreserveDeletedFiles=REMOVE`.
    pub at_destination_for_delete: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FilesFailed {
    pub prepare: u64,
    pub transfer: u64,
    pub verify: u64,
    pub delete: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FoldersFailed {
    pub list: u64,
    pub prepare: u64,
    pub transfer: u64,
    pub verify: u64,
    pub delete: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_enhanced_mode_are_beside_the_others() {
        let basic = ExecutionCounters { files_transferred: 3, ..ExecutionCounters::default() };
        let text = serde_json::to_string(&basic).unwrap();
        assert!(!text.contains("Folders"), "{text}");
        assert_eq!(serde_json::from_str::<ExecutionCounters>(&text).unwrap(), basic);
        let enhanced = ExecutionCounters {
            enhanced: Some(EnhancedCounters { files_prepared: 2, ..Default::default() }),
            ..basic
        };
        let text = serde_json::to_string(&enhanced).unwrap();
        assert!(text.contains(r#""FilesPrepared":2"#), "{text}");
        assert_eq!(serde_json::from_str::<ExecutionCounters>(&text).unwrap(), enhanced);
    }
}
