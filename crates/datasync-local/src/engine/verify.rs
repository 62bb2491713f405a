//! Verify: what was transferred, or everything, read back and compared.

use std::iter::Peekable;
use std::sync::Arc;

use futures::{Stream, StreamExt, stream};

use super::failure::{ItemError, Stop};
use super::fan_out::each;
use super::job::Run;
use super::judge::is_about_the_source;
use super::listing::Listed;
use super::object::checked_path;
use super::pairs::{Pair, key_of, pairs};
use super::rows;
use super::spill::{Forward, Spill};
use super::verify_item::{Subject, verify};

/// Verifies what was transferred, by the version that was written or read; returns the number of
/// mismatches.
pub(super) async fn transferred(run: &Arc<Run>, written: Spill<Subject>) -> Result<u64, Stop> {
    let subjects = written.into_records()?.map(|subject| subject.map_err(Stop::from));
    count_mismatches(run, stream::iter(subjects)).await
}

/// Verifies the whole source against the whole destination as they are now; returns the number of
/// mismatches.
///
/// An object that only the destination has is ignored where deleted files are preserved (API
/// reference, `PreserveDeletedFiles`: "PRESERVE (default) - Ignores such destination files"), and
/// otherwise a mismatch, `>` in the guide's logs: then it went while the run was under way. That
/// `PRESERVE` ignores it in the verification too is not documented. Nor is whether what
/// `left_alone` names (differing on purpose) is compared; here it is not.
///
/// `removed`: what the source does not have was removed.
pub(super) async fn everything(
    run: &Arc<Run>,
    left_alone: Spill<String>,
    removed: bool,
) -> Result<u64, Stop> {
    let mut left_alone = LeftAlone {
        keys: left_alone.into_records()?.peekable(),
        sorted: run.job.manifest.is_none(),
    };
    let mut missing = 0;
    let subjects = pairs(run).filter_map(|pair| {
        let subject = pair.and_then(|pair| {
            let pair = checked(run, pair);
            if let Pair::Unreadable { path, reason } = &pair
                && is_about_the_source(run, reason)
            {
                missing += 1;
                run.live.count.failed_verify.one(false);
                run.log.error(path, &reason.line(path));
                run.spool.verified(rows::unverified(path, reason));
            }
            let subject = match pair {
                Pair::OnlyObject(object) if removed && !run.job.restores() => {
                    Some(only_object(run, object))
                }
                pair => subject(run, pair),
            };
            match subject {
                Some(subject) if left_alone.holds(&subject.key)? => Ok(None),
                subject => Ok(subject),
            }
        });
        std::future::ready(subject.transpose())
    });
    let mismatches = count_mismatches(run, subjects).await?;
    Ok(mismatches + missing)
}

/// An object whose key is no path has no other side. What the manifest lists was there when it was
/// prepared, or that has been told already.
fn checked(run: &Run, pair: Pair) -> Pair {
    match pair {
        Pair::Unreadable { path, reason: ItemError::NotAtSource } if !run.job.restores() => {
            Pair::Unreadable { path, reason: ItemError::OnlyAtDestination }
        }
        Pair::OnlyObject(object) if run.job.restores() => match checked_path(run, &object) {
            Ok(_) => Pair::OnlyObject(object),
            Err(reason) => Pair::Unreadable { path: run.job.path_of(&object.key), reason },
        },
        pair => pair,
    }
}

/// What is to be compared of a pair: whatever the source has.
fn subject(run: &Run, pair: Pair) -> Option<Subject> {
    let restores = run.job.restores();
    let latest =
        |path, key| Some(Subject { path, key, version_id: None, sha: None, only_object: false });
    match pair {
        Pair::Both { item, .. } | Pair::OnlyFile { item, .. } | Pair::Implied(item)
            if !restores && item.kind == domain::posix::FileKind::Special =>
        {
            None
        }
        Pair::Both { item, object } => {
            let (key, version_id) = (object.key, object.version_id);
            Some(Subject { path: item.path, key, version_id, sha: None, only_object: false })
        }
        Pair::OnlyFile { item, key } if !restores => latest(item.path, key),
        Pair::Implied(item) if !restores => {
            let key = key_of(&run.job, &item);
            latest(item.path, key)
        }
        Pair::OnlyObject(object) if restores => {
            let path = run.job.path_of(&object.key);
            Some(Subject {
                path,
                key: object.key,
                version_id: object.version_id,
                sha: None,
                only_object: false,
            })
        }
        Pair::OnlyFile { .. }
        | Pair::OnlyObject(_)
        | Pair::Implied(_)
        | Pair::Unreadable { .. } => None,
    }
}

fn only_object(run: &Run, object: Listed) -> Subject {
    let path = run.job.path_of(&object.key);
    Subject { path, key: object.key, version_id: object.version_id, sha: None, only_object: true }
}

/// Keys in the order in which their pairs came.
struct LeftAlone {
    keys: Peekable<Forward<String>>,
    /// Otherwise the order is a manifest's, of which every line comes again.
    sorted: bool,
}

impl LeftAlone {
    fn holds(&mut self, key: &str) -> Result<bool, Stop> {
        let passed = |next: &Result<String, _>| {
            self.sorted && next.as_ref().is_ok_and(|next| next.as_str() < key)
        };
        while self.keys.next_if(passed).is_some() {}
        let found = self.keys.next_if(|next| next.as_ref().map_or(true, |next| next == key));
        Ok(found.transpose()?.is_some())
    }
}

async fn count_mismatches(
    run: &Arc<Run>,
    subjects: impl Stream<Item = Result<Subject, Stop>>,
) -> Result<u64, Stop> {
    let mut mismatches = 0;
    let mut results = std::pin::pin!(each(subjects, |subject| one(Arc::clone(run), subject)));
    while let Some(result) = results.next().await {
        let verified = result.ok_or_else(|| Stop::Broken("verifying".to_owned()))??;
        mismatches += u64::from(!verified);
    }
    if run.live.is_cancelled() { Err(Stop::Cancelled) } else { Ok(mismatches) }
}

async fn one(run: Arc<Run>, subject: Result<Subject, Stop>) -> Result<bool, Stop> {
    Ok(verify(run, subject?).await)
}
