//! One start, by slot: written before the execution is started and completed after.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::arn::ExecutionArn;
use crate::request::StartRequest;

/// The slots of the schedule begin with this, and go on with their time.
pub const SCHEDULED: &str = "schedule-";
/// The slots of full verifications begin with this, and go on with the time of their rule.
pub const FULL_VERIFICATION: &str = "full-verification-";
/// The slots that a person asks for begin so.
pub const MANUAL: &str = "manual-";

/// The slot of a tick of the schedule.
#[must_use]
pub fn scheduled_slot(time: DateTime<Utc>) -> String {
    format!("{SCHEDULED}{}", time.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// When the schedule ticked, of a slot of its own.
#[must_use]
pub fn scheduled_time(slot: &str) -> Option<DateTime<Utc>> {
    Some(DateTime::parse_from_rfc3339(slot.strip_prefix(SCHEDULED)?).ok()?.to_utc())
}

/// The slot of a full verification.
#[must_use]
pub fn full_verification_slot(time: DateTime<Utc>) -> String {
    format!("{FULL_VERIFICATION}{}", time.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// The time of the rule, of the slot of a full verification.
#[must_use]
pub fn full_verification_time(slot: &str) -> Option<DateTime<Utc>> {
    Some(DateTime::parse_from_rfc3339(slot.strip_prefix(FULL_VERIFICATION)?).ok()?.to_utc())
}

/// What became of a slot. Fields that came later may be absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartRecord {
    pub slot: String,
    /// The Lambda request that claimed the slot: tells a retry of ours from somebody else.
    pub claimed_by: String,
    pub claimed_at: DateTime<Utc>,
    /// Absent between the claim and DataSync's answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution: Option<ExecutionArn>,
    /// The execution was under way, and counts as the slot's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub adopted: bool,
    /// The slot passed without an execution, because one was under way.
    #[serde(default)]
    pub skipped: bool,
    /// The one that was under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running: Option<ExecutionArn>,
    /// An execution is under way, and DataSync queues none behind it: a sweep starts this one once
    /// that has ended.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub waiting: bool,
    /// The slot passed without an execution, because DataSync could not run the task: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unavailable: Option<String>,
    /// The slot passed without an execution, and nobody knows why: whoever claimed it was cut off.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub missed: bool,
}

impl StartRecord {
    /// A claim: nothing has become of the slot yet.
    #[must_use]
    pub fn new_claim(slot: &str, claimed_by: &str, claimed_at: DateTime<Utc>) -> Self {
        Self {
            slot: slot.to_owned(),
            claimed_by: claimed_by.to_owned(),
            claimed_at,
            execution: None,
            adopted: false,
            skipped: false,
            running: None,
            waiting: false,
            unavailable: None,
            missed: false,
        }
    }

    /// Whether it says what became of the slot.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.execution.is_some() || self.skipped || self.unavailable.is_some() || self.missed
    }
}

/// When all executions were last looked through, and what was left to see to. Fields that came
/// later may be absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sweep {
    pub at: DateTime<Utc>,
    /// Of runs that were recorded before, those without a proof are all below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proofs_seen_until: Option<DateTime<Utc>>,
    /// By execution id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unproven: BTreeMap<String, OverdueProof>,
    /// The ids of those executions that DataSync still lists and that have a run record: they are
    /// not looked up again.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub recorded: BTreeSet<String>,
    /// When each run was recorded whose proof is not due yet, by execution id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub awaiting_proof: BTreeMap<String, DateTime<Utc>>,
}

/// A start that is held until the versioning of the destination bucket holds everywhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldStart {
    pub until: DateTime<Utc>,
    pub request: StartRequest,
}

/// A run whose proof has not come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverdueProof {
    /// How often its check was asked for again.
    pub asked: u32,
    /// When it was last asked for.
    pub asked_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_slot_has_its_time_and_no_other_has() {
        let time = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        assert_eq!(scheduled_time(&scheduled_slot(time)), Some(time));
        assert_eq!(full_verification_time(&full_verification_slot(time)), Some(time));
        assert_eq!(full_verification_slot(time), "full-verification-2023-11-14T22:13:20Z");
        for other in
            [scheduled_slot(time), "full-verification-".into(), "full-verification-soon".into()]
        {
            assert_eq!(full_verification_time(&other), None, "{other}");
        }
    }
}
