//! Lambda: proves every object version that an execution transferred.
//!
//! The task report says what was transferred and which version came of it; S3 says what that
//! version is. The two are joined by path outside of memory, judged path by path, and become a
//! proof. No buffer grows with the number of files.

mod aim;
mod alert;
mod audit;
mod check;
mod code;
mod codec;
mod decide;
mod fan_out;
#[cfg(test)]
mod fan_out_tests;
#[cfg(test)]
mod fixtures;
mod hand_on;
mod handler;
mod input;
#[cfg(test)]
mod item_defect_tests;
mod join;
mod judge;
mod look;
#[cfg(test)]
mod look_directly_tests;
mod merge;
mod object_parts;
mod outcome;
mod pace;
mod proven_before;
#[cfg(test)]
mod random_execution;
mod report;
#[cfg(test)]
mod report_defect_tests;
mod scheduled_audit;
mod scratch;
mod share;
mod sort;
mod spill;
mod tally;
mod verification;

pub use handler::{App, HandlerError, handle, handle_at};
pub use outcome::Outcome;
