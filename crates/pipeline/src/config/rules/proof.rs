//! `[proof]`: what EventBridge takes, and what one audit takes at least.

use super::Problems;
use crate::config::Proving;
use crate::config::schedule_expression::{self, rate_minutes};

/// An audit lists every object that was ever proven.
const LEAST_MINUTES: i64 = 60;

pub(super) fn check(proof: &Proving, problems: &mut Problems) {
    let Some(expression) = &proof.audit else { return };
    problems.refused("proof.audit", expression, schedule_expression::check(expression));
    if rate_minutes(expression).is_some_and(|minutes| minutes < LEAST_MINUTES) {
        let allowed =
            "must be rate(1 hour) or rarer: an audit lists everything that was ever proven, and costs by its size";
        problems.add("proof.audit", expression, allowed);
    }
}
