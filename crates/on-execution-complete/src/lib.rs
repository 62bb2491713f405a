//! The Lambda function `on-execution-complete`. It records how a DataSync task execution ended,
//! emits its metrics, and sends an alert if it did not succeed.
//!
//! One record is built from what DataSync and its report say. Alert, metrics and the state that the
//! next run is compared with follow from the record alone, so that the next invocation completes
//! whatever a crash has left open. This function does not verify what was copied
//! (`verify-versions` does).

mod alert;
mod alert_text;
mod anomalies;
mod app;
#[cfg(test)]
mod changing_files_tests;
mod classify;
mod decide;
mod error;
mod execution_tags;
mod file_issues;
mod follow_up;
mod handler;
mod input;
mod invocation;
mod item_limit;
mod outcome;
mod report_issues;
mod retry;
mod run_metrics;
mod sync_of_execution;
#[cfg(test)]
mod testing;

pub use app::CompletionApp;
pub use error::{CompletionError, FollowUpError};
pub use handler::{handle, handle_at};
pub use input::CompletionInputError;
pub use outcome::CompletionOutcome;
