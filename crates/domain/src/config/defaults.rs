//! The values of keys that may be left out.

pub(super) const NETWORK_CIDR: &str = "10.42.0.0/16";
pub(super) const AVAILABILITY_ZONES: u8 = 2;
pub(super) const FLOW_LOG_RETENTION_DAYS: i32 = 30;
pub(super) const SUBDIRECTORY: &str = "/";
pub(super) const ABORT_MULTIPART_DAYS: i32 = 7;
/// The reference project's retention of DataSync's log.
pub(super) const TASK_LOG_RETENTION_DAYS: i32 = 7;
pub(super) const INSTANCE_TYPE: &str = "t3.micro";
pub(super) const ROOT_VOLUME_GB: i32 = 16;
pub(super) const SCHEDULE: &str = "rate(1 hour)";
pub(super) const FULL_VERIFICATION: &str = "rate(7 days)";
pub(super) const MEMORY_MB: i32 = 256;
pub(super) const TIMEOUT_SECONDS: i32 = 300;
pub(super) const FUNCTION_LOG_RETENTION_DAYS: i32 = 30;
