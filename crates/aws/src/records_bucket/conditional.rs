//! Conditional writes: once (`If-None-Match: *`), or over a known document (`If-Match`).
//!
//! S3 answers 412 `PreconditionFailed` when the condition does not hold, and 409
//! `ConditionalRequestConflict` when a conflicting operation came in between: then nothing is
//! known, and the write has to be sent again (S3 API reference, `PutObject`, `If-Match` and
//! `If-None-Match`). 412 also answers the SDK's own retry of a write whose reply was lost: the
//! document is then the one that was sent, and the write counts as ours.
//!
//! While a bucket's first versioning is young, S3 may not show the document that 412 speaks of (S3
//! User Guide, "Enabling versioning on buckets"): it is read again for a few seconds, before a
//! write of ours counts as somebody else's.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use aws_sdk_s3::primitives::ByteStream;
use serde::Serialize;

use super::{Marked, RecordsBucket, RecordsError};
use crate::failure::SdkFailure;

/// The most sends of one write while S3 answers 409.
const ATTEMPTS: u32 = 8;
/// At most as long is the first pause; each later one may be twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// The most reads of a document that S3 says is there and does not show: 6 seconds, less than any
/// function may run.
const READS: u32 = 8;

/// The result of a write that may only happen once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteOnce {
    Written,
    /// The very same stands there: an earlier send of this write made it, or an equal write of
    /// somebody else.
    WrittenBefore,
    /// Somebody else wrote it before; their document stands.
    AlreadyThere,
}

