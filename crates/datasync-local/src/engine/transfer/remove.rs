//! The removal of items that the source does not have (`PreserveDeletedFiles=REMOVE`). In a bucket
//! it is a plain `DeleteObject`: a versioned bucket gets a delete marker, and the versions stay.

use std::path::Path;
use std::sync::Arc;

use futures::{StreamExt, stream};
use rustix::fs::{AtFlags, unlinkat};
use rustix::io::Errno;

use crate::engine::context::EngineContext;
use crate::engine::failure::Stop;
use crate::engine::item_error::ItemError;
use crate::engine::plan::action::Removal;
use crate::engine::plan::prepare::CopyPlan;
use crate::engine::record_list::RecordList;
use crate::engine::tasks::{for_each_unordered, run_blocking};

/// The result of removing one item.
enum RemovalOutcome {
    Removed,
    /// A directory that still holds items: excluded by the filters, or created meanwhile.
    Kept,
}

/// Removes the plan's items, unless a part of the source could not be read: a missing item might
/// only be unreadable. Returns the number of items that could not be removed.
pub(crate) async fn remove_items(
    context: &Arc<EngineContext>,
    plan: &mut CopyPlan,
) -> Result<u64, Stop> {
    let removals = std::mem::replace(&mut plan.removals, RecordList::new()?);
    let directories = std::mem::replace(&mut plan.directory_removals, RecordList::new()?);
    let count = removals.len() + directories.len();
    if plan.unreadable > 0 && count > 0 {
        let unreadable = plan.unreadable;
        context.recorder.log_warning(
            "/",
            &format!("{count} items are not deleted: {unreadable} of the source could not be read"),
        );
        return Ok(0);
    }
    let failed = remove_all(context, removals, directories).await?;
    context.stop_if_cancelled()?;
    Ok(failed)
}

/// Removes the items, and the directories after their content.
async fn remove_all(
    context: &Arc<EngineContext>,
    removals: RecordList<Removal>,
    directories: RecordList<Removal>,
) -> Result<u64, Stop> {
    let mut failed = 0;
    let remove = |removal| remove_item(Arc::clone(context), removal);
    let removals = stream::iter(removals.into_forward()?);
    let mut results = std::pin::pin!(for_each_unordered(removals, remove));
    while let Some(removed) = results.next().await {
        failed += u64::from(!removed.ok_or_else(|| Stop::Broken("removing".to_owned()))??);
    }
    for directory in directories.into_backward()? {
        failed += u64::from(!remove_item(Arc::clone(context), directory).await?);
    }
    Ok(failed)
}

/// Removes one item; `false` when it could not be removed.
async fn remove_item(
    context: Arc<EngineContext>,
    read: std::io::Result<Removal>,
) -> Result<bool, Stop> {
    let removal = read?;
    if context.is_cancelled() {
        return Ok(true);
    }
    let failure = match remove_at_destination(&context, &removal).await {
        Ok(RemovalOutcome::Kept) => return Ok(true),
        Ok(RemovalOutcome::Removed) => None,
        Err(reason) => Some(reason),
    };
    context.recorder.record_removal(&removal, failure.as_ref());
    Ok(failure.is_none())
}

async fn remove_at_destination(
    context: &Arc<EngineContext>,
    removal: &Removal,
) -> Result<RemovalOutcome, ItemError> {
    if context.settings.is_restore() {
        remove_file(context, removal).await
    } else {
        remove_object(context, removal).await
    }
}

async fn remove_object(
    context: &EngineContext,
    removal: &Removal,
) -> Result<RemovalOutcome, ItemError> {
    let sent = context.s3.delete_object(&removal.key).send().await;
    sent.map_err(|error| ItemError::s3("Delete Object", error))?;
    context.cache.evict(&removal.key);
    Ok(RemovalOutcome::Removed)
}

async fn remove_file(
    context: &Arc<EngineContext>,
    removal: &Removal,
) -> Result<RemovalOutcome, ItemError> {
    let (owner, path) = (Arc::clone(context), removal.item.path.clone());
    let is_directory = removal.item.is_directory();
    run_blocking(move || {
        let opened = owner.tree.open_parent(Path::new(&path));
        let (parent, name) = opened.map_err(|error| ItemError::write_failed(&error))?;
        let flags = if is_directory { AtFlags::REMOVEDIR } else { AtFlags::empty() };
        match unlinkat(&parent, name, flags) {
            // An item that is gone already counts as removed.
            Ok(()) | Err(Errno::NOENT) => Ok(RemovalOutcome::Removed),
            Err(Errno::NOTEMPTY | Errno::EXIST) if is_directory => Ok(RemovalOutcome::Kept),
            Err(error) => Err(ItemError::write_failed(&error.into())),
        }
    })
    .await
}
