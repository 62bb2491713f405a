//! The decision on a pair whose source is the bucket.

use domain::posix::{FileKind, Posix};

use crate::engine::context::EngineContext;
use crate::engine::item::FileItem;
use crate::engine::item_error::ItemError;
use crate::engine::object_head::ObjectHead;
use crate::engine::plan::action::{Removal, WriteAction, WriteMode};
use crate::engine::plan::compare::{ItemDifference, compare_metadata, compare_sizes};
use crate::engine::plan::decision::{DecisionState, PairDecision};
use crate::engine::scan::listed_object::ListedObject;
use crate::engine::scan::pair::Pair;

pub(crate) fn decide_restore(context: &EngineContext, pair: Pair) -> DecisionState {
    DecisionState::Decided(match pair {
        Pair::OnlyFile { item, key } if context.settings.remove_deleted => {
            PairDecision::Remove(Removal { item, key })
        }
        Pair::OnlyFile { .. } | Pair::Implied(_) => PairDecision::Nothing,
        Pair::OnlyObject(object) => decide_only_object(context, object),
        Pair::Both { item, object } => return decide_both(context, item, object),
        Pair::Unreadable { path, reason } if is_about_bucket(&reason) => {
            PairDecision::Unreadable { path, reason }
        }
        Pair::Unreadable { path, reason } => {
            context.recorder.log_warning(&path, &reason.to_string());
            PairDecision::Nothing
        }
    })
}

/// Whether an error of reading the pairs is about the bucket, as a manifest's errors are. The
/// walk's errors are about the directory, which is the destination of a restore.
pub(crate) fn is_about_bucket(reason: &ItemError) -> bool {
    !matches!(
        reason,
        ItemError::Open(_) | ItemError::OtherKind | ItemError::Name | ItemError::LongKey
    )
}

fn decide_only_object(context: &EngineContext, object: ListedObject) -> PairDecision {
    match context.s3.checked_path(&object) {
        Ok(path) => {
            PairDecision::Write(action_of(listed_item(path, &object), object, WriteMode::Create))
        }
        Err(reason) => PairDecision::Unreadable { path: context.s3.path_of(&object.key), reason },
    }
}

fn decide_both(
    context: &EngineContext,
    existing: FileItem,
    mut object: ListedObject,
) -> DecisionState {
    if context.settings.rewrite_all {
        let source = listed_item(existing.path.clone(), &object);
        return DecisionState::Decided(if context.settings.never_overwrite {
            leave_alone(source, existing, object)
        } else {
            PairDecision::Write(action_of(source, object, WriteMode::Overwrite))
        });
    }
    match object.known_head.take() {
        Some(head) => {
            DecisionState::Decided(decide_known_restore(context, existing, object, &head))
        }
        None => DecisionState::NeedsHead(existing, object),
    }
}

fn keep_item(
    context: &EngineContext,
    source: FileItem,
    object: ListedObject,
    is_directory: bool,
) -> PairDecision {
    context.recorder.record_unchanged(&source);
    if is_directory {
        PairDecision::KeepDirectory(action_of(source, object, WriteMode::Keep))
    } else {
        PairDecision::Nothing
    }
}

/// The decision on a pair whose object's metadata is known.
pub(crate) fn decide_known_restore(
    context: &EngineContext,
    existing: FileItem,
    object: ListedObject,
    head: &ObjectHead,
) -> PairDecision {
    let source = head.to_item(&existing.path, &object.key);
    let mode = match compare_items(context, &source, &existing) {
        ItemDifference::None => return keep_item(context, source, object, existing.is_directory()),
        _ if context.settings.never_overwrite => return leave_alone(source, existing, object),
        ItemDifference::Metadata => WriteMode::MetadataOnly,
        ItemDifference::Content => WriteMode::Overwrite,
    };
    PairDecision::Write(action_of(source, object, mode))
}

fn compare_items(
    context: &EngineContext,
    source: &FileItem,
    existing: &FileItem,
) -> ItemDifference {
    if source.kind != existing.kind {
        return ItemDifference::Content;
    }
    compare_sizes(source, existing.size).unwrap_or_else(|| {
        let kept = context.settings.kept_metadata(&source.posix);
        compare_metadata(source, &kept, &existing.posix)
    })
}

fn leave_alone(source: FileItem, existing: FileItem, object: ListedObject) -> PairDecision {
    let key = object.key.clone();
    let directory = existing.is_directory().then(|| action_of(existing, object, WriteMode::Keep));
    PairDecision::LeaveAlone { item: source, key, directory }
}

fn action_of(item: FileItem, object: ListedObject, mode: WriteMode) -> WriteAction {
    WriteAction { item, key: object.key, version_id: object.version_id, mode }
}

/// The item of an object of which only the listing is known.
fn listed_item(path: String, object: &ListedObject) -> FileItem {
    let kind = if object.is_directory() { FileKind::Directory } else { FileKind::Regular };
    FileItem { path, kind, posix: Posix::default(), size: object.size }
}
