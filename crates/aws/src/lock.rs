//! The locks of a stack: documents that one writer at a time holds.
//!
//! There are two. `locks/apply.json` is the function's, for one invocation that changes the data
//! plane; `locks/deploy.json` is the command line's, for a whole deploy or destroy of both planes,
//! short-lived and renewed. Who holds the second may invoke the function, which takes the first for
//! itself; whoever invokes the function alone needs the first only.
//!
//! Taking one is a conditional write (`If-None-Match`), taking over an expired one too
//! (`If-Match`), so of any number that try at once one succeeds. Giving it back marks it expired
//! rather than deleting it: a delete can't tell whose lock it deletes.

use chrono::{DateTime, Utc};
use domain::records::lock::Lock;

use crate::records_bucket::{Marked, RecordsBucket, RecordsError, Replaced, WriteOnce};

/// Takes the lock at `key`.
///
/// # Errors
/// [`LockError::Held`] when somebody else has it; otherwise when a call fails.
pub async fn take(records: &RecordsBucket, key: &str, wanted: &Lock) -> Result<(), LockError> {
    if records.write_once(key, wanted).await?.is_written() {
        return Ok(());
    }
    let Some(found) = records.read_marked::<Lock>(key).await? else {
        return Err(LockError::Contended);
    };
    if !found.document.is_free_for(&wanted.owner, wanted.taken_at) {
        return Err(LockError::Held(found.document));
    }
    if records.replace(key, &found, wanted).await? == Replaced::Yes {
        return Ok(());
    }
    match records.read::<Lock>(key).await? {
        // The SDK's own retry after a lost reply finds our own write in its way.
        Some(now) if now == *wanted => Ok(()),
        Some(now) if !now.is_free_for(&wanted.owner, wanted.taken_at) => Err(LockError::Held(now)),
        _ => Err(LockError::Contended),
    }
}

/// Lets a held lock expire later.
///
/// # Errors
/// [`LockError::Lost`] when it is no longer as `held`: released by `efs-s3 unlock`, or taken over
/// after it had expired. Otherwise when a call fails: it then still is ours until it expires.
pub async fn renew(
    records: &RecordsBucket,
    key: &str,
    held: &Lock,
    until: DateTime<Utc>,
) -> Result<Lock, LockError> {
    let later = Lock { expires_at: until, ..held.clone() };
    let Some(found) = records.read_marked::<Lock>(key).await? else {
        return renew_unseen(records, key, later).await;
    };
    if found.document != *held {
        return Err(LockError::Lost(found.document));
    }
    if records.replace(key, &found, &later).await? == Replaced::Yes {
        return Ok(later);
    }
    // The SDK's own retry after a lost reply finds our own write in its way.
    match records.read::<Lock>(key).await? {
        Some(now) if now == later => Ok(later),
        Some(now) => Err(LockError::Lost(now)),
        None => Err(LockError::Lost(later)),
    }
}

/// While a bucket's first versioning is young, S3 may not show the lock that was taken (S3 User
/// Guide, "Enabling versioning on buckets"). Nobody deletes one, so that it is written anew where
/// there is none, and stays ours where there is one.
async fn renew_unseen(records: &RecordsBucket, key: &str, later: Lock) -> Result<Lock, LockError> {
    match records.write_once(key, &later).await? {
        WriteOnce::Written | WriteOnce::WrittenBefore => Ok(later),
        WriteOnce::AlreadyThere => Err(LockError::Contended),
    }
}

/// Gives back what `owner` holds; a lock that somebody else took over meanwhile stays.
///
/// # Errors
/// When a call fails: the lock then stays until it expires.
pub async fn give_back(
    records: &RecordsBucket,
    key: &str,
    owner: &str,
    now: DateTime<Utc>,
) -> Result<(), LockError> {
    let Some(found) = find_held(records, key, owner, now).await? else { return Ok(()) };
    if found.document.owner == owner {
        let expired = Lock { expires_at: now, ..found.document.clone() };
        records.replace(key, &found, &expired).await?;
    }
    Ok(())
}

/// Reads a lock that has to be there. Where S3 does not show it (as in [`renew_unseen`]), a write
/// that requires that there is none waits until it does; one that succeeds leaves a lock that
/// nobody holds.
async fn find_held(
    records: &RecordsBucket,
    key: &str,
    owner: &str,
    now: DateTime<Utc>,
) -> Result<Option<Marked<Lock>>, LockError> {
    if let Some(found) = records.read_marked::<Lock>(key).await? {
        return Ok(Some(found));
    }
    let expired = Lock { owner: owner.to_owned(), taken_at: now, expires_at: now };
    if records.write_once(key, &expired).await?.is_written() {
        return Ok(None);
    }
    Ok(records.read_marked::<Lock>(key).await?)
}

/// The lock at `key`, if somebody holds it now.
///
/// # Errors
/// When the call fails.
pub async fn holder(
    records: &RecordsBucket,
    key: &str,
    now: DateTime<Utc>,
) -> Result<Option<Lock>, RecordsError> {
    Ok(records.read::<Lock>(key).await?.filter(|lock| lock.expires_at > now))
}

/// Why the lock could not be taken or kept.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error(
        "the stack has been locked by `{}` since {}; the lock expires at {} unless it is renewed; \
         wait for that operation to end, or run `efs-s3 unlock` when it is certain that it does not run",
        .0.owner, .0.taken_at.format(SECONDS), .0.expires_at.format(SECONDS)
    )]
    Held(Lock),
    #[error("another operation took the lock of the stack at the same moment; try again")]
    Contended,
    #[error(
        "the lock of the stack was lost: it now belongs to `{}`, until {}",
        .0.owner,
        .0.expires_at.format(SECONDS)
    )]
    Lost(Lock),
    #[error(transparent)]
    Records(#[from] RecordsError),
}