impl WriteOnce {
    /// Whether the document stands as it was to be written.
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
        let condition = Condition::Is(&marked.etag);
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
        self.put_on_condition(key, &body, content_type, Condition::Absent).await
    }

    /// Sent again while S3 answers that another operation on the key is under
    /// way.
    async fn put_on_condition(
        &self,
        key: &str,
        body: &[u8],
        content_type: &str,
        condition: Condition<'_>,
    ) -> Result<WriteOnce, RecordsError> {
        let mut attempt = 1;
        let failure = loop {
            let put =
                self.client.put_object().bucket(&self.bucket).key(key).content_type(content_type);
            let put = match condition {
                Condition::Absent => self.with_retention(put, key).if_none_match("*"),
                Condition::Is(etag) => put.if_match(etag),
            };
            match put.body(ByteStream::from(body.to_vec())).send().await.map_err(SdkFailure::from) {
                Ok(_) => return Ok(WriteOnce::Written),
                Err(failure)
                    if failure.is(&["ConditionalRequestConflict"]) && attempt < ATTEMPTS =>
                {
                    tokio::time::sleep(pause_before(attempt)).await;
                    attempt += 1;
                }
                Err(failure) => break failure,
            }
        };
        if failure.is(&["PreconditionFailed"]) {
            let is_ours = self.read_until_seen(key).await?.as_deref() == Some(body);
            return Ok(if is_ours { WriteOnce::WrittenBefore } else { WriteOnce::AlreadyThere });
        }
        // With `If-Match`, of what was deleted meanwhile (S3 User Guide, "Conditional writes").
        if failure.is(&["NoSuchKey"]) {
            Ok(WriteOnce::AlreadyThere)
        } else {
            Err(self.call_error("writing", key, failure))
        }
    }

    /// Reads what has to be there; `None` when S3 does not show it in time.
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
enum Condition<'a> {
    Absent,
    /// The entity tag.
    Is(&'a str),
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
mod tests {
    use super::*;
    use crate::records_bucket::RecordsBucket;
    use aws_fakes::{FakeBucket, WriteFault};

    fn world() -> (FakeBucket, RecordsBucket) {
        let bucket = FakeBucket::default();
        let records = RecordsBucket::new(bucket.client(&[]), "records");
        (bucket, records)
    }

    async fn mark(records: &RecordsBucket, body: &str) -> Marked<String> {
        records.write("key", &body.to_owned()).await.unwrap();
        records.read_marked("key").await.unwrap().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_conflict_decides_nothing_and_the_write_is_sent_again() {
        for conflicts in [1, ATTEMPTS - 1] {
            let (bucket, records) = world();
            bucket.fault(vec![WriteFault::Conflict; conflicts as usize]);
            assert_eq!(
                records.write_once("key", &1).await.unwrap(),
                WriteOnce::Written,
                "{conflicts}"
            );
            assert_eq!(bucket.get("key").unwrap(), b"1");
            let marked = records.read_marked("key").await.unwrap().unwrap();
            bucket.fault(vec![WriteFault::Conflict; conflicts as usize]);
            assert_eq!(
                records.replace("key", &marked, &2).await.unwrap(),
                Replaced::Yes,
                "{conflicts}"
            );
            assert_eq!(bucket.get("key").unwrap(), b"2");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_conflict_the_condition_decides_as_ever() {
        let (bucket, records) = world();
        let marked = mark(&records, "first").await;
        bucket.put("key", "\"theirs\"");
        bucket.fault(vec![WriteFault::Conflict]);
        assert_eq!(records.write_once("key", &"ours").await.unwrap(), WriteOnce::AlreadyThere);
        bucket.fault(vec![WriteFault::Conflict]);
        let replaced = records.replace("key", &marked, &"ours".to_owned()).await.unwrap();
        assert_eq!(replaced, Replaced::ChangedMeanwhile);
        assert_eq!(bucket.get("key").unwrap(), b"\"theirs\"");
    }

    #[tokio::test(start_paused = true)]
    async fn a_conflict_that_lasts_is_an_error_and_no_answer() {
        let (bucket, records) = world();
        let marked = mark(&records, "first").await;
        bucket.fault(vec![WriteFault::Conflict; ATTEMPTS as usize]);
        let error = records.write_once("other", &1).await.unwrap_err();
        assert!(crate::failure::chain(&error).contains("ConditionalRequestConflict"), "{error}");
        bucket.fault(vec![WriteFault::Conflict; ATTEMPTS as usize]);
        records.replace("key", &marked, &"second".to_owned()).await.unwrap_err();
        assert_eq!(bucket.get("key").unwrap(), b"\"first\"");
    }

    /// The SDK sends again what had no reply, and hears 412 of its own write.
    #[tokio::test]
    async fn a_write_whose_reply_was_lost_is_ours() {
        let (bucket, records) = world();
        bucket.fault(vec![WriteFault::WrittenBefore]);
        assert_eq!(records.write_once("once", &1).await.unwrap(), WriteOnce::WrittenBefore);
        assert_eq!(records.write_once("once", &2).await.unwrap(), WriteOnce::AlreadyThere);
        let marked = mark(&records, "first").await;
        bucket.fault(vec![WriteFault::WrittenBefore]);
        assert_eq!(
            records.replace("key", &marked, &"second".to_owned()).await.unwrap(),
            Replaced::Yes
        );
        assert_eq!(
            records.replace("key", &marked, &"third".to_owned()).await.unwrap(),
            Replaced::ChangedMeanwhile
        );
        assert_eq!(bucket.get("key").unwrap(), b"\"second\"");
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_of_ours_that_s3_does_not_show_yet_is_ours() {
        for hidden in [1, READS - 1] {
            let (bucket, records) = world();
            bucket.fault(vec![WriteFault::WrittenBefore]);
            bucket.hide(hidden);
            assert_eq!(
                records.write_once("key", &1).await.unwrap(),
                WriteOnce::WrittenBefore,
                "{hidden}"
            );
            bucket.put("theirs", "2");
            bucket.hide(hidden);
            assert_eq!(
                records.write_once("theirs", &1).await.unwrap(),
                WriteOnce::AlreadyThere,
                "{hidden}"
            );
        }
        let (bucket, records) = world();
        bucket.fault(vec![WriteFault::WrittenBefore]);
        bucket.hide(READS);
        assert_eq!(
            records.write_once("key", &1).await.unwrap(),
            WriteOnce::AlreadyThere,
            "not shown in time"
        );
    }

    #[tokio::test]
    async fn what_was_deleted_meanwhile_is_not_replaced() {
        let (bucket, records) = world();
        let marked = mark(&records, "first").await;
        bucket.fault(vec![WriteFault::Gone]);
        let replaced = records.replace("key", &marked, &"second".to_owned()).await.unwrap();
        assert_eq!(replaced, Replaced::ChangedMeanwhile);
    }

    #[test]
    fn pauses_are_random_and_bounded() {
        let pauses: Vec<Duration> = (0..100).map(|_| pause(4)).collect();
        assert!(pauses.iter().all(|pause| *pause < FIRST_PAUSE * 8), "{pauses:?}");
        assert!(pauses.iter().any(|pause| *pause != pauses[0]));
        let longest: Duration = (1..ATTEMPTS.max(READS)).map(longest_pause).sum();
        assert!(longest < Duration::from_secs(10), "{longest:?}");
    }
}
