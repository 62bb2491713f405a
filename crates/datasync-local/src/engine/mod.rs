//! The copy engine: a directory to an S3 prefix, in DataSync's phases.
//!
//! [`run`] goes prepare (walk, list, compare) → transfer (write, remove) → verify (read back). Rule: whatever could not
//! be copied, kept or proven becomes a failed row and an execution that ends as ERROR; nothing is hidden.

mod compare;
mod failure;
mod fan_out;
mod filter;
mod headers;
mod job;
mod listing;
mod live;
mod pairs;
mod prepare;
mod remove;
mod rows;
mod run;
mod settings;
mod source;
mod throttle;
mod transfer;
mod upload;
mod upload_parts;
mod verify;
mod verify_item;
mod walk;

pub use failure::Failure;
pub use filter::{Filter, FilterError};
pub use job::Job;
pub use live::Live;
pub use run::{Durations, Outcome, Phase, run};
