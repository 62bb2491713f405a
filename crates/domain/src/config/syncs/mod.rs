//! The syncs of a stack: the `[[sync]]` entries, each with what the sections leave to it.
//!
//! An entry has a name and, under the names of the sections, the keys in which it differs. Rule:
//! everything that works on one sync gets a [`StackConfig`] whose sections are those of the sync,
//! so that nothing distinguishes one sync of many from the only one.

mod entries;
mod entry;
mod entry_keys;
pub(super) mod inheritance;
mod leaves_out;
mod path_set;
mod rules;
pub(super) mod warnings;

use serde::{Deserialize, Serialize};

use super::{
    DestinationConfig, ExistingFileSystem, FileSystemConfig, LimitsConfig, ProofConfig,
    ScheduleConfig, SourceConfig, StackConfig, TaskConfig,
};
use crate::sync_name::SyncName;

pub(super) use entries::{ENTRY, SyncEntries};

/// One `[[sync]]` entry, complete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncConfig {
    pub name: SyncName,
    /// A file system of its own; `None` is that of the stack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_system: Option<ExistingFileSystem>,
    pub source: SourceConfig,
    pub destination: DestinationConfig,
    pub task: TaskConfig,
    pub schedule: ScheduleConfig,
    pub limits: LimitsConfig,
    pub proof: ProofConfig,
}

/// One sync as everything that works on it sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedSync {
    pub name: SyncName,
    /// The configuration with the sections of this sync, and without entries.
    pub config: StackConfig,
}

impl StackConfig {
    /// Every sync of the stack, in the order of the text; never empty.
    #[must_use]
    pub fn resolve_syncs(&self) -> Vec<ResolvedSync> {
        if self.syncs.is_empty() {
            return vec![ResolvedSync { name: SyncName::default(), config: self.clone() }];
        }
        let resolve = |sync: &SyncConfig| ResolvedSync {
            name: sync.name.clone(),
            config: self.with_sections_of(sync),
        };
        self.syncs.iter().map(resolve).collect()
    }

    /// The configuration of one sync; `None` if the stack has no sync of this name.
    #[must_use]
    pub fn of_sync(&self, name: &SyncName) -> Option<Self> {
        if self.syncs.is_empty() {
            return name.is_default().then(|| self.clone());
        }
        let sync = self.syncs.iter().find(|sync| sync.name == *name)?;
        Some(self.with_sections_of(sync))
    }

    /// The names of all syncs, in the order of the text; never empty.
    #[must_use]
    pub fn sync_names(&self) -> Vec<SyncName> {
        if self.syncs.is_empty() {
            return vec![SyncName::default()];
        }
        self.syncs.iter().map(|sync| sync.name.clone()).collect()
    }

    fn with_sections_of(&self, sync: &SyncConfig) -> Self {
        let own = sync.file_system.clone().map(FileSystemConfig::Existing);
        Self {
            stack: self.stack.clone(),
            network: self.network.clone(),
            file_system: own.unwrap_or_else(|| self.file_system.clone()),
            source: sync.source.clone(),
            destination: sync.destination.clone(),
            task: sync.task.clone(),
            instance: self.instance.clone(),
            schedule: sync.schedule.clone(),
            limits: sync.limits.clone(),
            proof: sync.proof.clone(),
            alerts: self.alerts.clone(),
            functions: self.functions.clone(),
            syncs: Vec::new(),
        }
    }
}

#[cfg(test)]
mod equivalence_tests;
#[cfg(test)]
pub(super) mod refusal_tests;
#[cfg(test)]
mod tests;
