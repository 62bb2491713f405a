//! Conditional writes: once (`If-None-Match: *`), or over a known document (`If-Match`).
//!
//! S3 returns 412 `PreconditionFailed` when the condition does not hold, and 409
//! `ConditionalRequestConflict` when a conflicting operation came in between: then the result is
//! unknown, and the write must be sent again (S3 API reference, `PutObject`, `If-Match` and
//! `If-None-Match`). 412 also answers the SDK's own retry of a write whose response was lost: the
//! document is then the one that was sent, and the write counts as successful.
//!
//! While a bucket's first versioning is new, S3 may not show the document that caused a 412 (S3
//! User Guide, "Enabling versioning on buckets"): it is read again for a few seconds, before the
//! write counts as another writer's.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;
use serde::Serialize;

use super::{Marked, RecordsBucket, RecordsError};
use crate::failure::SdkFailure;

/// The maximum number of sends of one write while S3 returns 409.
const ATTEMPTS: u32 = 8;
/// At most as long is the first pause; each later one may be twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// The maximum number of reads of a document that exists according to S3 but is not shown: 6
/// seconds, less than the timeout of any function.
const READS: u32 = 8;

/// The result of a write that may only happen once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteOnce {
    Written,
    /// An equal document exists: an earlier send of this write, or an equal write of another
    /// writer.
    WrittenBefore,
    /// Another writer was faster; its document stays.
    AlreadyThere,
}

impl WriteOnce {
    /// Whether the document exists as it was to be written.
    #[must_use]
    pub fn is_written(self) -> bool {
        self != Self::AlreadyThere
    }
}

/// The result of a write that requires the marked document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    Yes,
    ChangedMeanwhile,
}

impl RecordsBucket {
    /// Replaces a document if it is still the marked one (`If-Match`).
    ///
    /// # Errors
    /// When the call fails.
    pub async fn replace<T: Serialize>(
        &self,
        key: &str,
        marked: &Marked<T>,
        document: &T,
    ) -> Result<Replaced, RecordsError> {
        let body = self.to_json(key, document)?;
        let condition = Precondition::Is(&marked.etag);
        let written = self.put_on_condition(key, &body, "application/json", condition).await?;
        Ok(if written.is_written() { Replaced::Yes } else { Replaced::ChangedMeanwhile })
    }

    /// Writes a document unless there is one.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn write_once<T: Serialize>(
        &self,
        key: &str,
        document: &T,
    ) -> Result<WriteOnce, RecordsError> {
        self.write_bytes_once(key, self.to_json(key, document)?, "application/json").await
    }

    /// Writes bytes unless there are some.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn write_bytes_once(
        &self,
        key: &str,
        body: Vec<u8>,
        content_type: &str,
    ) -> Result<WriteOnce, RecordsError> {
        self.put_on_condition(key, &body, content_type, Precondition::Absent).await
    }

    /// Puts an object on a condition. The request is sent again while S3 reports another operation
    /// on the key.
    async fn put_on_condition(
        &self,
        key: &str,
        body: &[u8],
        content_type: &str,
        condition: Precondition<'_>,
    ) -> Result<WriteOnce, RecordsError> {
        let mut attempt = 1;
        loop {
            let put = self.conditional_request(key, content_type, condition);
            let put = put.body(ByteStream::from(body.to_vec()));
            match put.send().await.map_err(SdkFailure::from) {
                Ok(_) => return Ok(WriteOnce::Written),
                Err(failure) if is_conflict(&failure) && attempt < ATTEMPTS => {
                    tokio::time::sleep(pause_before(attempt)).await;
                    attempt += 1;
                }
                Err(failure) => return self.judge_refusal(key, body, failure).await,
            }
        }
    }

    fn conditional_request(
        &self,
        key: &str,
        content_type: &str,
        condition: Precondition<'_>,
    ) -> PutObjectFluentBuilder {
        let put = self.client.put_object().bucket(&self.bucket).key(key).content_type(content_type);
        match condition {
            Precondition::Absent => self.with_retention(put, key).if_none_match("*"),
            Precondition::Is(etag) => put.if_match(etag),
        }
    }

    /// The result of a write that S3 refused.
    async fn judge_refusal(
        &self,
        key: &str,
        body: &[u8],
        failure: SdkFailure,
    ) -> Result<WriteOnce, RecordsError> {
        if failure.is(&["PreconditionFailed"]) {
            let is_ours = self.read_until_seen(key).await?.as_deref() == Some(body);
            return Ok(if is_ours { WriteOnce::WrittenBefore } else { WriteOnce::AlreadyThere });
        }
        // With `If-Match`, for a document that was deleted in the meantime (S3 User Guide,
        // "Conditional writes").
        if failure.is(&["NoSuchKey"]) {
            Ok(WriteOnce::AlreadyThere)
        } else {
            Err(self.call_error("writing", key, failure))
        }
    }

    /// Reads an existing document; `None` when S3 does not show it in time.
    async fn read_until_seen(&self, key: &str) -> Result<Option<Vec<u8>>, RecordsError> {
        for read in 1..READS {
            let seen = self.read_bytes(key).await?;
            if seen.is_some() {
                return Ok(seen);
            }
            tokio::time::sleep(longest_pause(read)).await;
        }
        self.read_bytes(key).await
    }
}

#[derive(Clone, Copy, Debug)]
enum Precondition<'a> {
    Absent,
    /// The entity tag.
    Is(&'a str),
}

fn is_conflict(failure: &SdkFailure) -> bool {
    failure.is(&["ConditionalRequestConflict"])
}

fn longest_pause(attempt: u32) -> Duration {
    FIRST_PAUSE * 2_u32.pow(attempt - 1)
}

/// Of random length, so that those that met once do not meet again.
fn pause_before(attempt: u32) -> Duration {
    let longest = longest_pause(attempt);
    // The keys of a new `RandomState` are random.
    let random = RandomState::new().build_hasher().finish();
    longest.mul_f64((random >> 11) as f64 / (1_u64 << 53) as f64)
}

#[cfg(test)]
mod tests;
