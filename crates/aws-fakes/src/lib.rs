//! Test doubles of AWS services: they keep everything in memory and sit behind real SDK clients.
//!
//! All doubles of a test may share one [`Outage`], the death of the process between two calls, and
//! one [`Interleaving`], the order in which simultaneous invocations make their calls.
//!
//! This crate is a dev-dependency only. It does not imitate AWS completely: each double knows the
//! calls that the functions make. The local cloud of the end-to-end tests is `datasync-local`.

mod bucket;
pub mod datasync;
mod error;
mod functions;
mod interleaving;
mod outage;
pub mod socket;
mod test_env;
mod topic;

pub use bucket::{FakeBucket, WriteFault};
pub use functions::FakeFunctions;
pub use interleaving::Interleaving;
pub use outage::Outage;
pub use test_env::{TASK, TestEnv, environment, lambda_event, task_arn, time_at};
pub use topic::{FakeTopic, SentAlert};
