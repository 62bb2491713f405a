//! Removal (`PreserveDeletedFiles=REMOVE`) of what the source no longer has. In a bucket it is a
//! plain `DeleteObject`: a versioned one gets a delete marker, and the versions stay.

use std::path::Path;
use std::sync::Arc;

use aws::exact_key::exact_key;
use futures::{StreamExt, stream};
use rustix::fs::{AtFlags, unlinkat};
use rustix::io::Errno;

use super::failure::{ItemError, Stop};
use super::fan_out::each;
use super::job::Run;
use super::prepare::{Plan, Removal};
use super::rows;
use super::source::blocking;
use super::spill::Spill;

/// What removing one item came to.
enum Ended {
    Removed,
    /// A directory that still holds what the filters leave out, or what came meanwhile.
    Kept,
}

/// Removes what the plan says, unless a part of the source could not be seen: what is there might
/// only be unreadable. Returns how many items could not be removed.
pub(super) async fn removed(run: &Arc<Run>, plan: &mut Plan) -> Result<u64, Stop> {
    let removals = std::mem::replace(&mut plan.removals, Spill::new()?);
    let folders = std::mem::replace(&mut plan.folder_removals, Spill::new()?);
    let count = removals.len() + folders.len();
    if plan.unreadable > 0 && count > 0 {
        let unreadable = plan.unreadable;
        run.log.warn(
            "/",
            &format!("{count} items are not deleted: {unreadable} of the source could not be read"),
        );
        return Ok(0);
    }
    let mut failed = 0;
    let mut results = std::pin::pin!(each(stream::iter(removals.into_records()?), |item| one(
        Arc::clone(run),
        item
    )));
    while let Some(removed) = results.next().await {
        failed += u64::from(!removed.ok_or_else(|| Stop::Broken("removing".to_owned()))??);
    }
    for folder in folders.into_reversed()? {
        failed += u64::from(!one(Arc::clone(run), folder).await?);
    }
    if run.live.is_cancelled() { Err(Stop::Cancelled) } else { Ok(failed) }
}

async fn one(run: Arc<Run>, removal: std::io::Result<Removal>) -> Result<bool, Stop> {
    let removal = removal?;
    if run.live.is_cancelled() {
        return Ok(true);
    }
    let (is_folder, path) = (removal.item.is_directory(), removal.item.path.clone());
    let ended = if run.job.restores() {
        remove_file(&run, &removal).await
    } else {
        remove_object(&run, &removal).await
    };
    let failure = match ended {
        Ok(Ended::Kept) => return Ok(true),
        Ok(Ended::Removed) => None,
        Err(reason) => Some(reason),
    };
    if let Some(reason) = &failure {
        run.live.count.failed_delete.one(is_folder);
        run.log.error(&path, &reason.line(&path));
    } else {
        run.live.count.deleted.one(is_folder);
        run.log.deleted(&path);
    }
    run.spool.deleted(rows::deleted(&removal.item, failure.as_ref()));
    Ok(failure.is_none())
}

async fn remove_object(run: &Run, removal: &Removal) -> Result<Ended, ItemError> {
    let sent = run
        .job
        .s3
        .delete_object()
        .bucket(&run.job.bucket)
        .key(exact_key(&removal.key))
        .send()
        .await;
    sent.map_err(|error| ItemError::s3("Delete Object", error))?;
    run.ledger.forget(&removal.key);
    Ok(Ended::Removed)
}

async fn remove_file(run: &Arc<Run>, removal: &Removal) -> Result<Ended, ItemError> {
    let (remover, path, is_folder) =
        (Arc::clone(run), removal.item.path.clone(), removal.item.is_directory());
    blocking(move || {
        let (parent, name) =
            remover.tree.parent(Path::new(&path)).map_err(|error| ItemError::write(&error))?;
        let flags = if is_folder { AtFlags::REMOVEDIR } else { AtFlags::empty() };
        match unlinkat(&parent, name, flags) {
            // Gone already is as good as removed.
            Ok(()) | Err(Errno::NOENT) => Ok(Ended::Removed),
            Err(Errno::NOTEMPTY | Errno::EXIST) if is_folder => Ok(Ended::Kept),
            Err(error) => Err(ItemError::write(&error.into())),
        }
    })
    .await
}
