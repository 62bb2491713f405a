//! The copy engine between a directory and an S3 prefix, in DataSync's phases and in both
//! directions.
//!
//! [`run`] goes through the phases: prepare (`scan` reads both sides, `plan` compares them),
//! `transfer` and `verify`.
//! Rules: an item that could not be copied, kept or verified becomes a failed row, and the
//! execution then ends as ERROR. No list as long as the file system is held in memory.

mod content_hash;
mod context;
mod execution_input;
mod failure;
mod item;
mod item_error;
mod memory;
mod metadata_cache;
mod object_head;
mod plan;
mod progress;
mod record_list;
mod recorder;
mod report_rows;
mod run;
mod s3_prefix;
mod scan;
mod settings;
mod source_file;
mod task_locations;
mod tasks;
mod transfer;
mod tree;
mod verify;

pub use execution_input::ExecutionInput;
pub use failure::ExecutionFailure;
pub(crate) use metadata_cache::remove_cache_file;
pub use progress::CopyProgress;
pub use run::{EngineOutcome, Phase, PhaseTimes, run};
pub use scan::filter::{FilterError, FilterList};
pub use settings::CopyDirection;
pub use task_locations::TaskLocations;
pub(crate) use transfer::staging::clean_interrupted;
pub(crate) use transfer::upload_journal::abort_left_uploads;
