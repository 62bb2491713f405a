//! The SDK configuration every client is made from.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use chrono::TimeDelta;
use pipeline::records::outputs::VERSIONING_SETTLES;

/// How long a connection may take.
pub(crate) const CONNECT: Duration = Duration::from_secs(5);
/// How long one attempt may take.
pub(crate) const ATTEMPT: Duration = Duration::from_secs(30);

/// Loads the SDK configuration from the environment (credentials, region, `AWS_ENDPOINT_URL…`).
///
/// The SDK sets no timeout of its own for an attempt or an operation: without one a lost connection holds a Lambda
/// until its deadline.
pub async fn sdk_config(region: Option<String>) -> SdkConfig {
    let mut loader = aws_config::defaults(behavior_version()).timeout_config(timeouts()).retry_config(retries());
    if let Some(region) = region {
        loader = loader.region(Region::new(region));
    }
    loader.load().await
}

/// The secret of every account of the local cloud, which checks none.
pub const LOCAL_SECRET: &str = "local";

/// The configuration for an account of a local cloud. Explicit in everything: what the environment holds for the caller's
/// own AWS account is never used.
#[must_use]
pub fn local_config(endpoint_url: &str, region: &str, account: &str) -> SdkConfig {
    let credentials = Credentials::new(account, LOCAL_SECRET, None, None, "local cloud");
    SdkConfig::builder()
        .behavior_version(behavior_version())
        .region(Region::new(region.to_owned()))
        .endpoint_url(endpoint_url)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .timeout_config(timeouts())
        .retry_config(retries())
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .build()
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

/// For an object of up to 5 GB, which is what one request may bring (S3 User Guide, "Uploading objects"), at 1.5 MB/s.
pub(crate) fn upload_timeouts() -> TimeoutConfig {
    let hour = Duration::from_secs(60 * 60);
    timeouts().to_builder().operation_attempt_timeout(hour).operation_timeout(hour * 2).build()
}

#[must_use]
pub fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(5)
}

/// How long the versioning of a bucket takes to hold everywhere: a custom endpoint is a store of its own, where it holds
/// at once.
#[must_use]
pub fn versioning_settles(config: &SdkConfig) -> TimeDelta {
    if config.endpoint_url().is_some() { TimeDelta::zero() } else { VERSIONING_SETTLES }
}

/// An S3 client; on a custom endpoint (the local cloud) buckets are addressed by path, as their names don't resolve there.
#[must_use]
pub fn s3(config: &SdkConfig) -> aws_sdk_s3::Client {
    let custom_endpoint = config.endpoint_url().is_some();
    let config = aws_sdk_s3::config::Builder::from(config).force_path_style(custom_endpoint).build();
    aws_sdk_s3::Client::from_conf(config)
}
