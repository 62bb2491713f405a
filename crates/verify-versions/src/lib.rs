//! Lambda: proves every object version that an execution transferred.
//!
//! The task report names the files that were transferred and the version of each; S3 has the
//! versions. Both are joined by path outside of memory, compared path by path, and become a proof.
//! No buffer grows with the number of files.

mod alert;
mod app;
mod audit;
mod build_id;
mod compare;
mod concurrency_limit;
mod decide;
mod deployed_stack;
mod destination_bucket;
mod error;
mod fan_out;
mod handler;
mod input;
mod invocation;
mod invoke_self;
mod joined_row;
mod merge;
mod outcome;
mod partition;
mod previous_proof;
mod proof_parts;
mod proof_target;
mod report;
mod row_codec;
mod scheduled_audit;
mod scratch;
mod shard_verifier;
mod summary;
#[cfg(test)]
mod testing;
mod verified_row;
mod version_lookup;
mod worker_task;

pub use app::VerifyApp;
pub use error::VerifyError;
pub use handler::{handle, handle_at};
pub use outcome::VerifyOutcome;
