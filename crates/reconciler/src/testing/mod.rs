//! Stand-ins for AWS in tests.

pub(crate) mod fake_logs;
pub(crate) mod mocked;
