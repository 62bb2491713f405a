//! The store: one JSON file per account and region, replaced as a whole (temporary file, fsync,
//! rename).

use std::collections::{BTreeMap, HashMap};
use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use domain::arn::Arn;
use serde::{Deserialize, Serialize};

use super::{StoredLocation, StoredTask, TaskExecution};

/// The prefix of files that are not complete yet.
const TEMPORARY: &str = ".tmp-";
const LOCK_WAIT: Duration = Duration::from_secs(5);
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// An account and a region: AWS keeps all state per account and region.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountRegion {
    /// 12 digits.
    pub account: String,
    pub region: String,
}

/// The state of one account in one region, each list in the order of creation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AccountState {
    pub locations: Vec<StoredLocation>,
    pub tasks: Vec<StoredTask>,
    pub executions: Vec<TaskExecution>,
    /// By ARN.
    pub tags: BTreeMap<String, BTreeMap<String, String>>,
}

/// All state, in memory and on disk.
#[derive(Debug)]
pub struct Store {
    directory: PathBuf,
    accounts: Mutex<HashMap<AccountRegion, AccountState>>,
    /// The lock file, locked as long as this value exists.
    _lock: File,
}

impl AccountRegion {
    /// `arn:<partition>:datasync:<region>:<account>:<resource>`.
    #[must_use]
    pub fn resource_arn(&self, resource: &str) -> String {
        let names = domain::names::Names::new("", &self.account, &self.region);
        names.regional_arn("datasync", resource)
    }

    /// The same account in another Region.
    #[must_use]
    pub fn in_region(&self, region: &str) -> Self {
        Self { region: region.to_owned(), ..self.clone() }
    }

    fn file_name(&self) -> String {
        format!("{}.{}.json", self.account, self.region)
    }

    fn from_file_name(name: &str) -> Option<Self> {
        let (account, region) = name.strip_suffix(".json")?.split_once('.')?;
        Some(Self { account: account.to_owned(), region: region.to_owned() })
    }
}

impl AccountState {
    #[must_use]
    pub fn find_location(&self, arn: &str) -> Option<&StoredLocation> {
        self.locations.iter().find(|location| location.arn == arn)
    }

    #[must_use]
    pub fn find_task(&self, arn: &str) -> Option<&StoredTask> {
        self.tasks.iter().find(|task| task.arn == arn)
    }

    #[must_use]
    pub fn find_execution(&self, arn: &str) -> Option<&TaskExecution> {
        self.executions.iter().find(|execution| execution.arn == arn)
    }

    pub fn find_execution_mut(&mut self, arn: &str) -> Option<&mut TaskExecution> {
        self.executions.iter_mut().find(|execution| execution.arn == arn)
    }

    /// `TaskStatus`: a task is RUNNING while an execution is active, QUEUED while one only waits.
    #[must_use]
    pub fn status_of_task(&self, arn: &str) -> &'static str {
        let unfinished =
            || self.executions_of(arn).filter(|execution| !execution.status.is_terminal());
        if unfinished().any(|execution| execution.status.is_active()) {
            "RUNNING"
        } else if unfinished().next().is_some() {
            "QUEUED"
        } else {
            "AVAILABLE"
        }
    }

    /// The task's executions, oldest first.
    pub fn executions_of<'a>(
        &'a self,
        task_arn: &'a str,
    ) -> impl DoubleEndedIterator<Item = &'a TaskExecution> {
        self.executions.iter().filter(move |execution| execution.task_arn() == task_arn)
    }
}

