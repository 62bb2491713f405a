//! `[functions]`: what Lambda offers.
//!
//! Source: Lambda Developer Guide, "Lambda quotas".

use super::Problems;
use crate::config::FunctionsConfig;

pub(super) fn check(functions: &FunctionsConfig, problems: &mut Problems) {
    let memory = functions.memory_mb;
    let allowed = "must be 128 to 10240, in MB: Lambda offers no other";
    problems.require((128..=10_240).contains(&memory), "functions.memory_mb", memory, allowed);
    let timeout = functions.timeout_seconds;
    let allowed = "must be 120 to 900, in seconds: waiting for a report takes up to 60, and \
        Lambda ends a function after 900";
    problems.require((120..=900).contains(&timeout), "functions.timeout_seconds", timeout, allowed);
    problems.retention("functions.log_retention_days", functions.log_retention_days);
}
