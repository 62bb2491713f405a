//! `[proof]`: what EventBridge and Object Lock take, and what one audit takes at least.

use super::Problems;
use crate::config::ProofConfig;
use crate::config::schedule_expression::{self, rate_minutes};

/// An audit lists every object that was ever proven.
const LEAST_MINUTES: i64 = 60;

/// A hundred years: more is a slip, and in COMPLIANCE mode nobody could take it back.
const LONGEST_RETENTION_DAYS: i32 = 36_500;

pub(super) fn check(proof: &ProofConfig, problems: &mut Problems) {
    if let Some(days) = proof.object_lock_days {
        let allowed = "must be 1 to 36500, in days; without the key proofs are not locked";
        problems.require(
            (1..=LONGEST_RETENTION_DAYS).contains(&days),
            "proof.object_lock_days",
            days,
            allowed,
        );
    }
    let Some(expression) = &proof.audit else { return };
    problems.refused("proof.audit", expression, schedule_expression::check(expression));
    if rate_minutes(expression).is_some_and(|minutes| minutes < LEAST_MINUTES) {
        let allowed = "must be rate(1 hour) or rarer: an audit lists everything that was ever \
            proven, and costs by its size";
        problems.add("proof.audit", expression, allowed);
    }
}
