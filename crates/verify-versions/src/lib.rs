//! Lambda: proves every object version that an execution transferred.
//!
//! The task report says what was transferred and which version came of it; S3 says what that version is. The two are
//! joined by path, judged row by row, and become a proof. Memory: the Verified report is held as an index of some 300
//! bytes a file, the Transferred report one part (5 MB) at a time, the list of proven objects whole (some 300 bytes
//! each).

mod alert;
mod check;
mod decide;
#[cfg(test)]
mod fixtures;
mod handler;
mod input;
mod judge;
mod object_versions;
mod outcome;
mod tally;
mod verification;

pub use handler::{App, HandlerError, handle};
pub use outcome::Outcome;
