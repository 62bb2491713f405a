//! The directories that restores made, and the patterns by which tasks leave them out: a restore
//! must not be copied as if its files were new.
//!
//! Each directory is left out by its whole name: a pattern for all of them could match a directory
//! of the source. One that was a directory of the source before a restore wrote to it is not left
//! out, since nothing else would copy it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::config::{MAX_FILTER_CHARACTERS, ResolvedSync, StackConfig};
use crate::records::restore::RestoreTarget;
use crate::sync_name::SyncName;

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
    /// Below it, as in [`RestoreTarget`]; never empty.
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
        RestoredDirectory::of_target(&sync.config, target)
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
    for pattern in restored.iter().rev().filter_map(|one| one.pattern_below(config)) {
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
    /// `None` of the source directory itself, and of a directory that existed before.
    fn of_target(config: &StackConfig, target: &RestoreTarget) -> Option<Self> {
        let is_new = !target.existed && !target.directory.is_empty();
        is_new.then(|| Self {
            file_system_id: file_system_of(config),
            access_point_id: config.source.access_point_id.clone(),
            source: config.source.subdirectory.clone(),
            directory: target.directory.clone(),
        })
    }

    /// The pattern for a sync; `None` where its files are others, or all of them lie in the
    /// directory, which nothing of it could be left out for.
    fn pattern_below(&self, config: &StackConfig) -> Option<String> {
        let same_files = self.file_system_id == file_system_of(config)
            && self.access_point_id == config.source.access_point_id;
        let path = format!("{}{}", self.source, self.directory);
        let below = path.strip_prefix(config.source.subdirectory.as_str())?.trim_end_matches('/');
        (same_files && !below.is_empty()).then(|| format!("/{}", escape_pattern(below)))
    }
}

fn file_system_of(config: &StackConfig) -> Option<String> {
    config.file_system.existing().map(|existing| existing.id.clone())
}

/// Takes the meaning off the signs of a pattern (DataSync User Guide, "Filtering data").
fn escape_pattern(path: &str) -> String {
    let escape = |c: char| if "\\*|".contains(c) { vec!['\\', c] } else { vec![c] };
    path.chars().flat_map(escape).collect()
}

#[cfg(test)]
mod tests;
