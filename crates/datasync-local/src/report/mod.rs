//! The task report of an execution: rows are spooled as they come about, and written to S3 at the
//! end.
//!
//! The shapes and keys are `domain::report`'s; here is what fills them.

mod enhanced;
mod levels;
mod publish;
mod spool;
mod summary;

pub use publish::{PublishError, publish_report};
pub use spool::{Spool, SpooledPart};
pub use summary::summary_of;
