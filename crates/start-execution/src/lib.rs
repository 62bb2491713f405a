//! Lambda: starts at most one DataSync task execution for a schedule slot, and sweeps for lost
//! events, stuck executions and missing proofs.
//!
//! It does not record how an execution ended (`on-execution-complete` does) and compares nothing
//! with S3 (`verify-versions` does): it invokes them again where an event was lost.

mod alert;
mod decide;
mod episodes;
mod handler;
mod held;
#[cfg(test)]
mod held_tests;
mod input;
mod outcome;
mod recorded;
mod retry;
mod slot_record;
mod sweep;
#[cfg(test)]
mod sweep_tests;
mod task;
mod unproven;
mod waiting;
#[cfg(test)]
mod waiting_tests;
mod watch;
#[cfg(test)]
mod world;

pub use handler::{App, HandlerError, handle, handle_at};
pub use input::InputError;
pub use outcome::Outcome;
pub use slot_record::SlotRecordError;
pub use sweep::Swept;
pub use task::TaskError;
