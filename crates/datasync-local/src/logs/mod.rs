//! The task's log in CloudWatch Logs: the lines of each level, and their delivery.
//!
//! Rule: a log that cannot be written is reported once in our own log, and never delays or fails an
//! execution.

mod deliver;
mod line;
mod task_log;

pub use task_log::TaskLog;
