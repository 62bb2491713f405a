//! The possible decisions on a pair.

use crate::engine::item::FileItem;
use crate::engine::item_error::ItemError;
use crate::engine::plan::action::{Removal, WriteAction};
use crate::engine::scan::listed_object::ListedObject;

/// The change that a pair needs.
#[derive(Debug)]
pub(crate) enum PairDecision {
    Nothing,
    Write(WriteAction),
    /// A directory of a restore that stays as it is.
    KeepDirectory(WriteAction),
    Remove(Removal),
    /// An item that differs and is not overwritten; `directory` for a directory of a restore, which
    /// keeps its times.
    LeaveAlone {
        item: FileItem,
        key: String,
        directory: Option<WriteAction>,
    },
    Special(FileItem),
    Unreadable {
        path: String,
        reason: ItemError,
    },
}

/// A decision, or the object whose metadata has to be read first.
#[derive(Debug)]
pub(crate) enum DecisionState {
    Decided(PairDecision),
    NeedsHead(FileItem, ListedObject),
}
