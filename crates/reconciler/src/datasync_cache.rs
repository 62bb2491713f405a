//! The lists of DataSync that one observation has read so far.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::sync::OnceCell;

/// Tags by key.
pub(crate) type Tags = BTreeMap<String, String>;

/// Locations, tasks and tags that were read.
#[derive(Clone, Debug, Default)]
pub(crate) struct DataSyncCache {
    pub(crate) locations: Arc<OnceCell<Vec<(String, String)>>>,
    pub(crate) tasks: Arc<OnceCell<Vec<String>>>,
    pub(crate) tags: Arc<Mutex<BTreeMap<String, Tags>>>,
}
