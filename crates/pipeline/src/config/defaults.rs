//! The values of keys that may be left out.

pub(super) const SUBDIRECTORY: &str = "/";
/// The reference project's retention of DataSync's log.
pub(super) const TASK_LOG_RETENTION_DAYS: i32 = 7;
pub(super) const SCHEDULE: &str = "rate(1 hour)";
pub(super) const MEMORY_MB: i32 = 256;
pub(super) const TIMEOUT_SECONDS: i32 = 300;
pub(super) const FUNCTION_LOG_RETENTION_DAYS: i32 = 30;
