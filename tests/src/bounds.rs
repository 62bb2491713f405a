//! How much the enumerated proofs enumerate: `make test` has to end within minutes, `make soak` has the time it takes.

use std::env;

/// Set by `make soak`.
const SOAK: &str = "EFS_S3_SOAK";
/// Every how many-th point `make test` looks at, from another one each day: all are looked at in as many days.
const STRIDE: usize = 1;

/// Whether there is time.
#[must_use]
pub fn soak() -> bool {
    env::var_os(SOAK).is_some()
}

/// The points from 1 to `last` to look at.
pub fn points(last: usize) -> impl Iterator<Item = usize> {
    (1..=last).step_by(if soak() { 1 } else { STRIDE })
}
