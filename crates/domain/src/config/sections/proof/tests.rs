//! Audits and locks that are out of range.

use crate::config::refusal_tests::describe_refusals;

pub(in crate::config) const REFUSED: &[&str] = &[
    "[proof]\ndepth = \"deep\"",
    "[proof]\naudit = \"weekly\"",
    "[proof]\naudit = \"rate(30 minutes)\"",
    "[proof]\naudit = false",
    "[proof]\nobject_lock_days = 0",
    "[proof]\nobject_lock_mode = \"STRICT\"",
    "[proof]\nat = \"rate(1 day)\"",
];

#[test]
fn refused_proof_settings() {
    insta::assert_snapshot!(describe_refusals(REFUSED), @r#"
    [proof] depth = "deep"
        proof.depth = "deep": must be one of versions, metadata
    [proof] audit = "weekly"
        proof.audit = "weekly": must be rate(…) or cron(…), such as rate(1 hour) or cron(0 3 * * ? *)
    [proof] audit = "rate(30 minutes)"
        proof.audit = "rate(30 minutes)": must be rate(1 hour) or less frequent: an audit lists all proven object versions, and costs by their number
    [proof] audit = false
        proof.audit = false: must be a text in quotes
    [proof] object_lock_days = 0
        proof.object_lock_days = 0: must be 1 to 36500, in days; remove the key for proofs without a lock
    [proof] object_lock_mode = "STRICT"
        proof.object_lock_mode = "STRICT": must be one of GOVERNANCE, COMPLIANCE
    [proof] at = "rate(1 day)"
        proof.at = "rate(1 day)": is not a known key; known keys: depth, audit, object_lock_days, object_lock_mode
    "#);
}
