//! The directories of a restore. They are created when missing, and get their metadata last, the
//! deepest first: then no write below changes their times or needs their permission any more.

use std::sync::Arc;

use futures::{StreamExt, stream};

use crate::engine::content_hash::sha256_of;
use crate::engine::context::EngineContext;
use crate::engine::failure::Stop;
use crate::engine::item::FileItem;
use crate::engine::item_error::ItemError;
use crate::engine::plan::action::{WriteAction, WriteMode};
use crate::engine::record_list::RecordList;
use crate::engine::tasks::{for_each_ordered, run_blocking};
use crate::engine::transfer::make_directories::create_directory;
use crate::engine::transfer::staging::apply_metadata_in_place;
use crate::engine::transfer::write_items::{TransferTotals, record_written};
use crate::engine::transfer::written_item::WrittenItem;

/// Finishes every directory of the plan.
pub(crate) async fn finish_directories(
    context: &Arc<EngineContext>,
    directories: RecordList<WriteAction>,
    totals: &mut TransferTotals,
) -> Result<(), Stop> {
    let actions = stream::iter(directories.into_backward()?);
    let complete = |action| complete_metadata(Arc::clone(context), action);
    let mut results = std::pin::pin!(for_each_ordered(actions, complete));
    while let Some(result) = results.next().await {
        let (action, completed) =
            result.ok_or_else(|| Stop::Broken("finishing directories".to_owned()))??;
        context.stop_if_cancelled()?;
        match write_completed(context, completed).await {
            Ok(_) if action.mode == WriteMode::Keep => {}
            Ok(written) => totals.written.push(&record_written(context, &action, written))?,
            Err(reason) => totals.record_failure(context, &action, &reason),
        }
    }
    Ok(())
}

/// Reads the metadata of a directory of which only the listing is known so far.
async fn complete_metadata(
    context: Arc<EngineContext>,
    read: std::io::Result<WriteAction>,
) -> Result<(WriteAction, Result<WrittenItem, ItemError>), Stop> {
    let action = read?;
    let is_known = action.mode == WriteMode::Keep || action.item.posix.mode.is_some();
    let item =
        if is_known { Ok(action.item.clone()) } else { read_object_item(&context, &action).await };
    let written = item.map(|item| WrittenItem {
        item,
        version_id: action.version_id.clone(),
        sha: Some(sha256_of(b"")),
    });
    Ok((action, written))
}

async fn read_object_item(
    context: &EngineContext,
    action: &WriteAction,
) -> Result<FileItem, ItemError> {
    match context.s3.find_object(&action.key, action.version_id.as_deref()).await? {
        Some(head) => Ok(head.to_item(&action.item.path, &action.key)),
        None => Err(ItemError::Changed),
    }
}

async fn write_completed(
    context: &Arc<EngineContext>,
    completed: Result<WrittenItem, ItemError>,
) -> Result<WrittenItem, ItemError> {
    write_directory(context, completed?).await
}

async fn write_directory(
    context: &Arc<EngineContext>,
    written: WrittenItem,
) -> Result<WrittenItem, ItemError> {
    let (owner, path) = (Arc::clone(context), written.item.path.clone());
    let kept = context.settings.kept_metadata(&written.item.posix);
    run_blocking(move || {
        create_directory(&owner.tree, &path)?;
        let applied = apply_metadata_in_place(&owner.tree, &path, &kept, false);
        Ok(applied.map_err(|error| ItemError::write_failed(&error))??)
    })
    .await?;
    Ok(written)
}
