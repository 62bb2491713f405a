//! The Lambda function `bootstrap-stack`. It creates, repairs and deletes the data plane, and
//! checks for drift once a day.
//!
//! The data plane is everything that the task needs: network, file system, bucket, roles, locations
//! and the task. The control plane, with this function, is created by the command line. How a
//! resource is created is in the crate `reconciler`.

mod actions;
mod app;
mod daily;
mod data_sources;
pub mod drift;
mod error;
mod graph;
mod handler;
mod input;
mod outcome;
mod outputs;
mod policies;
mod preflight;
mod progress;
mod recent_changes;
mod step_log;
#[cfg(test)]
mod testing;
mod user_data;

pub use app::BootstrapApp;
pub use data_sources::DataSources;
pub use error::BootstrapError;
pub use graph::data_plane;
pub use handler::handle;
pub use outcome::BootstrapOutcome;
pub use policies::{bucket_policy, key_policy};
pub use preflight::{Preflight, PreflightFinding, preflight};
pub use step_log::StepLog;
