//! The directories that restores made, and the patterns by which tasks leave them out: a restore
//! must not be copied as if its files were new.
//!
//! From the first restore on, everything named `restored-…` beside the restored tree is left out,
//! which is the name that a restore gives its directory, and each directory that was named.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::config::{FileSystemConfig, MAX_FILTER_CHARACTERS, ResolvedSync, StackConfig};
use crate::records::restore::RestoreTarget;
use crate::sync_name::SyncName;

/// The beginning of the name that a restore gives its directory.
pub const RESTORED_PREFIX: &str = "restored-";
/// The most directories that are remembered; the oldest are forgotten first.
const MAX_REMEMBERED: usize = 1_000;

/// The directory of a restore.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoredDirectory {
    /// `None` is the stack's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_system_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_point_id: Option<String>,
    /// The source directory of the sync that was restored; begins and ends in `/`.
    pub source: String,
    /// Below it, as in [`RestoreTarget`]; empty for those that a restore named itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub directory: String,
}

/// The directories before, and those of the present restores, the latest last.
#[must_use]
pub fn remember_restores(
    before: &[RestoredDirectory],
    syncs: &[ResolvedSync],
    restores: &BTreeMap<SyncName, RestoreTarget>,
) -> Vec<RestoredDirectory> {
    let present = syncs.iter().filter_map(|sync| {
        let target = restores.get(&sync.name)?;
        Some(RestoredDirectory::of_target(&sync.config, target))
    });
    let mut all = before.to_vec();
    for directory in present {
        if !all.contains(&directory) {
            all.push(directory);
        }
    }
    all.split_off(all.len().saturating_sub(MAX_REMEMBERED))
}

/// The exclude patterns of a sync's task for these directories, without those that do not fit into
/// DataSync's limit beside the configured ones.
#[must_use]
pub fn exclude_restored(restored: &[RestoredDirectory], config: &StackConfig) -> Vec<String> {
    let configured = &config.task.excludes;
    let mut used = configured.iter().map(|pattern| pattern.chars().count() + 1).sum::<usize>();
    let mut patterns: Vec<String> = Vec::new();
    // The latest first: it is the one most likely to be there.
    for pattern in restored.iter().rev().flat_map(|one| one.patterns_below(config)) {
        used += pattern.chars().count() + 1;
        if used > MAX_FILTER_CHARACTERS {
            break;
        }
        if !patterns.contains(&pattern) && !configured.contains(&pattern) {
            patterns.push(pattern);
        }
    }
    patterns.sort();
    patterns
}

/// The excludes of an execution that overrides the task's: they replace the task's, so those of
/// restores are added again. Without an override the task's hold.
#[must_use]
pub fn keep_restore_excludes(overrides: &[String], restore_excludes: &[String]) -> Vec<String> {
    if overrides.is_empty() {
        return Vec::new();
    }
    let missing = restore_excludes.iter().filter(|pattern| !overrides.contains(pattern));
    overrides.iter().chain(missing).cloned().collect()
}

impl RestoredDirectory {
    fn of_target(config: &StackConfig, target: &RestoreTarget) -> Self {
        let named = !target.directory.starts_with(RESTORED_PREFIX);
        Self {
            file_system_id: file_system_of(config),
            access_point_id: config.source.access_point_id.clone(),
            source: config.source.subdirectory.clone(),
            directory: if named { target.directory.clone() } else { String::new() },
        }
    }

    /// The patterns for a sync; none where its files are others, or all of them lie in a directory
    /// of a restore, which nothing of it could be left out for.
    fn patterns_below(&self, config: &StackConfig) -> Vec<String> {
        let same_files = self.file_system_id == file_system_of(config)
            && self.access_point_id == config.source.access_point_id;
        if !same_files {
            return Vec::new();
        }
        let top = &config.source.subdirectory;
        let below = |path: &str| path.strip_prefix(top.as_str()).map(escape_pattern);
        let unnamed = below(&self.source).map(|above| format!("/{above}{RESTORED_PREFIX}*"));
        let named = below(&format!("{}{}", self.source, self.directory));
        let named = named.filter(|path| !self.directory.is_empty() && !path.is_empty());
        let named = named.map(|path| format!("/{}", path.trim_end_matches('/')));
        unnamed.into_iter().chain(named).collect()
    }
}

fn file_system_of(config: &StackConfig) -> Option<String> {
    match &config.file_system {
        FileSystemConfig::New(_) => None,
        FileSystemConfig::Existing(existing) => Some(existing.id.clone()),
    }
}

/// Takes the meaning off the signs of a pattern (DataSync User Guide, "Filtering data").
fn escape_pattern(path: &str) -> String {
    let escape = |c: char| if "\\*|".contains(c) { vec!['\\', c] } else { vec![c] };
    path.chars().flat_map(escape).collect()
}

#[cfg(test)]
mod tests;
