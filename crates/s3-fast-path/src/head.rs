//! `HeadObject` without the SDK's orchestration, for callers with a million objects.
//!
//! An SDK call assembles its configuration, endpoint, interceptors and retries anew for each
//! request; here all that is the same for every object of a bucket is worked out once. The rule:
//! only a plain answer counts, that an object or a version exists or does not. Anything else (a
//! refusal, a redirect, an answer that is not understood at once, a lost connection) is for the
//! caller to send again through the SDK's client, whose answer stands. So redirects, skewed clocks
//! and error bodies are handled in one place, the SDK.

mod endpoint;
mod parse;
mod signature;
mod signing_keys;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use aws::clients;
use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::SdkBody;
use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use endpoint::BucketEndpoint;
use signing_keys::SigningKeys;

use crate::FastPath;

/// After this many failures in a row something is wrong that only the SDK can handle.
const MAX_FAILURES: u32 = 3;

/// Sends requests with the credentials of one configuration.
#[derive(Clone, Debug)]
pub struct FastHeadClient {
    connector: Arc<Connector>,
    signing_keys: Arc<SigningKeys>,
}

/// Sends requests about the objects of one bucket.
#[derive(Debug)]
pub struct BucketHeadClient {
    client: FastHeadClient,
    endpoint: BucketEndpoint,
    /// The account that must own the bucket.
    owner: Option<String>,
    failures: AtomicU32,
}

/// A plain answer of S3 about an object.
#[derive(Debug)]
pub enum HeadAnswer {
    /// With its size, version, storage class and metadata; no other header is read.
    Found(Box<HeadObjectOutput>),
    /// 404 or 405: no such key or version, or a delete marker in its place.
    Missing { delete_marker: bool },
}

/// There is no plain answer; the status, where one was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FallBackToSdk(pub Option<u16>);

impl FastHeadClient {
    /// Returns `None` where the fast path is off or the configuration has no credentials.
    #[must_use]
    pub fn new(config: &SdkConfig, fast_path: FastPath) -> Option<Self> {
        if fast_path == FastPath::Off {
            return None;
        }
        let signing_keys = Arc::new(SigningKeys::from_config(config)?);
        let connector = clients::connector(clients::proxies(config.endpoint_url()));
        Some(Self { connector: Arc::new(connector), signing_keys })
    }

    /// Returns `None` where the bucket's requests are not signed and addressed in the common way.
    /// With `owner`, S3 refuses each request unless this account owns the bucket.
    pub async fn for_bucket(
        &self,
        client: &Client,
        bucket: &str,
        owner: Option<&str>,
    ) -> Option<BucketHeadClient> {
        let endpoint = BucketEndpoint::for_bucket(client, bucket).await?;
        Some(BucketHeadClient {
            client: self.clone(),
            endpoint,
            owner: owner.map(str::to_owned),
            failures: AtomicU32::new(0),
        })
    }
}

impl BucketHeadClient {
    /// Whether a request is worth it: not after `MAX_FAILURES` in a row.
    #[must_use]
    pub fn is_trusted(&self) -> bool {
        self.failures.load(Ordering::Relaxed) < MAX_FAILURES
    }

    /// Sends one request, without a retry.
    ///
    /// # Errors
    /// When the answer is not a plain one.
    pub async fn head_object(
        &self,
        key: &str,
        version_id: Option<&str>,
    ) -> Result<HeadAnswer, FallBackToSdk> {
        let answer = self.send_once(key, version_id).await;
        match answer {
            Ok(_) => self.failures.store(0, Ordering::Relaxed),
            // Throttling and errors of the service pass by themselves.
            Err(FallBackToSdk(Some(429 | 500..))) => {}
            Err(FallBackToSdk(_)) => drop(self.failures.fetch_add(1, Ordering::Relaxed)),
        }
        answer
    }

    async fn send_once(
        &self,
        key: &str,
        version_id: Option<&str>,
    ) -> Result<HeadAnswer, FallBackToSdk> {
        let response = async {
            let request = self.build_request(key, version_id).await?;
            self.client.connector.call(request).await.ok()
        };
        match tokio::time::timeout(clients::ATTEMPT, response).await {
            Ok(Some(response)) => parse::parse_response(&response),
            Ok(None) | Err(_) => Err(FallBackToSdk(None)),
        }
    }

    async fn build_request(&self, key: &str, version_id: Option<&str>) -> Option<HttpRequest> {
        let now = SystemTime::now();
        let BucketEndpoint { host, region, .. } = &self.endpoint;
        let signer = self.client.signing_keys.signer_for(region, now).await?;
        let target = self.endpoint.target_of(key, version_id);
        let owner = self.owner.as_deref();
        let signed = signer.sign_head(host, owner, &target, now);
        let mut request = HttpRequest::new(SdkBody::empty());
        request.set_method("HEAD").ok()?;
        request.set_uri(self.endpoint.uri_of(&target)).ok()?;
        let headers = request.headers_mut();
        headers.try_insert("host", host.clone()).ok()?;
        headers.try_insert("user-agent", "efs-s3").ok()?;
        headers.try_insert("x-amz-content-sha256", signature::EMPTY_BODY_SHA256).ok()?;
        headers.try_insert("x-amz-date", signed.time).ok()?;
        headers.try_insert("authorization", signed.authorization).ok()?;
        if let Some(owner) = &self.owner {
            headers.try_insert(signature::EXPECTED_OWNER, owner.clone()).ok()?;
        }
        if let Some(token) = &signer.session_token {
            headers.try_insert("x-amz-security-token", token.clone()).ok()?;
        }
        Some(request)
    }
}
