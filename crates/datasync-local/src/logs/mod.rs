//! The task's log in CloudWatch Logs: which lines an execution writes at its level, and how they
//! get there.
//!
//! Rule: a log that cannot be written is told once in our own log and never holds up or fails an
//! execution.

mod deliver;
mod line;
mod task_log;

pub use task_log::TaskLog;
