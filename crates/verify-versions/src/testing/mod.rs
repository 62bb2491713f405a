//! Helpers of this crate's tests.

pub(crate) mod fake_app;
pub(crate) mod fixtures;
pub(crate) mod random_execution;
pub(crate) mod verification;
