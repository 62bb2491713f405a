//! The plan's items, written many at a time.

use std::sync::Arc;

use futures::{StreamExt, stream};

use crate::engine::context::EngineContext;
use crate::engine::failure::Stop;
use crate::engine::item_error::ItemError;
use crate::engine::plan::action::WriteAction;
use crate::engine::record_list::{ForwardRecords, RecordList};
use crate::engine::tasks::for_each_unordered;
use crate::engine::transfer::download::download_item;
use crate::engine::transfer::upload::upload_item;
use crate::engine::transfer::written_item::WrittenItem;
use crate::engine::verify::subject::VerifySubject;

/// The results of a transfer.
#[derive(Debug)]
pub(crate) struct TransferTotals {
    pub(crate) written: RecordList<VerifySubject>,
    /// Items of a restore that need a removal at the destination first.
    pub(crate) deferred: RecordList<WriteAction>,
    pub(crate) failed: u64,
}

enum TransferOutcome {
    Written(VerifySubject),
    Deferred(WriteAction),
    Failed,
}

impl TransferTotals {
    pub(crate) fn new() -> Result<Self, Stop> {
        Ok(Self { written: RecordList::new()?, deferred: RecordList::new()?, failed: 0 })
    }

    pub(crate) fn record_failure(
        &mut self,
        context: &EngineContext,
        action: &WriteAction,
        reason: &ItemError,
    ) {
        context.recorder.record_transfer_failure(action, reason);
        self.failed += 1;
    }

    /// Writes every item. With `defer`, an item with another one in its way is left for later
    /// instead of failing.
    pub(crate) async fn write_all(
        &mut self,
        context: &Arc<EngineContext>,
        actions: ForwardRecords<WriteAction>,
        defer: bool,
    ) -> Result<(), Stop> {
        let write = |action| write_item(Arc::clone(context), action, defer);
        let mut results = std::pin::pin!(for_each_unordered(stream::iter(actions), write));
        while let Some(result) = results.next().await {
            match result.ok_or_else(|| Stop::Broken("transferring".to_owned()))?? {
                TransferOutcome::Written(subject) => self.written.push(&subject)?,
                TransferOutcome::Deferred(action) => self.deferred.push(&action)?,
                TransferOutcome::Failed => self.failed += 1,
            }
        }
        context.stop_if_cancelled()
    }
}

async fn copy_item(
    context: &Arc<EngineContext>,
    action: &WriteAction,
) -> Result<WrittenItem, ItemError> {
    if context.settings.is_restore() {
        download_item(context, action).await
    } else {
        upload_item(context, action).await
    }
}

/// Writes one item, and records the result.
async fn write_item(
    context: Arc<EngineContext>,
    read: std::io::Result<WriteAction>,
    defer: bool,
) -> Result<TransferOutcome, Stop> {
    let action = read?;
    Ok(match copy_item(&context, &action).await {
        Ok(written) => TransferOutcome::Written(record_written(&context, &action, written)),
        Err(ItemError::Cancelled) => TransferOutcome::Failed,
        Err(ItemError::InTheWay) if defer => TransferOutcome::Deferred(action),
        Err(reason) => {
            context.recorder.record_transfer_failure(&action, &reason);
            TransferOutcome::Failed
        }
    })
}

/// Records a written item; returns what the verification compares.
pub(crate) fn record_written(
    context: &EngineContext,
    action: &WriteAction,
    written: WrittenItem,
) -> VerifySubject {
    context.recorder.record_transferred(action, &written);
    // A restore writes no version; the version that it read is the one to compare with.
    let WrittenItem { item, version_id, sha } = written;
    VerifySubject { path: item.path, key: action.key.clone(), version_id, sha, only_object: false }
}
