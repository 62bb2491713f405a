//! SDK clients for the other services, one set per account and region.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws::clients::{self, LOCAL_SECRET};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};

use crate::cli::ServerArgs;
use crate::state::AccountRegion;

/// The time for one attempt: long enough for an 8 MiB part on a slow line.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(60);
/// The region for requests to stores without regions.
const DEFAULT_REGION: &str = "us-east-1";
const OPERATION_TIMEOUT: Duration = Duration::from_secs(600);

/// The clients of one account in one region.
#[derive(Clone, Debug)]
pub struct ClientSet {
    pub efs: aws_sdk_efs::Client,
    pub events: aws_sdk_eventbridge::Client,
    pub lambda: aws_sdk_lambda::Client,
    pub logs: aws_sdk_cloudwatchlogs::Client,
}

/// The client sets, each created once and kept: connections are pooled within a client.
#[derive(Debug)]
pub struct Clients {
    endpoint_url: String,
    /// S3 for every account, where it is not at the endpoint of the others.
    s3: Option<aws_sdk_s3::Client>,
    /// Whether EventBridge, Lambda and CloudWatch Logs are missing.
    pub(crate) s3_only: bool,
    sets: Mutex<HashMap<AccountRegion, ClientSet>>,
    s3_of_roles: Mutex<HashMap<(AccountRegion, String), aws_sdk_s3::Client>>,
}

impl Clients {
    #[must_use]
    pub fn new(endpoint_url: &str) -> Self {
        Self {
            endpoint_url: endpoint_url.to_owned(),
            s3: None,
            s3_only: false,
            sets: Mutex::default(),
            s3_of_roles: Mutex::default(),
        }
    }

    /// The clients for these arguments; S3's own credentials are read from the environment.
    pub async fn from_args(cli: &ServerArgs) -> Self {
        let s3 = match &cli.s3_endpoint_url {
            Some(url) => Some(s3_from_environment(url).await),
            None => None,
        };
        Self { s3, s3_only: cli.s3_only, ..Self::new(&cli.endpoint_url) }
    }

    #[must_use]
    pub fn client_set(&self, account_region: &AccountRegion) -> ClientSet {
        let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        sets.entry(account_region.clone())
            .or_insert_with(|| self.create_set(account_region))
            .clone()
    }

    /// The S3 client of a role in one Region: DataSync reaches each bucket with the role that it
    /// was passed for it.
    #[must_use]
    pub fn s3_of_role(&self, account_region: &AccountRegion, role: &str) -> aws_sdk_s3::Client {
        if let Some(s3) = &self.s3 {
            return s3.clone();
        }
        let mut kept = self.s3_of_roles.lock().unwrap_or_else(PoisonError::into_inner);
        kept.entry((account_region.clone(), role.to_owned()))
            .or_insert_with(|| self.create_s3(account_region, role))
            .clone()
    }
}

impl Clients {
    /// The session token names the role, which decides in the bucket of another account
    /// (`infra/src/local/launcher/other_accounts.py`).
    fn create_s3(&self, account_region: &AccountRegion, role: &str) -> aws_sdk_s3::Client {
        let (account, token) = (&account_region.account, Some(role.to_owned()));
        let credentials = Credentials::new(account, LOCAL_SECRET, token, None, "local cloud");
        let config = sdk_config(&self.endpoint_url, account_region).into_builder();
        let provider = SharedCredentialsProvider::new(credentials);
        clients::s3(&config.credentials_provider(provider).build())
    }

    fn create_set(&self, account_region: &AccountRegion) -> ClientSet {
        let config = sdk_config(&self.endpoint_url, account_region);
        ClientSet {
            efs: aws_sdk_efs::Client::new(&config),
            events: aws_sdk_eventbridge::Client::new(&config),
            lambda: aws_sdk_lambda::Client::new(&config),
            logs: aws_sdk_cloudwatchlogs::Client::new(&config),
        }
    }
}

/// The configuration of the local cloud's clients, with timeouts for large parts.
fn sdk_config(endpoint_url: &str, account_region: &AccountRegion) -> SdkConfig {
    with_timeouts(clients::local_config(
        endpoint_url,
        &account_region.region,
        &account_region.account,
    ))
}

async fn s3_from_environment(endpoint_url: &str) -> aws_sdk_s3::Client {
    let config = clients::sdk_config(None).await;
    let region = config.region().cloned().unwrap_or_else(|| Region::new(DEFAULT_REGION));
    let config = config.into_builder().endpoint_url(endpoint_url).region(region).build();
    clients::s3(&with_timeouts(config))
}

fn with_timeouts(config: SdkConfig) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build();
    let retries = RetryConfig::standard().with_max_attempts(4);
    config.into_builder().timeout_config(timeouts).retry_config(retries).build()
}
