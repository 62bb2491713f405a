//! Helpers of this crate's tests.

pub(crate) mod fixtures;
pub(crate) mod random_execution;
