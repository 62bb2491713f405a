//! The state that all requests and executions share.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use posix_files::MountedDirectory;

use crate::clients::Clients;
use crate::engine::CopyProgress;
use crate::events::Outbox;
use crate::state::{AccountRegion, EfsLocation, Store, StoreError};

/// The local DataSync: its state, its clients and its running executions.
#[derive(Debug)]
pub struct DataSyncApp {
    pub store: Store,
    pub clients: Arc<Clients>,
    /// The directory of the file systems: `fs-x` is the directory `fs-x` in it, or the target of a
    /// symlink of that name.
    pub efs_root: PathBuf,
    /// The directory of the journals of open uploads.
    pub uploads: PathBuf,
    /// The directory of the metadata caches.
    metadata_caches: PathBuf,
    pub running: RunningExecutions,
    pub outbox: Outbox,
}

/// The progress of the executions that have not ended, by ARN. It changes too often to be kept on
/// disk.
#[derive(Debug, Default)]
pub struct RunningExecutions(Mutex<HashMap<String, Arc<CopyProgress>>>);

impl DataSyncApp {
    /// Opens the state.
    ///
    /// # Errors
    /// [`StoreError`] when the state cannot be read.
    pub fn new(state: &Path, efs_root: &Path, clients: Clients) -> Result<Self, StoreError> {
        let clients = Arc::new(clients);
        Ok(Self {
            store: Store::open(state)?,
            outbox: Outbox::new(Arc::clone(&clients)),
            clients,
            efs_root: efs_root.to_owned(),
            uploads: state.join("uploads"),
            // The name on disk from before the caches had this name.
            metadata_caches: state.join("ledgers"),
            running: RunningExecutions::default(),
        })
    }

    /// The file of a task's metadata cache.
    #[must_use]
    pub fn metadata_cache_path(&self, account_region: &AccountRegion, task_id: &str) -> PathBuf {
        self.metadata_caches
            .join(format!("{}.{}", account_region.account, account_region.region))
            .join(task_id)
    }

    /// The directory of a location, without an access point.
    #[must_use]
    pub fn directory_of(&self, efs: &EfsLocation) -> MountedDirectory {
        MountedDirectory::new(self.efs_root.join(efs.file_system_id()), &efs.subdirectory)
    }
}

impl RunningExecutions {
    #[must_use]
    pub fn get(&self, execution_arn: &str) -> Option<Arc<CopyProgress>> {
        self.lock_executions().get(execution_arn).cloned()
    }

    pub(crate) fn insert(&self, execution_arn: &str, progress: Arc<CopyProgress>) {
        self.lock_executions().insert(execution_arn.to_owned(), progress);
    }

    pub(crate) fn remove(&self, execution_arn: &str) {
        self.lock_executions().remove(execution_arn);
    }

    fn lock_executions(&self) -> MutexGuard<'_, HashMap<String, Arc<CopyProgress>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
