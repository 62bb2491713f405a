//! SDK clients for the services around us, one set per account and region.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_edge::clients;

use crate::state::Place;

/// Long enough for an 8 MiB part on a slow line.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(60);
const OPERATION_TIMEOUT: Duration = Duration::from_secs(600);

/// The clients of one account in one region.
#[derive(Clone, Debug)]
pub struct ClientSet {
    pub s3: aws_sdk_s3::Client,
    pub events: aws_sdk_eventbridge::Client,
    pub lambda: aws_sdk_lambda::Client,
}

/// Makes each set once and keeps it: connections are pooled within a client.
#[derive(Debug)]
pub struct Clients {
    endpoint_url: String,
    sets: Mutex<HashMap<Place, ClientSet>>,
}

impl Clients {
    #[must_use]
    pub fn new(endpoint_url: &str) -> Self {
        Self { endpoint_url: endpoint_url.to_owned(), sets: Mutex::default() }
    }

    #[must_use]
    pub fn of(&self, place: &Place) -> ClientSet {
        let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        sets.entry(place.clone()).or_insert_with(|| ClientSet::new(&self.endpoint_url, place)).clone()
    }
}

impl ClientSet {
    fn new(endpoint_url: &str, place: &Place) -> Self {
        let config = sdk_config(endpoint_url, place);
        Self {
            s3: clients::s3(&config),
            events: aws_sdk_eventbridge::Client::new(&config),
            lambda: aws_sdk_lambda::Client::new(&config),
        }
    }
}

/// As the local cloud's other clients, with time for large parts.
fn sdk_config(endpoint_url: &str, place: &Place) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build();
    let config = clients::local_config(endpoint_url, &place.region, &place.account).into_builder();
    config.timeout_config(timeouts).retry_config(RetryConfig::standard().with_max_attempts(4)).build()
}
