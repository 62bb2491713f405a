//! Amazon CloudWatch Logs: log groups and their policies.

pub mod log_group;
pub mod log_resource_policy;
