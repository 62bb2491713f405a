//! What every request and every execution shares.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use posix_files::MountedDirectory;

use crate::clients::Clients;
use crate::engine::CopyProgress;
use crate::events::Outbox;
use crate::state::{AccountRegion, EfsLocation, Store, StoreError};

#[derive(Debug)]
pub struct DataSyncApp {
    pub store: Store,
    pub clients: Arc<Clients>,
    /// File system `fs-x` is the directory `fs-x` in it, or what a symlink of that name leads to.
    pub efs_root: PathBuf,
    /// The journals of uploads under way.
    pub uploads: PathBuf,
    /// What executions learnt about their objects, for the next ones.
    ledgers: PathBuf,
    pub running: RunningExecutions,
    pub outbox: Outbox,
}

/// The executions that have not ended, by ARN: what of them changes too often to be kept on disk.
#[derive(Debug, Default)]
pub struct RunningExecutions(Mutex<HashMap<String, Arc<CopyProgress>>>);

impl DataSyncApp {
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
            ledgers: state.join("ledgers"),
            running: RunningExecutions::default(),
        })
    }

    /// The file of a task's ledger.
    #[must_use]
    pub fn metadata_cache_path(&self, account_region: &AccountRegion, task_id: &str) -> PathBuf {
        self.ledgers
            .join(format!("{}.{}", account_region.account, account_region.region))
            .join(task_id)
    }

    /// The directory that stands for a location.
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

    pub(crate) fn insert(&self, execution_arn: &str, live: Arc<CopyProgress>) {
        self.lock_executions().insert(execution_arn.to_owned(), live);
    }

    pub(crate) fn remove(&self, execution_arn: &str) {
        self.lock_executions().remove(execution_arn);
    }

    fn lock_executions(&self) -> MutexGuard<'_, HashMap<String, Arc<CopyProgress>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
