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
mod tests;
