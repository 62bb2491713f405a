//! The task report of an execution: rows are collected on disk, and written to S3 at the end.
//!
//! The shapes and keys are `domain::report`'s; this module fills them.

mod enhanced;
mod levels;
mod publish;
mod spool;
mod summary;

pub use publish::{PublishError, publish_report};
pub use spool::{Spool, SpooledPart};
pub use summary::summary_of;
