//! AWS Lambda: functions, permissions and asynchronous invocation.

pub mod function;
pub mod invoke_config;
pub mod permission;
