//! The records bucket: the state of the pipeline, as typed JSON documents.
//!
//! Writes on a condition, once or over a known document, are in `conditional.rs`. Documents that
//! are written once may be locked for a time ([`Retention`]).

mod conditional;
mod listing;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::Config;
use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::primitives::{ByteStream, DateTime as S3Time};
use aws_sdk_s3::types::{ChecksumAlgorithm, ObjectLockMode};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::clients::upload_timeouts;
use crate::failure::SdkFailure;

pub use conditional::{Replaced, WriteOnce};
pub use listing::Written;

/// The records bucket of one stack.
#[derive(Clone, Debug)]
pub struct RecordsBucket {
    client: Client,
    bucket: String,
    retention: Option<Retention>,
}

/// The time until which S3 Object Lock protects documents that are written once below a prefix. The
/// bucket must have Object Lock enabled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    pub prefix: &'static str,
    pub mode: ObjectLockMode,
    pub until: DateTime<Utc>,
}

/// A document with the `ETag` of its version, by which a later write can require that no other
/// write came in between.
#[derive(Clone, Debug)]
pub struct Marked<T> {
    pub document: T,
    etag: String,
}

impl RecordsBucket {
    #[must_use]
    pub fn new(client: Client, bucket: impl Into<String>) -> Self {
        Self { client, bucket: bucket.into(), retention: None }
    }

    /// Returns the same bucket, which locks documents that are written once.
    #[must_use]
    pub fn retaining(&self, retention: Retention) -> Self {
        Self { retention: Some(retention), ..self.clone() }
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.bucket
    }

    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// A document, or `None` when there is none at this key.
    ///
    /// # Errors
    /// When the call fails, or the document is not the JSON it should be.
    pub async fn read<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, RecordsError> {
        match self.read_bytes(key).await? {
            Some(bytes) => serde_json::from_slice(&bytes)
                .map(Some)
                .map_err(|source| self.malformed_error(key, source)),
            None => Ok(None),
        }
    }

    /// A document with its mark, or `None` when there is none at this key.
    ///
    /// # Errors
    /// When the call fails, or the document is not the JSON it should be.
    pub async fn read_marked<T: DeserializeOwned>(
        &self,
        key: &str,
    ) -> Result<Option<Marked<T>>, RecordsError> {
        let Some((bytes, etag)) = self.get_document(key).await? else { return Ok(None) };
        let document =
            serde_json::from_slice(&bytes).map_err(|source| self.malformed_error(key, source))?;
        Ok(Some(Marked { document, etag }))
    }

    /// The bytes of an object, or `None` when there is none at this key.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn read_bytes(&self, key: &str) -> Result<Option<Vec<u8>>, RecordsError> {
        Ok(self.get_document(key).await?.map(|(bytes, _)| bytes))
    }

    /// Bytes and entity tag.
    async fn get_document(&self, key: &str) -> Result<Option<(Vec<u8>, String)>, RecordsError> {
        let sent = self.client.get_object().bucket(&self.bucket).key(key).send().await;
        let answer = match sent.map_err(SdkFailure::from) {
            Ok(answer) => answer,
            // Before the first deploy there is no bucket either.
            Err(failure) if failure.is(&["NoSuchKey", "NoSuchBucket"]) => return Ok(None),
            Err(failure) => return Err(self.call_error("reading", key, failure)),
        };
        let etag = answer.e_tag.unwrap_or_default();
        let body = answer.body.collect().await;
        let bytes =
            body.map_err(|source| RecordsError::Body { uri: self.object_uri(key), source })?;
        // `AggregatedBytes::to_vec` copies byte by byte, which takes a tenth of the time of a
        // verification.
        Ok(Some((bytes.into_bytes().into(), etag)))
    }

    /// Writes a document; an existing one is replaced.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn write<T: Serialize>(&self, key: &str, document: &T) -> Result<(), RecordsError> {
        self.write_bytes(key, self.to_json(key, document)?, "application/json").await
    }

    /// Writes bytes; an existing document is replaced.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn write_bytes(
        &self,
        key: &str,
        body: Vec<u8>,
        content_type: &str,
    ) -> Result<(), RecordsError> {
        let put = self.client.put_object().bucket(&self.bucket).key(key).content_type(content_type);
        let sent = put.body(ByteStream::from(body)).send().await;
        sent.map_err(|error| self.call_error("writing", key, error.into()))?;
        Ok(())
    }

    /// Uploads a document that may be large; an existing one is replaced. The timeouts allow for a
    /// slow connection.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn upload(
        &self,
        key: &str,
        body: ByteStream,
        content_type: &str,
    ) -> Result<(), RecordsError> {
        let put = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .content_type(content_type)
            .body(body);
        let sent = put
            .customize()
            .config_override(Config::builder().timeout_config(upload_timeouts()))
            .send()
            .await;
        sent.map_err(|error| self.call_error("writing", key, error.into()))?;
        Ok(())
    }

    /// S3 takes no retention without a checksum (S3 API reference, `PutObject`).
    fn with_retention(&self, put: PutObjectFluentBuilder, key: &str) -> PutObjectFluentBuilder {
        let Some(retention) =
            self.retention.as_ref().filter(|retention| key.starts_with(retention.prefix))
        else {
            return put;
        };
        put.object_lock_mode(retention.mode.clone())
            .object_lock_retain_until_date(S3Time::from_secs(retention.until.timestamp()))
            .checksum_algorithm(ChecksumAlgorithm::Crc32)
    }

    /// Removes a document; one that isn't there is removed already.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn remove(&self, key: &str) -> Result<(), RecordsError> {
        let sent = self.client.delete_object().bucket(&self.bucket).key(key).send().await;
        sent.map_err(|error| self.call_error("removing", key, error.into()))?;
        Ok(())
    }

    fn to_json<T: Serialize>(&self, key: &str, document: &T) -> Result<Vec<u8>, RecordsError> {
        serde_json::to_vec_pretty(document).map_err(|source| self.malformed_error(key, source))
    }

    fn object_uri(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.bucket)
    }

    fn malformed_error(&self, key: &str, source: serde_json::Error) -> RecordsError {
        RecordsError::Malformed { uri: self.object_uri(key), source }
    }

    fn call_error(&self, doing: &'static str, key: &str, source: SdkFailure) -> RecordsError {
        RecordsError::Call { doing, uri: self.object_uri(key), source }
    }
}

/// Why a document could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    #[error("{doing} `{uri}`")]
    Call { doing: &'static str, uri: String, source: SdkFailure },
    #[error("reading the body of `{uri}`")]
    Body { uri: String, source: aws_sdk_s3::primitives::ByteStreamError },
    #[error("`{uri}` is not the expected JSON document")]
    Malformed { uri: String, source: serde_json::Error },
}

#[cfg(test)]
mod tests;
