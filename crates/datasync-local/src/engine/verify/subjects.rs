//! The verify phase: the transferred items, or all items, are read back and compared.

use std::iter::Peekable;
use std::sync::Arc;

use domain::posix::FileKind;
use futures::{Stream, StreamExt, stream};

use crate::engine::context::EngineContext;
use crate::engine::failure::Stop;
use crate::engine::item_error::ItemError;
use crate::engine::plan::decide_restore::is_about_bucket;
use crate::engine::record_list::{ForwardRecords, RecordList};
use crate::engine::scan::listed_object::ListedObject;
use crate::engine::scan::merge_join::stream_pairs;
use crate::engine::scan::pair::Pair;
use crate::engine::tasks::for_each_unordered;
use crate::engine::verify::item::verify_item;
use crate::engine::verify::subject::VerifySubject;

/// Verifies the transferred items, by the version that was written or read; returns the number of
/// mismatches.
pub(crate) async fn verify_transferred(
    context: &Arc<EngineContext>,
    written: RecordList<VerifySubject>,
) -> Result<u64, Stop> {
    let subjects = written.into_forward()?.map(|subject| subject.map_err(Stop::from));
    count_mismatches(context, stream::iter(subjects)).await
}

/// Verifies the whole source against the whole destination as they are now; returns the number of
/// mismatches.
///
/// An object that only the destination has is ignored where deleted files are preserved (API
/// reference, `PreserveDeletedFiles`: "PRESERVE (default) - Ignores such destination files").
/// Otherwise it is a mismatch, `>` in the guide's logs: its file was deleted during the execution.
/// That `PRESERVE` ignores it in the verification too is not documented. It is not documented
/// either whether the items in `left_alone`, which differ on purpose, are compared; here they are
/// not.
///
/// `removed`: whether items that the source does not have were removed.
pub(crate) async fn verify_everything(
    context: &Arc<EngineContext>,
    left_alone: RecordList<String>,
    removed: bool,
) -> Result<u64, Stop> {
    let mut left_alone_keys = LeftAlone {
        keys: left_alone.into_forward()?.peekable(),
        sorted: context.manifest.is_none(),
    };
    let mut unreadable = 0;
    let subjects = stream_pairs(context).filter_map(|received| {
        let subject = received.and_then(|pair| {
            let pair = check_pair(context, pair);
            unreadable += u64::from(record_unreadable(context, &pair));
            left_alone_keys.omit_left_alone(subject_of(context, pair, removed))
        });
        std::future::ready(subject.transpose())
    });
    Ok(count_mismatches(context, subjects).await? + unreadable)
}

/// Turns a pair that cannot be compared into an error: an object whose key is no path has no other
/// side. A manifest's item without a source existed when it was prepared, or was reported then.
fn check_pair(context: &EngineContext, pair: Pair) -> Pair {
    let is_restore = context.settings.is_restore();
    match pair {
        Pair::Unreadable { path, reason: ItemError::NotAtSource } if !is_restore => {
            Pair::Unreadable { path, reason: ItemError::OnlyAtDestination }
        }
        Pair::OnlyObject(object) if is_restore => match context.s3.checked_path(&object) {
            Ok(_) => Pair::OnlyObject(object),
            Err(reason) => Pair::Unreadable { path: context.s3.path_of(&object.key), reason },
        },
        pair => pair,
    }
}

/// Records a pair whose source could not be read; returns whether it is one.
fn record_unreadable(context: &EngineContext, pair: &Pair) -> bool {
    match pair {
        Pair::Unreadable { path, reason }
            if !context.settings.is_restore() || is_about_bucket(reason) =>
        {
            context.recorder.record_unverified(path, reason);
            true
        }
        _ => false,
    }
}

/// The item to compare of a pair: each item that the source has.
fn subject_of(context: &EngineContext, pair: Pair, removed: bool) -> Option<VerifySubject> {
    if context.settings.is_restore() {
        restore_subject(context, pair)
    } else {
        backup_subject(context, pair, removed)
    }
}

fn backup_subject(context: &EngineContext, pair: Pair, removed: bool) -> Option<VerifySubject> {
    match pair {
        Pair::Both { item, .. } | Pair::OnlyFile { item, .. } | Pair::Implied(item)
            if item.kind == FileKind::Special =>
        {
            None
        }
        Pair::Both { item, object } => {
            Some(VerifySubject::unread(item.path, object.key, object.version_id))
        }
        Pair::OnlyFile { item, key } => Some(VerifySubject::unread(item.path, key, None)),
        Pair::Implied(item) => {
            let key = context.s3.key_of(&item);
            Some(VerifySubject::unread(item.path, key, None))
        }
        Pair::OnlyObject(object) => removed.then(|| left_object(context, object)),
        Pair::Unreadable { .. } => None,
    }
}

/// The subject of an object whose file was deleted during the execution.
fn left_object(context: &EngineContext, object: ListedObject) -> VerifySubject {
    let path = context.s3.path_of(&object.key);
    let subject = VerifySubject::unread(path, object.key, object.version_id);
    VerifySubject { only_object: true, ..subject }
}

fn restore_subject(context: &EngineContext, pair: Pair) -> Option<VerifySubject> {
    match pair {
        Pair::Both { item, object } => {
            Some(VerifySubject::unread(item.path, object.key, object.version_id))
        }
        Pair::OnlyObject(object) => {
            let path = context.s3.path_of(&object.key);
            Some(VerifySubject::unread(path, object.key, object.version_id))
        }
        Pair::OnlyFile { .. } | Pair::Implied(_) | Pair::Unreadable { .. } => None,
    }
}

/// The keys that were left alone, in the order of their pairs.
struct LeftAlone {
    keys: Peekable<ForwardRecords<String>>,
    /// Whether the order is that of keys; otherwise it is a manifest's, which has the same entries
    /// again.
    sorted: bool,
}

impl LeftAlone {
    /// `None` in place of a subject that was left alone.
    fn omit_left_alone(
        &mut self,
        subject: Option<VerifySubject>,
    ) -> Result<Option<VerifySubject>, Stop> {
        match subject {
            Some(subject) if self.contains(&subject.key)? => Ok(None),
            subject => Ok(subject),
        }
    }

    fn contains(&mut self, key: &str) -> Result<bool, Stop> {
        let is_passed = |next: &Result<String, _>| {
            self.sorted && next.as_ref().is_ok_and(|next| next.as_str() < key)
        };
        while self.keys.next_if(is_passed).is_some() {}
        let found = self.keys.next_if(|next| next.as_ref().map_or(true, |next| next == key));
        Ok(found.transpose()?.is_some())
    }
}

async fn count_mismatches(
    context: &Arc<EngineContext>,
    subjects: impl Stream<Item = Result<VerifySubject, Stop>>,
) -> Result<u64, Stop> {
    let mut mismatches = 0;
    let verify = |subject| verify_subject(Arc::clone(context), subject);
    let mut results = std::pin::pin!(for_each_unordered(subjects, verify));
    while let Some(result) = results.next().await {
        let verified = result.ok_or_else(|| Stop::Broken("verifying".to_owned()))??;
        mismatches += u64::from(!verified);
    }
    context.stop_if_cancelled()?;
    Ok(mismatches)
}

async fn verify_subject(
    context: Arc<EngineContext>,
    subject: Result<VerifySubject, Stop>,
) -> Result<bool, Stop> {
    Ok(verify_item(context, subject?).await)
}