impl Store {
    /// Opens the directory, creates it when missing, and reads all state in it.
    ///
    /// # Errors
    /// [`StoreError`] when the directory cannot be created or read, or a file in it is no state.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let failed = |source| StoreError::File { path: directory.to_owned(), source };
        std::fs::create_dir_all(directory).map_err(failed)?;
        let lock = lock_directory(directory)?;
        let mut accounts = HashMap::new();
        for entry in std::fs::read_dir(directory).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name();
            let name = name.to_str().unwrap_or_default();
            if let Some(account_region) = AccountRegion::from_file_name(name) {
                accounts.insert(account_region, read_account(&entry.path())?);
            } else if name.starts_with(TEMPORARY) {
                // A crash came before the rename.
                std::fs::remove_file(entry.path()).map_err(failed)?;
            }
        }
        Ok(Self { directory: directory.to_owned(), accounts: Mutex::new(accounts), _lock: lock })
    }

    /// Lists every account and region with state.
    #[must_use]
    pub fn list_account_regions(&self) -> Vec<AccountRegion> {
        self.lock_accounts().keys().cloned().collect()
    }

    /// Reads the state of an account and region.
    pub fn read<T>(
        &self,
        account_region: &AccountRegion,
        read: impl FnOnce(&AccountState) -> T,
    ) -> T {
        read(self.lock_accounts().entry(account_region.clone()).or_default())
    }

    /// Finds a location of an account in the Region that its ARN names.
    #[must_use]
    pub fn find_location(&self, account: &str, arn: &str) -> Option<StoredLocation> {
        let region = Arn::parse(arn)?.region.to_owned();
        let account_region = AccountRegion { account: account.to_owned(), region };
        self.read(&account_region, |state| state.find_location(arn).cloned())
    }

    /// Finds a task of an account, in any Region, between whose locations the given one is.
    #[must_use]
    pub fn find_task_with_location(&self, account: &str, arn: &str) -> Option<StoredTask> {
        let accounts = self.lock_accounts();
        let of_account = accounts.iter().filter(|(one, _)| one.account == account);
        let mut tasks = of_account.flat_map(|(_, state)| &state.tasks);
        tasks
            .find(|task| task.source_location_arn == arn || task.destination_location_arn == arn)
            .cloned()
    }

    /// Changes the state of an account and region: stores all changes of `change`, or none when it
    /// or the disk fails.
    ///
    /// # Errors
    /// What `change` returns, or a [`StoreError`] when the state could not be written.
    pub fn write<T, E: From<StoreError>>(
        &self,
        account_region: &AccountRegion,
        change: impl FnOnce(&mut AccountState) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut accounts = self.lock_accounts();
        let account = accounts.entry(account_region.clone()).or_default();
        let mut changed = account.clone();
        let value = change(&mut changed)?;
        if changed != *account {
            self.persist_account(account_region, &changed)?;
            *account = changed;
        }
        Ok(value)
    }

    fn persist_account(
        &self,
        account_region: &AccountRegion,
        account: &AccountState,
    ) -> Result<(), StoreError> {
        let path = self.directory.join(account_region.file_name());
        match serde_json::to_vec_pretty(account) {
            Ok(text) => {
                replace_file(&path, &text).map_err(|source| StoreError::File { path, source })
            }
            Err(source) => Err(StoreError::Text { path, source }),
        }
    }

    fn lock_accounts(&self) -> MutexGuard<'_, HashMap<AccountRegion, AccountState>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Locks the directory: two processes on one state would undo each other's changes. Waits a moment
/// for a process that is ending.
fn lock_directory(directory: &Path) -> Result<File, StoreError> {
    let path = directory.join("lock");
    let failed = |source| StoreError::File { path: path.clone(), source };
    let file = File::options().create(true).append(true).open(&path).map_err(failed)?;
    let deadline = Instant::now() + LOCK_WAIT;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                std::thread::sleep(LOCK_PAUSE)
            }
            Err(TryLockError::WouldBlock) => return Err(StoreError::Locked { path }),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
    }
}

/// Replaces a file so that a reader, also after a crash, finds the old content or the new, never a
/// part.
pub(crate) fn replace_file(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let directory =
        path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(directory)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    File::open(directory)?.sync_all()
}

fn read_account(path: &Path) -> Result<AccountState, StoreError> {
    let text =
        std::fs::read(path).map_err(|source| StoreError::File { path: path.to_owned(), source })?;
    serde_json::from_slice(&text)
        .map_err(|source| StoreError::Text { path: path.to_owned(), source })
}

/// State that could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("accessing state `{path}`")]
    File { path: PathBuf, source: std::io::Error },
    #[error(
        "locking state `{path}`: another datasync-local uses it; stop that process or pass \
            another --state"
    )]
    Locked { path: PathBuf },
    #[error("reading state `{path}`")]
    Text { path: PathBuf, source: serde_json::Error },
}

#[cfg(test)]
mod tests;
