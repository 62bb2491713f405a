//! Lambda: provisions, repairs and removes the data plane, and looks for drift once a day.

mod drift;
#[cfg(test)]
mod fixtures;
mod graph;
mod handler;
mod input;
mod outcome;
mod outputs;
mod policies;
mod steps;

pub use graph::data_plane;
pub use handler::{App, HandlerError, handle};
pub use outcome::Outcome;
