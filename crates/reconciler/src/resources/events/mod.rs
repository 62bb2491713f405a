//! Amazon EventBridge: rules.

pub mod rule;
