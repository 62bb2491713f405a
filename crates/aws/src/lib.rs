//! The access to AWS that the functions and the command line share: the SDK configuration, the text
//! of SDK errors, the records bucket, locks, invocation and alerts.
//!
//! Rule: decisions are made elsewhere. Only this crate turns an `SdkError` into text.

pub mod alert_once;
pub mod alerts;
pub mod clients;
pub mod conditions;
pub mod exact_key;
pub mod executions;
pub mod failure;
pub mod find_execution;
pub mod invoke;
pub mod listed_key;
pub mod lock;
pub mod metrics;
pub mod object_listing;
pub mod records_bucket;
pub mod report_parts;
pub mod throttling;
pub mod version_listing;

pub use failure::SdkFailure;
