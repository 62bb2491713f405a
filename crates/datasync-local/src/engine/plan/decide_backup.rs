//! The decision on a pair whose source is the directory.

use domain::posix::{FileKind, Posix};

use crate::engine::context::EngineContext;
use crate::engine::item::FileItem;
use crate::engine::object_head::ObjectHead;
use crate::engine::plan::action::{Removal, WriteAction, WriteMode};
use crate::engine::plan::compare::{ItemDifference, compare_metadata, compare_sizes};
use crate::engine::plan::decision::{DecisionState, PairDecision};
use crate::engine::scan::listed_object::ListedObject;
use crate::engine::scan::pair::Pair;

pub(crate) fn decide_backup(context: &EngineContext, pair: Pair) -> DecisionState {
    let create = |item, key| {
        PairDecision::Write(WriteAction { item, key, version_id: None, mode: WriteMode::Create })
    };
    DecisionState::Decided(match pair {
        Pair::OnlyFile { item, .. } | Pair::Both { item, .. } | Pair::Implied(item)
            if item.kind == FileKind::Special =>
        {
            PairDecision::Special(item)
        }
        Pair::OnlyFile { item, key } => create(item, key),
        Pair::Implied(item) => {
            let key = context.s3.key_of(&item);
            create(item, key)
        }
        Pair::Both { item, object } => return decide_both(context, item, object),
        Pair::OnlyObject(object) => decide_only_object(context, object),
        Pair::Unreadable { path, reason } => PairDecision::Unreadable { path, reason },
    })
}

fn decide_both(context: &EngineContext, item: FileItem, mut object: ListedObject) -> DecisionState {
    let known_by_size = if context.settings.rewrite_all {
        Some(ItemDifference::Content)
    } else {
        compare_sizes(&item, object.size)
    };
    if let Some(difference) = known_by_size {
        return DecisionState::Decided(decide_difference(context, item, object, difference));
    }
    match object.known_head.take() {
        Some(head) => DecisionState::Decided(decide_known_backup(context, item, object, &head)),
        None => DecisionState::NeedsHead(item, object),
    }
}

/// The decision on a pair whose object's metadata is known.
pub(crate) fn decide_known_backup(
    context: &EngineContext,
    item: FileItem,
    object: ListedObject,
    head: &ObjectHead,
) -> PairDecision {
    let kept = context.settings.kept_metadata(&item.posix);
    let difference = compare_metadata(&item, &kept, &head.posix);
    decide_difference(context, item, object, difference)
}

fn decide_difference(
    context: &EngineContext,
    item: FileItem,
    object: ListedObject,
    difference: ItemDifference,
) -> PairDecision {
    let mode = match difference {
        ItemDifference::None => {
            context.recorder.record_unchanged(&item);
            return PairDecision::Nothing;
        }
        _ if context.settings.never_overwrite => {
            return PairDecision::LeaveAlone { item, key: object.key, directory: None };
        }
        ItemDifference::Metadata => WriteMode::MetadataOnly,
        ItemDifference::Content => WriteMode::Overwrite,
    };
    PairDecision::Write(WriteAction { item, key: object.key, version_id: None, mode })
}

fn decide_only_object(context: &EngineContext, object: ListedObject) -> PairDecision {
    if !context.settings.remove_deleted {
        return PairDecision::Nothing;
    }
    let kind = if object.is_directory() { FileKind::Directory } else { FileKind::Regular };
    let path = context.s3.path_of(&object.key);
    let item = FileItem { path, kind, posix: Posix::default(), size: object.size };
    PairDecision::Remove(Removal { item, key: object.key })
}
