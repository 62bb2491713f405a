//! AWS Lambda: functions and what invokes them.

pub mod function;
pub mod invoke_config;
pub mod permission;
