//! Warnings about the syncs of a stack together. Pure.

mod overlaps;
mod quotas;
mod simultaneous_starts;

use crate::config::{ConfigWarning, ResolvedSync, StackConfig};

/// The warnings about all syncs of a stack.
pub(in crate::config) fn find_warnings(
    config: &StackConfig,
    syncs: &[ResolvedSync],
) -> Vec<ConfigWarning> {
    let mut found = quotas::find_exceeded_quotas(config, syncs);
    found.extend(overlaps::find_overlaps(config, syncs));
    found.extend(simultaneous_starts::find_simultaneous_starts(config, syncs));
    found
}

#[cfg(test)]
mod tests;
