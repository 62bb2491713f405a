//! The bounds of the enumerated proofs: `make test` must end within minutes, `make soak` need not.

use std::env;

/// Set by `make soak`.
const SOAK: &str = "EFS_S3_SOAK";

/// Whether there is time.
#[must_use]
pub fn is_soak() -> bool {
    env::var_os(SOAK).is_some()
}

/// The number of applies that start at the same time.
#[must_use]
pub fn at_once() -> Vec<usize> {
    if is_soak() { (2..=8).collect() } else { vec![2, 8] }
}

/// The number of turns that so many ways take with the calls of a stack of three syncs: in a soak
/// each call is failed in each way, else every second call in one of them.
#[must_use]
pub fn turns(ways: usize) -> usize {
    if is_soak() { ways } else { 2 * ways }
}

/// Whether a call is failed in this one of so many ways: in a soak each call in every way, else
/// each call in one of them.
#[must_use]
pub fn is_included(call: usize, way: usize, ways: usize) -> bool {
    is_soak() || call % ways == way
}
