//! The outcome of an invocation: its response, and the one line in its log.

use chrono::{DateTime, Utc};
use domain::arn::ExecutionArn;
use domain::sync_name::SyncName;
use serde::{Deserialize, Serialize};

/// The outcome of an invocation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum StartOutcome {
    Started {
        slot: String,
        #[serde(default, skip_serializing_if = "SyncName::is_default")]
        sync: SyncName,
        execution: ExecutionArn,
    },
    /// The slot has its execution: the event is a duplicate, or the response of a start was lost.
    AlreadyStarted {
        slot: String,
        #[serde(default, skip_serializing_if = "SyncName::is_default")]
        sync: SyncName,
        execution: ExecutionArn,
    },
    /// The slot gets no execution, because one was running.
    Skipped {
        slot: String,
        #[serde(default, skip_serializing_if = "SyncName::is_default")]
        sync: SyncName,
        running: Option<ExecutionArn>,
    },
    /// The execution waits for its turn. A sweep starts it.
    Waiting {
        slot: String,
        #[serde(default, skip_serializing_if = "SyncName::is_default")]
        sync: SyncName,
        /// The execution behind which DataSync queues no full verification.
        running: Option<ExecutionArn>,
        /// The stack already runs as many executions as `limits.max_parallel_executions` allows.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        limited: bool,
    },
    /// Another invocation holds the slot and may still be running.
    InProgress {
        slot: String,
        #[serde(default, skip_serializing_if = "SyncName::is_default")]
        sync: SyncName,
    },
    /// The versioning of the destination bucket may not be in effect everywhere yet; a sweep after
    /// `until` starts the execution.
    Held {
        slot: String,
        #[serde(default, skip_serializing_if = "SyncName::is_default")]
        sync: SyncName,
        until: DateTime<Utc>,
    },
    /// The sync is no longer part of the stack: the event is late.
    Ignored {
        slot: String,
        #[serde(default, skip_serializing_if = "SyncName::is_default")]
        sync: SyncName,
    },
    /// A sweep was done, and nothing else was requested.
    Swept(SweepSummary),
    /// The stack has no outputs yet, so there is nothing to sweep.
    NothingToSweep,
}

/// The result of a sweep.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepSummary {
    /// Executions that were passed to `on-execution-complete`.
    pub handed_on: usize,
    /// More of the same, left to the next sweep.
    pub left: usize,
    /// Verifications that were requested again.
    #[serde(rename = "checks_asked_for")]
    pub verifications_requested: usize,
    pub cancelled: usize,
    pub slots_completed: usize,
    pub slots_missed: usize,
    /// Starts that were held until the bucket's versioning was in effect everywhere.
    pub held_starts: usize,
    /// Starts that waited for their turn.
    #[serde(default)]
    pub waiting_starts: usize,
}

impl SweepSummary {
    /// Adds the result of another sync.
    pub(crate) fn add(&mut self, other: &Self) {
        self.handed_on += other.handed_on;
        self.left += other.left;
        self.verifications_requested += other.verifications_requested;
        self.cancelled += other.cancelled;
        self.slots_completed += other.slots_completed;
        self.slots_missed += other.slots_missed;
        self.held_starts += other.held_starts;
        self.waiting_starts += other.waiting_starts;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_of_each() -> [StartOutcome; 12] {
        let task = "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b";
        let execution =
            ExecutionArn::parse(&format!("{task}/execution/exec-0fcddf3728817690d")).unwrap();
        let slot = || "manual-1".to_owned();
        let sync = |name| SyncName::parse(name).unwrap_or_default();
        [
            StartOutcome::Started { slot: slot(), sync: sync(""), execution: execution.clone() },
            StartOutcome::AlreadyStarted {
                slot: slot(),
                sync: sync(""),
                execution: execution.clone(),
            },
            StartOutcome::Skipped { slot: slot(), sync: sync(""), running: Some(execution) },
            StartOutcome::Skipped { slot: slot(), sync: sync(""), running: None },
            StartOutcome::Waiting { slot: slot(), sync: sync(""), running: None, limited: false },
            StartOutcome::Waiting {
                slot: "home.manual-1".to_owned(),
                sync: sync("home"),
                running: None,
                limited: true,
            },
            StartOutcome::Ignored { slot: "home.manual-1".to_owned(), sync: sync("home") },
            StartOutcome::InProgress { slot: "home.manual-1".to_owned(), sync: sync("home") },
            StartOutcome::InProgress { slot: slot(), sync: sync("") },
            StartOutcome::Held { slot: slot(), sync: sync(""), until: DateTime::UNIX_EPOCH },
            StartOutcome::Swept(SweepSummary { handed_on: 1, ..SweepSummary::default() }),
            StartOutcome::NothingToSweep,
        ]
    }

    #[test]
    fn each_outcome_is_one_line_of_json() {
        let lines = one_of_each().map(|outcome| {
            let json = serde_json::to_string(&outcome).unwrap();
            assert_eq!(serde_json::from_str::<StartOutcome>(&json).unwrap(), outcome);
            json
        });
        insta::assert_snapshot!(lines.join("\n"), @r#"
        {"outcome":"started","slot":"manual-1","execution":"arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b/execution/exec-0fcddf3728817690d"}
        {"outcome":"already-started","slot":"manual-1","execution":"arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b/execution/exec-0fcddf3728817690d"}
        {"outcome":"skipped","slot":"manual-1","running":"arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b/execution/exec-0fcddf3728817690d"}
        {"outcome":"skipped","slot":"manual-1","running":null}
        {"outcome":"waiting","slot":"manual-1","running":null}
        {"outcome":"waiting","slot":"home.manual-1","sync":"home","running":null,"limited":true}
        {"outcome":"ignored","slot":"home.manual-1","sync":"home"}
        {"outcome":"in-progress","slot":"home.manual-1","sync":"home"}
        {"outcome":"in-progress","slot":"manual-1"}
        {"outcome":"held","slot":"manual-1","until":"1970-01-01T00:00:00Z"}
        {"outcome":"swept","handed_on":1,"left":0,"checks_asked_for":0,"cancelled":0,"slots_completed":0,"slots_missed":0,"held_starts":0,"waiting_starts":0}
        {"outcome":"nothing-to-sweep"}
        "#);
    }
}
