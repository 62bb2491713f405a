//! `HeadObject` without the SDK's orchestration, for those who ask a million times.
//!
//! An SDK call assembles its configuration, endpoint, interceptors and retries anew for each
//! request; here all that is the same for every object of a bucket is worked out once. The rule:
//! only a plain answer counts, that an object or a version is there or is not. Whatever else comes
//! (a refusal, a redirect, an answer that is not read at once, a lost connection) is for the caller
//! to ask again through the SDK's client, whose judgement stands. So redirects, skewed clocks and
//! error bodies are handled in one place, the SDK.

mod endpoint;
mod keyring;
mod signature;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::SdkBody;
use aws_sdk_s3::types::StorageClass;
use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::Headers;

use crate::clients;
use endpoint::Endpoint;
use keyring::Keyring;

/// So many failures in a row, and there is something that only the SDK knows to handle.
const FAILURES: u32 = 3;
const SIZE: &str = "content-length";
const VERSION_ID: &str = "x-amz-version-id";
const STORAGE_CLASS: &str = "x-amz-storage-class";
const METADATA: &str = "x-amz-meta-";

/// Asks about objects with the credentials of one configuration.
#[derive(Clone, Debug)]
pub struct DirectHeads {
    connector: Arc<Connector>,
    keyring: Arc<Keyring>,
}

/// Asks about the objects of one bucket.
#[derive(Debug)]
pub struct DirectHead {
    heads: DirectHeads,
    endpoint: Endpoint,
    failures: AtomicU32,
}

/// What S3 says of an object.
#[derive(Debug)]
pub enum Headed {
    /// With its size, version, storage class and metadata; nothing else of it is read.
    Found(Box<HeadObjectOutput>),
    /// 404 or 405: no such key or version, or a delete marker in its place.
    Missing { delete_marker: bool },
}

/// There is no plain answer; the status, where one came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskTheSdk(pub Option<u16>);

impl DirectHeads {
    /// `None` where the configuration has no credentials.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Option<Self> {
        let keyring = Arc::new(Keyring::of(config)?);
        let connector = clients::connector(clients::proxies(config.endpoint_url()));
        Some(Self { connector: Arc::new(connector), keyring })
    }

    /// `None` where the bucket's requests are not signed and addressed in the common way.
    pub async fn of_bucket(&self, client: &Client, bucket: &str) -> Option<DirectHead> {
        let endpoint = Endpoint::of_bucket(client, bucket).await?;
        Some(DirectHead { heads: self.clone(), endpoint, failures: AtomicU32::new(0) })
    }
}

impl DirectHead {
    /// Whether asking is worth it: not after failures that nothing interrupted.
    #[must_use]
    pub fn is_trusted(&self) -> bool {
        self.failures.load(Ordering::Relaxed) < FAILURES
    }

    /// Asks once.
    ///
    /// # Errors
    /// When the answer is not a plain one.
    pub async fn ask(&self, key: &str, version_id: Option<&str>) -> Result<Headed, AskTheSdk> {
        let answered = self.send(key, version_id).await;
        match answered {
            Ok(_) => self.failures.store(0, Ordering::Relaxed),
            Err(AskTheSdk(Some(429 | 500..))) => {}
            Err(AskTheSdk(_)) => drop(self.failures.fetch_add(1, Ordering::Relaxed)),
        }
        answered
    }

    async fn send(&self, key: &str, version_id: Option<&str>) -> Result<Headed, AskTheSdk> {
        let response = async {
            let request = self.request(key, version_id).await?;
            self.heads.connector.call(request).await.ok()
        };
        match tokio::time::timeout(clients::ATTEMPT, response).await {
            Ok(Some(response)) => read(&response),
            Ok(None) | Err(_) => Err(AskTheSdk(None)),
        }
    }

    async fn request(&self, key: &str, version_id: Option<&str>) -> Option<HttpRequest> {
        let now = SystemTime::now();
        let Endpoint { host, region, .. } = &self.endpoint;
        let signer = self.heads.keyring.signer(region, now).await?;
        let target = self.endpoint.target(key, version_id);
        let signed = signer.sign(host, &target, now);
        let mut request = HttpRequest::new(SdkBody::empty());
        request.set_method("HEAD").ok()?;
        request.set_uri(self.endpoint.uri(&target)).ok()?;
        let headers = request.headers_mut();
        headers.try_insert("host", host.clone()).ok()?;
        headers.try_insert("user-agent", "efs-s3").ok()?;
        headers.try_insert("x-amz-content-sha256", signature::EMPTY).ok()?;
        headers.try_insert("x-amz-date", signed.time).ok()?;
        headers.try_insert("authorization", signed.authorization).ok()?;
        if let Some(token) = &signer.session_token {
            headers.try_insert("x-amz-security-token", token.clone()).ok()?;
        }
        Some(request)
    }
}

fn read(response: &HttpResponse) -> Result<Headed, AskTheSdk> {
    let status = response.status().as_u16();
    let doubt = AskTheSdk(Some(status));
    match status {
        200 => found(response.headers()).map(|output| Headed::Found(Box::new(output))).ok_or(doubt),
        404 | 405 => {
            let delete_marker = response.headers().get("x-amz-delete-marker") == Some("true");
            Ok(Headed::Missing { delete_marker })
        }
        _ => Err(doubt),
    }
}

/// `None` when there is anything to doubt: a header that comes twice or is no plain text, or no
/// size.
fn found(headers: &Headers) -> Option<HeadObjectOutput> {
    let (mut size, mut version_id, mut storage_class, mut metadata) =
        (None, None, None, HashMap::new());
    for (name, value) in headers.iter_bytes() {
        let metadata_name = name.strip_prefix(METADATA);
        if metadata_name.is_none() && !matches!(name, SIZE | VERSION_ID | STORAGE_CLASS) {
            continue;
        }
        let value = str::from_utf8(value).ok().filter(|text| text.is_ascii())?.to_owned();
        let before = match (name, metadata_name) {
            (SIZE, _) => size.replace(value),
            (VERSION_ID, _) => version_id.replace(value),
            (STORAGE_CLASS, _) => storage_class.replace(value),
            (_, name) => metadata.insert(name.unwrap_or_default().to_owned(), value),
        };
        if before.is_some() {
            return None;
        }
    }
    let output =
        HeadObjectOutput::builder().content_length(size?.parse().ok()?).set_version_id(version_id);
    let storage_class = storage_class.map(|class| StorageClass::from(class.as_str()));
    Some(output.set_storage_class(storage_class).set_metadata(Some(metadata)).build())
}