const SECONDS: &str = "%Y-%m-%d %H:%M:%S UTC";

#[cfg(test)]
mod tests {
    use domain::records::keys::APPLY_LOCK as KEY;

    use super::*;
    use aws_fakes::{FakeBucket, WriteFault};

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
        take(&records, KEY, &lock("first", 0)).await.unwrap();
        let refused = take(&records, KEY, &lock("second", 1)).await.unwrap_err();
        assert!(matches!(&refused, LockError::Held(held) if held.owner == "first"), "{refused}");
        take(&records, KEY, &lock("first", 2)).await.unwrap();
    }

    #[tokio::test]
    async fn an_expired_lock_and_one_given_back_can_be_taken() {
        let records = records();
        take(&records, KEY, &lock("first", 0)).await.unwrap();
        take(&records, KEY, &lock("second", 10)).await.unwrap();
        give_back(&records, KEY, "second", at(11)).await.unwrap();
        take(&records, KEY, &lock("third", 11)).await.unwrap();
    }

    #[tokio::test]
    async fn who_does_not_hold_it_cannot_give_it_back() {
        let records = records();
        take(&records, KEY, &lock("first", 0)).await.unwrap();
        give_back(&records, KEY, "second", at(1)).await.unwrap();
        assert!(matches!(take(&records, KEY, &lock("second", 2)).await, Err(LockError::Held(_))));
    }

    #[tokio::test]
    async fn a_takeover_of_the_same_expired_lock_succeeds_once() {
        let records = records();
        take(&records, KEY, &lock("first", 0)).await.unwrap();
        let expired = records.read_marked::<Lock>(KEY).await.unwrap().unwrap();
        let second = records.replace(KEY, &expired, &lock("second", 20)).await.unwrap();
        let third = records.replace(KEY, &expired, &lock("third", 20)).await.unwrap();
        assert_eq!((second, third), (Replaced::Yes, Replaced::ChangedMeanwhile));
    }
    #[tokio::test]
    async fn a_renewed_lock_is_held_longer() {
        let records = records();
        let mut held = lock("first", 0);
        take(&records, KEY, &held).await.unwrap();
        held = renew(&records, KEY, &held, at(20)).await.unwrap();
        assert!(matches!(take(&records, KEY, &lock("second", 15)).await, Err(LockError::Held(_))));
        assert_eq!(holder(&records, KEY, at(19)).await.unwrap(), Some(held));
        assert_eq!(holder(&records, KEY, at(20)).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_lock_that_was_released_or_taken_over_is_not_renewed() {
        let records = records();
        let held = lock("first", 0);
        take(&records, KEY, &held).await.unwrap();
        give_back(&records, KEY, "first", at(5)).await.unwrap();
        assert!(matches!(renew(&records, KEY, &held, at(20)).await, Err(LockError::Lost(_))));
        take(&records, KEY, &lock("second", 6)).await.unwrap();
        let lost = renew(&records, KEY, &held, at(20)).await.unwrap_err();
        assert!(matches!(&lost, LockError::Lost(now) if now.owner == "second"), "{lost}");
    }

    #[tokio::test]
    async fn a_lock_that_s3_does_not_show_yet_is_not_lost() {
        let bucket = FakeBucket::default();
        let records = RecordsBucket::new(bucket.client(&[]), "records");
        let held = lock("first", 0);
        take(&records, KEY, &held).await.unwrap();
        bucket.remove(KEY);
        let renewed = renew(&records, KEY, &held, at(20)).await.unwrap();
        assert_eq!((renewed.owner.as_str(), renewed.expires_at), ("first", at(20)));
        assert_eq!(records.read::<Lock>(KEY).await.unwrap(), Some(renewed));
    }

    /// The reply to the write is lost, S3 refuses the SDK's second one, and does not show the lock
    /// at first.
    #[tokio::test(start_paused = true)]
    async fn a_lock_whose_reply_was_lost_and_that_s3_does_not_show_yet_is_taken() {
        let bucket = FakeBucket::default();
        let records = RecordsBucket::new(bucket.client(&[]), "records");
        bucket.fault(vec![WriteFault::WrittenBefore]);
        bucket.hide(3);
        take(&records, KEY, &lock("first", 0)).await.unwrap();
        bucket.hide(3);
        let refused = take(&records, KEY, &lock("second", 1)).await.unwrap_err();
        assert!(matches!(&refused, LockError::Held(held) if held.owner == "first"), "{refused}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_lock_that_s3_does_not_show_yet_is_given_back() {
        let bucket = FakeBucket::default();
        let records = RecordsBucket::new(bucket.client(&[]), "records");
        take(&records, KEY, &lock("first", 0)).await.unwrap();
        bucket.hide(3);
        give_back(&records, KEY, "first", at(1)).await.unwrap();
        take(&records, KEY, &lock("second", 1)).await.unwrap();
        bucket.hide(3);
        give_back(&records, KEY, "first", at(2)).await.unwrap();
        assert_eq!(
            holder(&records, KEY, at(2)).await.unwrap(),
            Some(lock("second", 1)),
            "that of somebody else"
        );
    }

    #[tokio::test]
    async fn two_keys_are_two_locks() {
        let records = records();
        take(&records, KEY, &lock("first", 0)).await.unwrap();
        take(&records, domain::records::keys::DEPLOY_LOCK, &lock("second", 0)).await.unwrap();
    }
}
