//! Prepare: both sides compared, and what is to be done written down.

use std::collections::HashSet;
use std::sync::Arc;

use futures::StreamExt;
use pipeline::posix::Posix;

use super::compare::{Difference, by_metadata, by_size};
use super::failure::{ItemError, Stop};
use super::fan_out::{each, stream_of};
use super::job::Run;
use super::listing::Listed;
use super::live::add;
use super::pairs::{Pair, pairs};
use super::rows;
use super::walk::SourceItem;

/// What an execution has to do.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) actions: Vec<Action>,
    /// Objects that have no item in the source.
    pub(super) removals: Vec<Listed>,
    /// Items that could not be read or named, of which nothing more is known.
    pub(super) unreadable: u64,
    /// Paths of items that differ and are to stay as they are (`OverwriteMode=NEVER`).
    pub(super) left_alone: HashSet<String>,
}

/// One item to write.
#[derive(Clone, Debug)]
pub(super) struct Action {
    pub(super) item: SourceItem,
    pub(super) key: String,
    pub(super) how: How,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    Create,
    Overwrite,
    MetadataOnly,
}

/// What a pair comes to.
enum Verdict {
    Write(Action),
    Remove(Listed),
    Unchanged,
    LeaveAlone(SourceItem),
    Special(SourceItem),
    Unreadable { path: String, reason: ItemError },
}

/// Compares both sides.
pub(super) async fn prepare(run: &Arc<Run>) -> Result<Plan, Stop> {
    let mut plan = Plan::default();
    let mut verdicts = std::pin::pin!(each(stream_of(pairs(run)), |pair| judge(Arc::clone(run), pair)));
    while let Some(verdict) = verdicts.next().await {
        let verdict = verdict.ok_or_else(|| Stop::Broken("comparing".to_owned()))??;
        plan.take(run, verdict);
    }
    if run.live.is_cancelled() {
        return Err(Stop::Cancelled);
    }
    // Deletions count as files to transfer in Basic mode (API reference, EstimatedFilesToTransfer).
    let removals = plan.removals.len() as u64;
    add(&run.live.count.estimated_deletions, removals);
    add(&run.live.count.estimated_files, removals);
    Ok(plan)
}

impl Plan {
    fn take(&mut self, run: &Run, verdict: Verdict) {
        let count = &run.live.count;
        match verdict {
            Verdict::Unchanged => {}
            Verdict::Write(action) => {
                add(&count.estimated_files, 1);
                add(&count.estimated_bytes, action.bytes_to_send());
                self.actions.push(action);
            }
            Verdict::Remove(object) => self.removals.push(object),
            Verdict::LeaveAlone(item) => {
                add(&count.files_skipped, 1);
                run.spool.skipped(&rows::skipped(run, &item, "Exists at the destination and OverwriteMode is NEVER"));
                self.left_alone.insert(item.path);
            }
            Verdict::Special(item) => {
                add(&count.files_skipped, 1);
                let reason = "Special files (FIFOs, sockets, devices) are not supported by the destination";
                run.spool.skipped(&rows::skipped(run, &item, reason));
            }
            Verdict::Unreadable { path, reason } => {
                tracing::warn!("{path}: {reason}");
                self.unreadable += 1;
                run.spool.transferred(&rows::not_transferred(run, &path, None, None, &reason));
            }
        }
    }
}

impl Action {
    pub(super) fn bytes_to_send(&self) -> u64 {
        if self.how == How::MetadataOnly { 0 } else { self.item.size }
    }
}

async fn judge(run: Arc<Run>, pair: Result<Pair, Stop>) -> Result<Verdict, Stop> {
    if run.live.is_cancelled() {
        return Err(Stop::Cancelled);
    }
    Ok(match pair? {
        Pair::OnlySource { item, key } => Verdict::Write(Action { item, key, how: How::Create }),
        Pair::Both { item, object } => judge_both(&run, item, object).await,
        Pair::OnlyDestination(object) if is_removed(&run, &object.key) => Verdict::Remove(object),
        Pair::OnlyDestination(_) => Verdict::Unchanged,
        Pair::Special(item) => Verdict::Special(item),
        Pair::Unreadable { path, reason } => Verdict::Unreadable { path, reason },
    })
}

async fn judge_both(run: &Run, item: SourceItem, object: Listed) -> Verdict {
    let settings = &run.job.settings;
    let difference = if settings.rewrite_all { Ok(Difference::Content) } else { differ(run, &item, &object).await };
    let how = match difference {
        Err(reason) => return Verdict::Unreadable { path: item.path, reason },
        Ok(Difference::None) => return Verdict::Unchanged,
        Ok(_) if settings.never_overwrite => return Verdict::LeaveAlone(item),
        Ok(Difference::Metadata) => How::MetadataOnly,
        Ok(Difference::Content) => How::Overwrite,
    };
    Verdict::Write(Action { item, key: object.key, how })
}

async fn differ(run: &Run, item: &SourceItem, object: &Listed) -> Result<Difference, ItemError> {
    if let Some(difference) = by_size(item, object.size) {
        return Ok(difference);
    }
    let head = run.job.s3.head_object().bucket(&run.job.bucket).key(&object.key).send().await;
    let head = head.map_err(|error| ItemError::s3("Head Object", error))?;
    let metadata = head.metadata();
    let theirs = Posix::from_metadata(|key| metadata.and_then(|map| map.get(key)).map(String::as_str));
    Ok(by_metadata(item, &run.job.settings.kept(&item.posix), &theirs))
}

/// The prefix's own object is nobody's item, and what filters leave out is not ours to delete (the service's way with
/// filters and REMOVE is not documented).
fn is_removed(run: &Run, key: &str) -> bool {
    let relative = key.strip_prefix(&run.job.prefix).unwrap_or_default();
    let path = format!("/{}", relative.trim_end_matches('/'));
    run.job.settings.remove_deleted && !relative.is_empty() && run.job.filters.admit(&path)
}
