//! The SDK configuration of every client.

use std::error::Error;
use std::net::IpAddr;
use std::sync::OnceLock;
use std::time::Duration;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_http_client::pool::{Client, ConnectionPool, DriverSpawner, Partition, PartitionId};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use chrono::TimeDelta;
use domain::records::outputs::VERSIONING_SETTLES;
use tokio::runtime::Handle;

use crate::exact_key::ExactKeys;
use crate::throttling::free_throttle_retries;

/// The timeout for a connection.
pub(crate) const CONNECT: Duration = Duration::from_secs(5);
/// The timeout for one attempt.
pub const ATTEMPT: Duration = Duration::from_secs(30);

/// Loads the SDK configuration from the environment (credentials, region, `AWS_ENDPOINT_URL…`).
///
/// The SDK sets no timeout of its own for an attempt or an operation: without one a lost connection
/// holds a Lambda until its deadline.
pub async fn sdk_config(region: Option<String>) -> SdkConfig {
    past_proxies(loader(region).load().await)
}

/// The same with the credentials of a profile. As in the AWS CLI they are used even if the
/// environment has others (AWS CLI User Guide, "Configuration settings and precedence").
pub async fn sdk_config_of_profile(region: Option<String>, profile: &str) -> SdkConfig {
    let credentials = ProfileFileCredentialsProvider::builder().profile_name(profile).build();
    let loader = loader(region).profile_name(profile).credentials_provider(credentials);
    past_proxies(loader.load().await)
}

fn loader(region: Option<String>) -> ConfigLoader {
    let loader =
        aws_config::defaults(behavior_version()).timeout_config(timeouts()).retry_config(retries());
    match region {
        Some(region) => loader.region(Region::new(region)),
        None => loader,
    }
}

/// The secret of every account of the local cloud, which checks none.
pub const LOCAL_SECRET: &str = "local";

/// The configuration for an account of a local cloud. Every value is explicit: credentials of the
/// environment, which belong to the user's own AWS account, are never used.
#[must_use]
pub fn local_config(endpoint_url: &str, region: &str, account: &str) -> SdkConfig {
    let credentials = Credentials::new(account, LOCAL_SECRET, None, None, "local cloud");
    let config = SdkConfig::builder()
        .behavior_version(behavior_version())
        .region(Region::new(region.to_owned()))
        .endpoint_url(endpoint_url)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .timeout_config(timeouts())
        .retry_config(retries())
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .build();
    past_proxies(config)
}

/// The environment variables of proxies; HTTP clients read both spellings.
pub const PROXY_VARIABLES: [&str; 8] = [
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
];

/// The proxies between us and an endpoint: those of the environment, and none where it is on this
/// machine, which no proxy of a network can reach.
pub fn proxies(endpoint_url: Option<&str>) -> ProxyConfig {
    if endpoint_url.is_some_and(is_loopback) {
        ProxyConfig::disabled()
    } else {
        ProxyConfig::from_env()
    }
}

fn is_loopback(url: &str) -> bool {
    let authority = url
        .split_once("://")
        .map_or(url, |(_, rest)| rest)
        .split(['/', '?'])
        .next()
        .unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(literal) => literal.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The SDK's own HTTP client takes every proxy of the environment.
fn past_proxies(config: SdkConfig) -> SdkConfig {
    if !config.endpoint_url().is_some_and(is_loopback) {
        return config;
    }
    // Created at the first use and kept: it holds the connections.
    let made = OnceLock::new();
    let client = http_client_fn(move |_, _| {
        let make = || SharedHttpConnector::new(connector(ProxyConfig::disabled()));
        made.get_or_init(make).clone()
    });
    config.into_builder().http_client(client).build()
}

/// Creates the SDK's own connector, with TLS by rustls, for the given proxies.
#[must_use]
pub fn connector(proxies: ProxyConfig) -> Connector {
    let mut settings = HttpConnectorSettings::builder();
    settings.set_connect_timeout(Some(CONNECT));
    let builder = ConnectorBuilder::default()
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .proxy_config(proxies);
    let sleep = SharedAsyncSleep::new(TokioSleep::new());
    builder.connector_settings(settings.build()).sleep_impl(sleep).build()
}

/// Pinned, so that retries and time limits don't change under us with an update.
#[must_use]
pub fn behavior_version() -> BehaviorVersion {
    BehaviorVersion::v2026_01_12()
}

#[must_use]
pub fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(Duration::from_secs(120))
        .build()
}

