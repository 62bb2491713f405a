//! The prepare phase: both sides are compared, and the changes written to lists.

use std::io;
use std::sync::Arc;

use futures::future::{Either, ready};
use futures::{FutureExt, StreamExt};

use crate::engine::context::EngineContext;
use crate::engine::failure::Stop;
use crate::engine::plan::action::{Removal, WriteAction};
use crate::engine::plan::decide::{decide, decide_with_head};
use crate::engine::plan::decision::{DecisionState, PairDecision};
use crate::engine::record_list::RecordList;
use crate::engine::report_rows::SkipCause;
use crate::engine::scan::merge_join::stream_pairs;
use crate::engine::scan::pair::Pair;

/// The number of `HeadObject` requests sent at once.
const HEADS_AT_ONCE: usize = 64;

/// The changes of an execution, each list in the order of keys.
#[derive(Debug)]
pub(crate) struct CopyPlan {
    pub(crate) actions: RecordList<WriteAction>,
    /// In a restore: every directory, also those that stay. They get their times last, when nothing
    /// changes them any more.
    pub(crate) directories: RecordList<WriteAction>,
    /// Items that the source does not have.
    pub(crate) removals: RecordList<Removal>,
    /// In a restore: directories among them, which are removed after their content.
    pub(crate) directory_removals: RecordList<Removal>,
    /// The number of items that could not be read or named; the items below them are not known.
    pub(crate) unreadable: u64,
    /// Keys of items that differ and are to stay as they are (`OverwriteMode=NEVER`).
    pub(crate) left_alone: RecordList<String>,
}

/// Compares both sides.
pub(crate) async fn prepare(context: &Arc<EngineContext>) -> Result<CopyPlan, Stop> {
    let mut plan = CopyPlan::new()?;
    let decisions = stream_pairs(context).filter_map(|pair| ready(start_decision(context, pair)));
    let mut results = std::pin::pin!(decisions.buffered(HEADS_AT_ONCE));
    while let Some(decision) = results.next().await {
        plan.add_decision(context, decision?)?;
    }
    context.stop_if_cancelled()?;
    Ok(plan)
}

/// Decides on a pair at once, or in a task of its own where a `HeadObject` is needed first. `None`
/// where nothing is to be done, as for most pairs.
fn start_decision(
    context: &Arc<EngineContext>,
    received: Result<Pair, Stop>,
) -> Option<impl Future<Output = Result<PairDecision, Stop>> + use<>> {
    let decided = context.stop_if_cancelled().and(received).map(|pair| decide(context, pair));
    Some(match decided {
        Err(stop) => Either::Left(ready(Err(stop))),
        Ok(DecisionState::Decided(PairDecision::Nothing)) => return None,
        Ok(DecisionState::Decided(decision)) => Either::Left(ready(Ok(decision))),
        Ok(DecisionState::NeedsHead(item, object)) => {
            let task = tokio::spawn(decide_with_head(Arc::clone(context), item, object));
            Either::Right(
                task.map(|joined| joined.map_err(|_| Stop::Broken("comparing".to_owned()))),
            )
        }
    })
}

impl CopyPlan {
    fn new() -> io::Result<Self> {
        Ok(Self {
            actions: RecordList::new()?,
            directories: RecordList::new()?,
            removals: RecordList::new()?,
            directory_removals: RecordList::new()?,
            unreadable: 0,
            left_alone: RecordList::new()?,
        })
    }

    fn add_removal(&mut self, context: &EngineContext, removal: &Removal) -> io::Result<()> {
        let is_directory = removal.item.is_directory();
        context.progress().counters.estimated_deletions.add_one(is_directory);
        self.removals_for(context.settings.is_restore() && is_directory).push(removal)
    }

    fn add_decision(&mut self, context: &EngineContext, decision: PairDecision) -> io::Result<()> {
        let recorder = &context.recorder;
        match decision {
            PairDecision::Nothing => {}
            PairDecision::Write(action) => self.add_action(context, &action)?,
            PairDecision::KeepDirectory(action) => self.directories.push(&action)?,
            PairDecision::Remove(removal) => self.add_removal(context, &removal)?,
            PairDecision::LeaveAlone { item, key, directory } => {
                recorder.record_skipped(&item, SkipCause::NotOverwritten);
                self.left_alone.push(&key)?;
                directory.iter().try_for_each(|action| self.directories.push(action))?;
            }
            PairDecision::Special(item) => recorder.record_skipped(&item, SkipCause::SpecialFile),
            PairDecision::Unreadable { path, reason } => {
                recorder.record_unreadable(&path, &reason);
                self.unreadable += 1;
            }
        }
        Ok(())
    }

    fn add_action(&mut self, context: &EngineContext, action: &WriteAction) -> io::Result<()> {
        let is_directory = action.item.is_directory();
        let counters = &context.progress().counters;
        counters.estimated.add_one(is_directory);
        counters.estimated_bytes.add(action.bytes_to_send());
        if context.settings.is_restore() && is_directory {
            self.directories.push(action)
        } else {
            self.actions.push(action)
        }
    }

    fn removals_for(&mut self, after_content: bool) -> &mut RecordList<Removal> {
        if after_content { &mut self.directory_removals } else { &mut self.removals }
    }
}
