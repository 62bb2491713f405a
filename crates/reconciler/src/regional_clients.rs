//! Clients of other regions than the stack's: a destination bucket may be in one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_config::{Region, SdkConfig};

/// A client whose throttled calls are retried without a quota.
macro_rules! client {
    ($sdk:ident, $config:expr) => {{
        let config = $sdk::config::Builder::from($config);
        let config = config.retry_partition(aws::throttling::free_throttle_retries());
        $sdk::Client::from_conf(config.build())
    }};
}
pub(crate) use client;

/// The clients of one region that resources may be in.
#[derive(Clone, Debug)]
pub struct ClientsOfRegion {
    pub s3: aws_sdk_s3::Client,
    pub datasync: aws_sdk_datasync::Client,
}

/// Creates the clients of each region at its first use and keeps them.
#[derive(Clone, Debug)]
pub(crate) struct RegionalClients {
    config: SdkConfig,
    datasync: SdkConfig,
    made: Arc<Mutex<BTreeMap<String, ClientsOfRegion>>>,
}

impl RegionalClients {
    pub(crate) fn new(config: &SdkConfig) -> Self {
        Self { config: config.clone(), datasync: config.clone(), made: Arc::default() }
    }

    /// Uses another configuration for DataSync.
    pub(crate) fn with_datasync(self, config: &SdkConfig) -> Self {
        Self { datasync: config.clone(), made: Arc::default(), ..self }
    }

    pub(crate) fn of_region(&self, region: &str) -> ClientsOfRegion {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.entry(region.to_owned()).or_insert_with(|| self.create_clients(region)).clone()
    }

    /// Puts clients in the place of those that would be created.
    pub(crate) fn put(&self, region: &str, clients: ClientsOfRegion) {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.insert(region.to_owned(), clients);
    }

    fn create_clients(&self, region: &str) -> ClientsOfRegion {
        let there =
            |config: &SdkConfig| config.to_builder().region(Region::new(region.to_owned())).build();
        ClientsOfRegion {
            s3: aws::clients::s3(&there(&self.config)),
            datasync: client!(aws_sdk_datasync, &there(&self.datasync)),
        }
    }
}