/// The timeouts for an object of up to 5 GB, the maximum of one request (S3 User Guide, "Uploading
/// objects"), at 1.5 MB/s.
pub(crate) fn upload_timeouts() -> TimeoutConfig {
    let hour = Duration::from_secs(60 * 60);
    timeouts().to_builder().operation_attempt_timeout(hour).operation_timeout(hour * 2).build()
}

/// The longest pause is short and the attempts are many: a service that limits its rate takes the
/// next of many waiting calls at once, and none of them is late by a long pause.
#[must_use]
pub fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(8).with_max_backoff(Duration::from_secs(2))
}

/// The time that the versioning of a bucket takes to hold everywhere: a custom endpoint is a store
/// of its own, where it holds at once.
#[must_use]
pub fn versioning_settles(config: &SdkConfig) -> TimeDelta {
    if config.endpoint_url().is_some() { TimeDelta::zero() } else { VERSIONING_SETTLES }
}

/// The keepalive interval of idle connections: a NAT gateway drops one that is silent for 350
/// seconds (VPC User Guide, "Troubleshoot NAT gateways"), and reports it only to the next sender.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// An HTTP client for an endpoint (`None`: AWS's own), whose connections stay open while a response
/// takes minutes.
///
/// Lambda recommends it where functions are invoked synchronously (Lambda API reference, `Invoke`:
/// "configure your HTTP client, SDK, firewall, proxy, or operating system to allow for long
/// connections with timeout or keep-alive settings").
///
/// The current runtime of tokio drives its connections; outside of a runtime it panics.
///
/// # Errors
/// When TLS cannot be set up.
pub fn http_client_with_keepalive(
    endpoint_url: Option<&str>,
) -> Result<SharedHttpClient, Box<dyn Error + Send + Sync>> {
    let runtime = Handle::current();
    let connections = DriverSpawner::from_fn(move |driver| drop(runtime.spawn(driver)));
    let id = PartitionId::from_index(0);
    let pool = ConnectionPool::builder().partitions([Partition::new(id, connections)]);
    let pool = pool.tcp_keepalive(KEEPALIVE).proxy_config(proxies(endpoint_url));
    let pool = pool.tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build_https()?;
    Ok(SharedHttpClient::new(Client::from_partition(&pool, id)?))
}

/// An S3 client; on a custom endpoint (the local cloud) buckets are addressed by path, as their
/// names don't resolve there.
#[must_use]
pub fn s3(config: &SdkConfig) -> aws_sdk_s3::Client {
    let custom_endpoint = config.endpoint_url().is_some();
    let config = aws_sdk_s3::config::Builder::from(config).force_path_style(custom_endpoint);
    let config = config.retry_partition(free_throttle_retries()).interceptor(ExactKeys);
    aws_sdk_s3::Client::from_conf(config.build())
}

/// The same client for buckets of another region: they are addressed and signed for there.
#[must_use]
pub fn s3_in_region(client: &aws_sdk_s3::Client, region: &str) -> aws_sdk_s3::Client {
    if client.config().region().is_some_and(|own| own.as_ref() == region) {
        return client.clone();
    }
    let region = Region::new(region.to_owned());
    aws_sdk_s3::Client::from_conf(client.config().to_builder().region(region).build())
}

#[cfg(test)]
mod tests;
