//! Transfer: the plan's items written, many at a time.

use std::sync::Arc;

use futures::{StreamExt, stream};

use super::failure::{ItemError, Stop};
use super::fan_out::each;
use super::job::Run;
use super::live::add;
use super::prepare::Action;
use super::rows;
use super::upload::{Written, write};

/// What a transfer came to.
#[derive(Debug, Default)]
pub(super) struct Transferred {
    pub(super) written: Vec<Written>,
    pub(super) failed: u64,
}

/// Writes every item of the plan.
pub(super) async fn transfer(run: &Arc<Run>, actions: Vec<Action>) -> Result<Transferred, Stop> {
    let mut done = Transferred::default();
    let mut results = std::pin::pin!(each(stream::iter(actions), |action| one(Arc::clone(run), action)));
    while let Some(result) = results.next().await {
        match result.ok_or_else(|| Stop::Broken("transferring".to_owned()))? {
            Some(written) => done.written.push(written),
            None => done.failed += 1,
        }
    }
    if run.live.is_cancelled() { Err(Stop::Cancelled) } else { Ok(done) }
}

/// One item, and its row.
async fn one(run: Arc<Run>, action: Action) -> Option<Written> {
    match write(&run, &action).await {
        Ok(written) => {
            add(&run.live.count.files_transferred, 1);
            run.spool.transferred(&rows::transferred(&run, &action, &written.item, written.version_id.as_deref()));
            Some(written)
        }
        Err(ItemError::Cancelled) => None,
        Err(reason) => {
            let (item, how) = (&action.item, action.how);
            tracing::warn!("{}: {reason}", item.path);
            run.spool.transferred(&rows::not_transferred(&run, &item.path, Some(item), Some(how), &reason));
            None
        }
    }
}
