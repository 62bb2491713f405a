//! The locks of a stack: documents with one owner at a time.
//!
//! There are two. `locks/apply.json` belongs to the function, for one invocation that changes the
//! data plane. `locks/deploy.json` belongs to the command line, for a whole deploy or destroy of
//! both planes; it is short-lived and renewed. The owner of the second may invoke the function,
//! which takes the first for itself; whoever invokes the function alone needs the first only.
//!
//! A conditional write takes a lock (`If-None-Match`), or takes over an expired one (`If-Match`),
//! so only one of several simultaneous writers succeeds. A lock is released by marking it expired,
//! not by deleting it: a delete could remove the lock of another owner.

use chrono::{DateTime, Utc};
use domain::point_in_time::format_time;
use domain::records::lock::Lock;

use crate::records_bucket::{Marked, RecordsBucket, RecordsError, Replaced, WriteOnce};

/// Takes the lock at `key`.
///
/// # Errors
/// [`LockError::Held`] when another owner has it; otherwise when a call fails.
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

/// Renews a lock, so that it expires later.
///
/// # Errors
/// [`LockError::Lost`] when it differs from `held`: released by `efs-s3 unlock`, or taken
/// over after it had expired. Otherwise when a call fails: the lock then stays with its owner until
/// it expires.
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
    expect_renewed(records, key, later).await
}

/// The SDK's own retry after a lost reply finds our own write in its way.
async fn expect_renewed(
    records: &RecordsBucket,
    key: &str,
    later: Lock,
) -> Result<Lock, LockError> {
    match records.read::<Lock>(key).await? {
        Some(now) if now == later => Ok(later),
        Some(now) => Err(LockError::Lost(now)),
        None => Err(LockError::Lost(later)),
    }
}

/// While a bucket's first versioning is new, S3 may not show the lock that was taken (S3 User
/// Guide, "Enabling versioning on buckets"). Nobody deletes a lock, so it is written again where
/// there is none, and keeps its owner where there is one.
async fn renew_unseen(records: &RecordsBucket, key: &str, later: Lock) -> Result<Lock, LockError> {
    match records.write_once(key, &later).await? {
        WriteOnce::Written | WriteOnce::WrittenBefore => Ok(later),
        WriteOnce::AlreadyThere => Err(LockError::Contended),
    }
}

/// Releases the lock of `owner`; a lock that another owner has taken over stays.
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

/// Reads an existing lock. Where S3 does not show it (as in [`renew_unseen`]), a write that
/// requires its absence waits until S3 does; a write that succeeds leaves a lock without an owner.
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

/// The lock at `key`, if it has an owner now.
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
        .0.owner, format_time(.0.taken_at), format_time(.0.expires_at)
    )]
    Held(Lock),
    #[error("another operation took the lock of the stack at the same moment; try again")]
    Contended,
    #[error(
        "the lock of the stack was lost: it now belongs to `{}`, until {}",
        .0.owner,
        format_time(.0.expires_at)
    )]
    Lost(Lock),
    #[error(transparent)]
    Records(#[from] RecordsError),
}

#[cfg(test)]
mod tests;
