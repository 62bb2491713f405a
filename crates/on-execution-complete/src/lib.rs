//! Lambda: records how a DataSync task execution ended, and alerts when it did not end well.

mod alert;
mod classify;
mod decide;
#[cfg(test)]
mod fixtures;
mod handler;
mod input;
mod outcome;

pub use handler::{App, HandlerError, handle};
pub use input::InputError;
pub use outcome::Outcome;
