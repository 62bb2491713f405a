//! `[proof]`: how closely versions are looked at, when everything proven is looked for again, and
//! how long proofs are locked.

#[cfg(test)]
pub(in crate::config) mod tests;

use serde::{Deserialize, Serialize};

use crate::config::document::Document;
use crate::config::options::RetentionMode;
use crate::config::rule_problems::RuleProblems;
use crate::config::schedule_expression::{self, rate_minutes};
use crate::config::section_reader::SectionReader;
use crate::records::proof::Depth;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofConfig {
    pub depth: Depth,
    /// EventBridge's `rate(…)` or `cron(…)`, UTC; `None`: audits are asked for.
    pub audit: Option<String>,
    /// Days for which nobody may delete a proof or write over it; `None`: the bucket has no lock.
    #[serde(default)]
    pub object_lock_days: Option<i32>,
    #[serde(default)]
    pub object_lock_mode: RetentionMode,
}

pub(in crate::config) fn read_section(document: &mut Document) -> ProofConfig {
    let mut read = SectionReader::open(document, "proof");
    let section = ProofConfig {
        depth: read.read_choice("depth", Depth::default()),
        audit: read.read_optional_text("audit"),
        object_lock_days: read.read_small_number("object_lock_days"),
        object_lock_mode: read.read_choice("object_lock_mode", RetentionMode::default()),
    };
    read.finish();
    section
}

/// An audit lists every object that was ever proven.
const LEAST_MINUTES: i64 = 60;

/// A hundred years: more is a slip, and in COMPLIANCE mode nobody could take it back.
const LONGEST_RETENTION_DAYS: i32 = 36_500;

pub(in crate::config) fn check_section(proof: &ProofConfig, problems: &mut RuleProblems) {
    if let Some(days) = proof.object_lock_days {
        let allowed = "must be 1 to 36500, in days; remove the key for proofs without a lock";
        problems.require_value(
            (1..=LONGEST_RETENTION_DAYS).contains(&days),
            "proof.object_lock_days",
            days,
            allowed,
        );
    }
    let Some(expression) = &proof.audit else { return };
    problems.add_refusal("proof.audit", expression, schedule_expression::check(expression));
    if rate_minutes(expression).is_some_and(|minutes| minutes < LEAST_MINUTES) {
        let allowed = "must be rate(1 hour) or less frequent: an audit lists all proven object \
            versions, and costs by their number";
        problems.add_problem("proof.audit", expression, allowed);
    }
}
