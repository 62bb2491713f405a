//! The lock of a stack's data plane: a document that one writer at a time holds.
//!
//! Taking it is a conditional write (`If-None-Match`), taking over an expired one too (`If-Match`), so of any number that
//! try at once one succeeds. Giving it back marks it expired rather than deleting it: a delete can't tell whose lock it
//! deletes.

use chrono::{DateTime, Utc};
use pipeline::records::keys::APPLY_LOCK;
use pipeline::records::lock::Lock;

use crate::records_bucket::{RecordsBucket, RecordsError, Replaced, WriteOnce};

/// Takes the lock.
///
/// # Errors
/// [`LockError::Held`] when somebody else has it; otherwise when a call fails.
pub async fn take(records: &RecordsBucket, wanted: &Lock) -> Result<(), LockError> {
    if records.write_once(APPLY_LOCK, wanted).await? == WriteOnce::Written {
        return Ok(());
    }
    let Some(found) = records.read_marked::<Lock>(APPLY_LOCK).await? else { return Err(LockError::Contended) };
    if !found.document.is_free_for(&wanted.owner, wanted.taken_at) {
        return Err(LockError::Held(found.document));
    }
    match records.replace(APPLY_LOCK, &found, wanted).await? {
        Replaced::Yes => Ok(()),
        Replaced::ChangedMeanwhile => Err(LockError::Contended),
    }
}

/// Gives back what `owner` holds; a lock that somebody else took over meanwhile stays.
///
/// # Errors
/// When a call fails: the lock then stays until it expires.
pub async fn give_back(records: &RecordsBucket, owner: &str, now: DateTime<Utc>) -> Result<(), LockError> {
    match records.read_marked::<Lock>(APPLY_LOCK).await? {
        Some(found) if found.document.owner == owner => {
            let expired = Lock { expires_at: now, ..found.document.clone() };
            records.replace(APPLY_LOCK, &found, &expired).await?;
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Why the lock could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error(
        "the data plane is being changed by `{}` since {}, until {} at the latest; wait for its end, or run \
         `efs-s3 unlock` if it is certain that it does not run",
        .0.owner, .0.taken_at, .0.expires_at
    )]
    Held(Lock),
    #[error("the lock of the data plane was taken by somebody else at this moment; try again")]
    Contended,
    #[error(transparent)]
    Records(#[from] RecordsError),
}

#[cfg(all(test, feature = "fakes"))]
mod tests {
    use super::*;
    use crate::fakes::FakeBucket;

    fn records() -> RecordsBucket {
        RecordsBucket::new(FakeBucket::default().client(&[]), "records")
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(seconds)
    }

    fn lock(owner: &str, from: i64) -> Lock {
        Lock { owner: owner.into(), taken_at: at(from), expires_at: at(from + 10) }
    }

    #[tokio::test]
    async fn of_two_one_holds_it_and_the_other_hears_who() {
        let records = records();
        take(&records, &lock("first", 0)).await.unwrap();
        let refused = take(&records, &lock("second", 1)).await.unwrap_err();
        assert!(matches!(&refused, LockError::Held(held) if held.owner == "first"), "{refused}");
        take(&records, &lock("first", 2)).await.unwrap();
    }

    #[tokio::test]
    async fn an_expired_lock_and_one_given_back_can_be_taken() {
        let records = records();
        take(&records, &lock("first", 0)).await.unwrap();
        take(&records, &lock("second", 10)).await.unwrap();
        give_back(&records, "second", at(11)).await.unwrap();
        take(&records, &lock("third", 11)).await.unwrap();
    }

    #[tokio::test]
    async fn who_does_not_hold_it_cannot_give_it_back() {
        let records = records();
        take(&records, &lock("first", 0)).await.unwrap();
        give_back(&records, "second", at(1)).await.unwrap();
        assert!(matches!(take(&records, &lock("second", 2)).await, Err(LockError::Held(_))));
    }

    #[tokio::test]
    async fn a_takeover_of_the_same_expired_lock_succeeds_once() {
        let records = records();
        take(&records, &lock("first", 0)).await.unwrap();
        let expired = records.read_marked::<Lock>(APPLY_LOCK).await.unwrap().unwrap();
        let second = records.replace(APPLY_LOCK, &expired, &lock("second", 20)).await.unwrap();
        let third = records.replace(APPLY_LOCK, &expired, &lock("third", 20)).await.unwrap();
        assert_eq!((second, third), (Replaced::Yes, Replaced::ChangedMeanwhile));
    }
}
