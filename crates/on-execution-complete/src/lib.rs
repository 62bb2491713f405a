//! Lambda: records how a DataSync task execution ended, measures it, and alerts when it did not end
//! well.
//!
//! What DataSync and its report say becomes one record; alert, metrics and the state that the next
//! run is compared with follow from the record alone, so whatever a crash leaves open the next
//! invocation completes.

mod alert;
mod classify;
mod decide;
mod doubt;
#[cfg(test)]
mod fixtures;
mod handler;
mod input;
mod items;
#[cfg(test)]
mod live_tree_tests;
mod measure;
#[cfg(test)]
mod mode_tests;
mod origin;
mod outcome;
mod reported;
mod retry;
mod settle;
#[cfg(test)]
mod trace_tests;
mod words;
#[cfg(test)]
mod world;

pub use handler::{App, HandlerError, handle, handle_at};
pub use input::InputError;
pub use outcome::Outcome;
pub use settle::SettleError;
