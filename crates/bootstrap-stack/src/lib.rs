//! Lambda: provisions, repairs and removes the data plane, and checks it for drift once a day.
//!
//! It says which resources the data plane has and in which order a change is made safe. It is not
//! the reconciler, which creates and deletes them, and it does not deploy the control plane.

mod daily;
pub mod drift;
#[cfg(test)]
mod fixtures;
mod graph;
mod handler;
mod input;
mod just_changed;
mod outcome;
mod outputs;
mod policies;
mod preflight;
mod progress;
mod steps;
mod surroundings;
mod user_data;
mod work;

pub use graph::data_plane;
pub use handler::{App, HandlerError, handle};
pub use outcome::Outcome;
pub use preflight::{Finding, Preflight, preflight};
pub use steps::StepLog;
pub use surroundings::Surroundings;
