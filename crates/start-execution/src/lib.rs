//! The Lambda function `start-execution`. It starts at most one DataSync task execution for each
//! scheduled slot, and its sweep finds what lost events left unfinished.
//!
//! It does not record how executions end (`on-execution-complete` does) and verifies nothing
//! (`verify-versions` does).

mod alerts;
mod app;
mod conditions;
mod decide;
mod error;
mod handler;
mod held_starts;
mod input;
mod invocation;
mod outcome;
mod parallel;
mod skipped_retry;
mod start;
mod start_call;
mod start_record;
mod sweep;
mod sweep_syncs;
mod sync_view;
mod task;
#[cfg(test)]
mod testing;
mod waiting_starts;

pub use app::StartApp;
pub use error::{StartError, SyncFailures};
pub use handler::{handle, handle_at};
pub use input::StartInputError;
pub use outcome::{StartOutcome, SweepSummary};
pub use start_record::StartRecordError;
pub use task::TaskError;
