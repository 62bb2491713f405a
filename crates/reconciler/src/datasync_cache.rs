//! The lists of DataSync that one observation has read so far.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

/// Tags by key.
pub(crate) type Tags = BTreeMap<String, String>;

/// Locations and tasks of one region.
#[derive(Debug, Default)]
pub(crate) struct RegionLists {
    pub(crate) locations: OnceCell<Vec<(String, String)>>,
    pub(crate) tasks: OnceCell<Vec<ListedTask>>,
}

/// A task as `ListTasks` has it.
#[derive(Clone, Debug)]
pub(crate) struct ListedTask {
    pub(crate) arn: String,
    pub(crate) name: String,
}

/// Locations, tasks and tags that were read.
#[derive(Clone, Debug, Default)]
pub(crate) struct DataSyncCache {
    regions: Arc<Mutex<BTreeMap<String, Arc<RegionLists>>>>,
    pub(crate) tags: Arc<Mutex<BTreeMap<String, Tags>>>,
}

impl DataSyncCache {
    pub(crate) fn of_region(&self, region: &str) -> Arc<RegionLists> {
        let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        regions.entry(region.to_owned()).or_default().clone()
    }
}
