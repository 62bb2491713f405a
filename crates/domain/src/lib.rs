//! The domain as plain data: the configuration, the events and reports of AWS, and our records.
//!
//! Rule: nothing here talks to AWS, reads a clock or touches a file. Whatever crosses a border
//! (TOML, JSON, an ARN) is parsed here into types that cannot be wrong.

pub mod arn;
pub mod byte_size;
pub mod config;
pub mod console;
pub mod encoded_key;
pub mod environment;
pub mod error_code;
pub mod event;
pub mod execution;
pub mod function;
pub mod item_limit;
pub mod limits;
pub mod manifest;
pub mod metrics;
pub mod names;
pub mod overrides;
pub mod partition;
pub mod payload;
pub mod point_in_time;
pub mod posix;
pub mod printable;
pub mod records;
pub mod report;
pub mod request;
pub mod restore;
pub mod similar_name;
pub mod split;
pub mod sync_name;
pub mod sync_role;
