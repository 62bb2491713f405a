//! The decision on one pair.

use std::sync::Arc;

use crate::engine::context::EngineContext;
use crate::engine::item::FileItem;
use crate::engine::plan::decide_backup::{decide_backup, decide_known_backup};
use crate::engine::plan::decide_restore::{decide_known_restore, decide_restore};
use crate::engine::plan::decision::{DecisionState, PairDecision};
use crate::engine::scan::listed_object::ListedObject;
use crate::engine::scan::pair::Pair;

/// Counts the pair and decides on it.
pub(crate) fn decide(context: &EngineContext, pair: Pair) -> DecisionState {
    count_listed(context, &pair);
    if context.settings.is_restore() {
        decide_restore(context, pair)
    } else {
        decide_backup(context, pair)
    }
}

/// Reads the object's metadata, and decides on the pair with it.
pub(crate) async fn decide_with_head(
    context: Arc<EngineContext>,
    item: FileItem,
    object: ListedObject,
) -> PairDecision {
    match context.read_listed_head(&object).await {
        Ok(head) if context.settings.is_restore() => {
            decide_known_restore(&context, item, object, &head)
        }
        Ok(head) => decide_known_backup(&context, item, object, &head),
        Err(reason) => PairDecision::Unreadable { path: item.path, reason },
    }
}

fn count_listed(context: &EngineContext, pair: &Pair) {
    let (file, object) = match pair {
        Pair::OnlyFile { item, .. } => (Some(item.is_directory()), None),
        Pair::Both { item, object } => (Some(item.is_directory()), Some(object.is_directory())),
        Pair::OnlyObject(object) => (None, Some(object.is_directory())),
        Pair::Implied(_) | Pair::Unreadable { .. } => (None, None),
    };
    let counters = &context.progress().counters;
    let is_restore = context.settings.is_restore();
    let (source, destination) = if is_restore { (object, file) } else { (file, object) };
    if let Some(is_directory) = source {
        counters.listed.add_one(is_directory);
    }
    if let Some(is_directory) = destination.filter(|_| context.settings.remove_deleted) {
        counters.listed_for_delete.add_one(is_directory);
    }
}
