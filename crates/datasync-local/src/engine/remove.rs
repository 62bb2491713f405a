//! Removal (`PreserveDeletedFiles=REMOVE`): a plain `DeleteObject` for what the source no longer has. In a versioned
//! bucket that adds a delete marker; the versions stay.

use std::sync::Arc;

use futures::{StreamExt, stream};

use super::failure::{ItemError, Stop};
use super::fan_out::each;
use super::job::Run;
use super::listing::Listed;
use super::live::add;
use super::rows;

/// Removes the objects; returns how many could not be removed.
pub(super) async fn remove(run: &Arc<Run>, objects: Vec<Listed>) -> Result<u64, Stop> {
    let mut failed = 0;
    let mut results = std::pin::pin!(each(stream::iter(objects), |object| one(Arc::clone(run), object)));
    while let Some(removed) = results.next().await {
        failed += u64::from(!removed.ok_or_else(|| Stop::Broken("removing".to_owned()))?);
    }
    if run.live.is_cancelled() { Err(Stop::Cancelled) } else { Ok(failed) }
}

async fn one(run: Arc<Run>, object: Listed) -> bool {
    if run.live.is_cancelled() {
        return true;
    }
    let sent = run.job.s3.delete_object().bucket(&run.job.bucket).key(&object.key).send().await;
    let failure = sent.map_err(|error| ItemError::s3("Delete Object", error)).err();
    if failure.is_none() {
        add(&run.live.count.files_deleted, 1);
    }
    let path = format!("/{}", object.key.strip_prefix(&run.job.prefix).unwrap_or(&object.key));
    run.spool.deleted(&rows::deleted(&path, object.size, failure.as_ref()));
    failure.is_none()
}
