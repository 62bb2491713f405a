//! Transfer: the plan's items written, many at a time.

use std::sync::Arc;

use futures::{StreamExt, stream};

use super::failure::{ItemError, Stop};
use super::fan_out::each;
use super::job::Run;
use super::prepare::Action;
use super::rows;
use super::spill::{Forward, Spill};
use super::verify_item::Subject;
use super::written::Written;
use super::{download, upload};

/// What a transfer came to.
#[derive(Debug)]
pub(super) struct Transferred {
    pub(super) written: Spill<Subject>,
    /// Items of a restore for which something at the destination has to be removed first.
    pub(super) deferred: Spill<Action>,
    pub(super) failed: u64,
}

enum Ended {
    Written(Subject),
    Deferred(Action),
    Failed,
}

impl Transferred {
    pub(super) fn new() -> Result<Self, Stop> {
        Ok(Self { written: Spill::new()?, deferred: Spill::new()?, failed: 0 })
    }

    /// Writes every item. With `defer`, what is in the way is left for later instead of failing.
    pub(super) async fn write(
        &mut self,
        run: &Arc<Run>,
        actions: Forward<Action>,
        defer: bool,
    ) -> Result<(), Stop> {
        let work = |action| one(Arc::clone(run), action, defer);
        let mut results = std::pin::pin!(each(stream::iter(actions), work));
        while let Some(result) = results.next().await {
            match result.ok_or_else(|| Stop::Broken("transferring".to_owned()))?? {
                Ended::Written(subject) => self.written.push(&subject)?,
                Ended::Deferred(action) => self.deferred.push(&action)?,
                Ended::Failed => self.failed += 1,
            }
        }
        if run.live.is_cancelled() { Err(Stop::Cancelled) } else { Ok(()) }
    }
}

/// One item, and its row.
async fn one(run: Arc<Run>, action: std::io::Result<Action>, defer: bool) -> Result<Ended, Stop> {
    let action = action?;
    let result = if run.job.restores() {
        download::write(&run, &action).await
    } else {
        upload::write(&run, &action).await
    };
    Ok(match result {
        Ok(written) => Ended::Written(succeeded(&run, &action, written)),
        Err(ItemError::Cancelled) => Ended::Failed,
        Err(ItemError::InTheWay) if defer => Ended::Deferred(action),
        Err(reason) => {
            failed(&run, &action, &reason);
            Ended::Failed
        }
    })
}

/// Counts, logs and reports a written item.
pub(super) fn succeeded(run: &Run, action: &Action, written: Written) -> Subject {
    run.live.count.transferred.one(written.item.is_directory());
    run.log.transferred(&written.item.path, written.item.size);
    run.spool.transferred(rows::transferred(
        run,
        action,
        &written.item,
        written.version_id.as_deref(),
    ));
    // A restore writes no version; what it read is the one to verify against.
    let Written { item, version_id, sha } = written;
    Subject { path: item.path, key: action.key.clone(), version_id, sha, only_object: false }
}

/// The same for one that could not be written.
pub(super) fn failed(run: &Run, action: &Action, reason: &ItemError) {
    let (item, how) = (&action.item, action.how);
    run.live.count.failed_transfer.one(item.is_directory());
    run.log.error(&item.path, &reason.line(&item.path));
    run.spool.transferred(rows::not_transferred(run, &item.path, Some(item), Some(how), reason));
}
