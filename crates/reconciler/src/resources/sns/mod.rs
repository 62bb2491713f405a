//! Amazon SNS: the alert topic and its subscriptions.

pub mod subscription;
pub mod topic;
