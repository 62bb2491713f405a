//! Restoring: which versions stood at a moment, the manifest that brings them back, and what came
//! of it.
//!
//! Rule: everything here streams or counts; nothing holds the bucket's listing.

mod as_of;
mod manifest;
mod one_tree;
mod settle;

pub use as_of::{AsOf, Listed, in_order};
pub use manifest::{NotRestorable, line, path_of};
pub use one_tree::{KindChanges, OneTree, Standing};
pub use settle::{Look, OpenQuestion, Settled, Settlement};
