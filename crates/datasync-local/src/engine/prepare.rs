//! Prepare: both sides compared, and what is to be done written down.

use std::io;
use std::sync::Arc;

use domain::posix::FileKind;
use domain::report::ReportKind;
use futures::future::{Either, ready};
use futures::{FutureExt, StreamExt};
use serde::{Deserialize, Serialize};

use super::failure::Stop;
use super::item::Item;
use super::job::Run;
use super::judge::{Judged, Verdict, ask, judge};
use super::live::add;
use super::pairs::{Pair, pairs};
use super::rows;
use super::spill::Spill;

/// Objects asked for their metadata at once.
const ASKED_AT_ONCE: usize = 64;

/// What an execution has to do, each list in the order of keys.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) actions: Spill<Action>,
    /// In a restore: every directory, also those that stay. They get their times last, when nothing
    /// changes them any more.
    pub(super) folders: Spill<Action>,
    /// What the source does not have.
    pub(super) removals: Spill<Removal>,
    /// In a restore: directories among them, for which their content has to go first.
    pub(super) folder_removals: Spill<Removal>,
    /// Items that could not be read or named, of which nothing more is known.
    pub(super) unreadable: u64,
    /// Keys of items that differ and are to stay as they are (`OverwriteMode=NEVER`).
    pub(super) left_alone: Spill<String>,
}

/// One item to write.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Action {
    /// Of the source, as far as it is known yet.
    pub(super) item: Item,
    pub(super) key: String,
    /// The source's version that a manifest names.
    pub(super) version_id: Option<String>,
    pub(super) how: How,
}

/// One item of the destination to remove.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Removal {
    pub(super) item: Item,
    pub(super) key: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum How {
    Create,
    Overwrite,
    MetadataOnly,
    /// A directory that is to be as it is; what is written into it must not change its times.
    Keep,
}

/// Compares both sides.
pub(super) async fn prepare(run: &Arc<Run>) -> Result<Plan, Stop> {
    let mut plan = Plan::new()?;
    let verdicts = pairs(run).filter_map(|pair| ready(verdict(run, pair)));
    let mut verdicts = std::pin::pin!(verdicts.buffered(ASKED_AT_ONCE));
    while let Some(verdict) = verdicts.next().await {
        plan.take(run, verdict?)?;
    }
    if run.live.is_cancelled() { Err(Stop::Cancelled) } else { Ok(plan) }
}

/// At once, unless the object has to be asked; then in a task of its own. `None` where nothing is
/// to be done, which is said of most.
fn verdict(
    run: &Arc<Run>,
    pair: Result<Pair, Stop>,
) -> Option<impl Future<Output = Result<Verdict, Stop>> + use<>> {
    let judged = match pair {
        _ if run.live.is_cancelled() => Err(Stop::Cancelled),
        Ok(pair) => Ok(judge(run, pair)),
        Err(stop) => Err(stop),
    };
    Some(match judged {
        Err(stop) => Either::Left(ready(Err(stop))),
        Ok(Judged::Settled(Verdict::Nothing)) => return None,
        Ok(Judged::Settled(verdict)) => Either::Left(ready(Ok(verdict))),
        Ok(Judged::Ask(item, object)) => {
            let asked = tokio::spawn(ask(Arc::clone(run), item, object));
            Either::Right(
                asked.map(|asked| asked.map_err(|_| Stop::Broken("comparing".to_owned()))),
            )
        }
    })
}

impl Plan {
    fn new() -> io::Result<Self> {
        Ok(Self {
            actions: Spill::new()?,
            folders: Spill::new()?,
            removals: Spill::new()?,
            folder_removals: Spill::new()?,
            unreadable: 0,
            left_alone: Spill::new()?,
        })
    }

    fn take(&mut self, run: &Run, verdict: Verdict) -> io::Result<()> {
        let count = &run.live.count;
        match verdict {
            Verdict::Nothing => {}
            Verdict::Write(action) => {
                count.estimated.one(action.item.is_directory());
                add(&count.estimated_bytes, action.bytes_to_send());
                self.actions_for(run, &action).push(&action)?;
            }
            Verdict::KeepFolder(action) => self.folders.push(&action)?,
            Verdict::Remove(removal) => {
                count.estimated_deletions.one(removal.item.is_directory());
                let last = run.job.restores() && removal.item.is_directory();
                if last { &mut self.folder_removals } else { &mut self.removals }.push(&removal)?;
            }
            Verdict::LeaveAlone { item, key, folder } => {
                skip(run, &item, rows::Skip::NotOverwritten);
                self.left_alone.push(&key)?;
                folder.iter().try_for_each(|folder| self.folders.push(folder))?;
            }
            Verdict::Special(item) => {
                skip(run, &item, rows::Skip::SpecialFile);
            }
            Verdict::Unreadable { path, reason } => {
                run.log.error(&path, &reason.line(&path));
                self.unreadable += 1;
                count.failed_prepare.one(false);
                run.spool.transferred(rows::not_transferred(run, &path, None, None, &reason));
            }
        }
        Ok(())
    }

    fn actions_for(&mut self, run: &Run, action: &Action) -> &mut Spill<Action> {
        let folder = run.job.restores() && action.item.is_directory();
        if folder { &mut self.folders } else { &mut self.actions }
    }
}

fn skip(run: &Run, item: &Item, why: rows::Skip) {
    run.live.count.skipped.one(item.is_directory());
    run.log.skipped(&item.path, why.reason());
    run.spool.skipped(&rows::skipped(run, item, why));
}

/// Counts an item that both sides have alike, and lists it where successes are asked for. It is not
/// logged.
///
/// `FilesSkipped` and the Skipped report include what "exists in both locations and hasn't changed"
/// (DataSync User Guide, "Task reports"): on each execution but the first that is nearly
/// everything.
pub(super) fn skip_unchanged(run: &Run, item: &Item) {
    run.live.count.skipped.one(item.is_directory());
    if run.spool.lists(ReportKind::Skipped) {
        run.spool.skipped(&rows::skipped(run, item, rows::Skip::Unchanged));
    }
}

impl Action {
    pub(super) fn bytes_to_send(&self) -> u64 {
        let none = self.how == How::MetadataOnly || self.item.kind == FileKind::Directory;
        if none { 0 } else { self.item.size }
    }
}
