//! One start, by slot: written before the execution is started and completed after.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::arn::ExecutionArn;
use crate::request::StartRequest;
use crate::sync_name::SyncName;

/// The prefix of the slots of the schedule, before their time.
pub const SCHEDULED: &str = "schedule-";
/// The prefix of the slots of full verifications, before the time of their rule.
pub const FULL_VERIFICATION: &str = "full-verification-";
/// The prefix of the slots of manual starts.
pub const MANUAL: &str = "manual-";

/// The prefix of the slots of retries, before the id of the execution whose files were busy.
pub const RETRY: &str = "retry-";

/// The slot of a tick of the schedule, as its sync names it: [`SyncName::slot`] adds the sync.
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

/// The sync of a slot that [`SyncName::slot`] returned: `home` of `home.schedule-…`. Where the
/// stack may have no such sync any more, the slot is all that tells.
#[must_use]
pub fn sync_of_slot(slot: &str) -> SyncName {
    let kinds = [SCHEDULED, FULL_VERIFICATION, MANUAL, RETRY];
    let is_of_sync = |rest: &str| kinds.iter().any(|kind| rest.starts_with(kind));
    let name = slot.split_once('.').filter(|(_, rest)| is_of_sync(rest));
    name.and_then(|(name, _)| SyncName::parse(name).ok()).unwrap_or_default()
}

/// The result of a slot. Fields that were added later may be absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartRecord {
    /// With the sync, as [`SyncName::slot`] returns it.
    pub slot: String,
    /// Absent in the records of the sync `default`.
    #[serde(default, skip_serializing_if = "SyncName::is_default")]
    pub sync: SyncName,
    /// The Lambda request that claimed the slot: distinguishes our own retry from another claim.
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
    /// The slot passed without an execution for an unknown reason: its claimant was interrupted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub missed: bool,
}

impl StartRecord {
    /// A claim: nothing has become of the slot yet.
    #[must_use]
    pub fn new_claim(slot: &str, claimed_by: &str, claimed_at: DateTime<Utc>) -> Self {
        Self {
            slot: slot.to_owned(),
            sync: SyncName::default(),
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

/// The last sweep over all executions, and the work that is left. Fields that were added later may
/// be absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sweep {
    pub at: DateTime<Utc>,
    /// Of runs that were recorded before, those without a proof are all below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proofs_seen_until: Option<DateTime<Utc>>,
    /// By execution id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unproven: BTreeMap<String, OverdueProof>,
    /// The ids of the listed executions with a run record, which are not read again.
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
    /// The number of repeated requests for its verification.
    pub asked: u32,
    /// The time of the last request.
    pub asked_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_has_the_sync_that_it_was_made_for() {
        for name in [SyncName::default(), SyncName::parse("home").unwrap()] {
            for slot in ["manual-1", "retry-exec-1", "schedule-2026-11-23T10:00:00Z"] {
                assert_eq!(sync_of_slot(&name.slot(slot)), name, "{slot}");
            }
        }
        for slot in ["v1.2", "nightly", "A.manual-1", ".retry-1"] {
            assert!(sync_of_slot(slot).is_default(), "{slot}");
        }
    }

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
