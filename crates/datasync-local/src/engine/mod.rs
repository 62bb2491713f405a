//! The copy engine between a directory and an S3 prefix, in DataSync's phases and in both
//! directions.
//!
//! [`run`] goes prepare (walk, list, compare) → transfer (write, remove) → verify (read back).
//! Rules: whatever could not be copied, kept or proven becomes a failed row and an execution that
//! ends as ERROR, nothing is hidden; and no list as long as the file system is ever held in memory.

mod annotate;
mod buffers;
mod compare;
mod download;
mod failure;
mod fan_out;
mod filter;
mod folders;
mod headers;
mod item;
mod job;
mod judge;
mod ledger;
mod listing;
mod live;
mod manifest_pairs;
mod object;
mod pairs;
mod prepare;
mod quick_listing;
mod read_ahead;
mod remove;
mod rows;
mod run;
mod settings;
mod source;
mod spill;
mod staging;
mod throttle;
mod transfer;
mod tree;
mod upload;
mod upload_journal;
mod upload_parts;
mod verify;
mod verify_item;
mod walk;
mod written;
mod xml;

pub use failure::Failure;
pub use filter::{Filter, FilterError};
pub(crate) use job::sides;
pub use job::{Direction, Job};
pub(crate) use ledger::remove as remove_ledger;
pub use live::Live;
pub use run::{Durations, Outcome, Phase, run};
pub(crate) use staging::clean_interrupted;
pub(crate) use upload_journal::abort_left as abort_left_uploads;
