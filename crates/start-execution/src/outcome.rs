//! What one invocation came to: its answer, and the one line it logs.

use chrono::{DateTime, Utc};
use domain::arn::ExecutionArn;
use serde::{Deserialize, Serialize};

use crate::sweep::Swept;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    Started {
        slot: String,
        execution: ExecutionArn,
    },
    /// The slot has its execution: a duplicate, or a start whose reply was lost.
    AlreadyStarted {
        slot: String,
        execution: ExecutionArn,
    },
    /// The slot stays without an execution: one was under way.
    Skipped {
        slot: String,
        running: Option<ExecutionArn>,
    },
    /// A full verification whose turn has not come: an execution is under way, and DataSync queues
    /// none behind it. A sweep starts it.
    Waiting {
        slot: String,
        running: Option<ExecutionArn>,
    },
    /// Another invocation holds the slot and may still be at work.
    InProgress {
        slot: String,
    },
    /// The versioning of the destination bucket may not hold everywhere yet; a sweep after `until`
    /// starts it.
    Held {
        slot: String,
        until: DateTime<Utc>,
    },
    /// Nothing was to be started; the rest was looked through.
    Swept(Swept),
    /// The stack has no outputs yet, so there is nothing to look through.
    NothingToSweep,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_callers_read() {
        let task = "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b";
        let execution =
            ExecutionArn::parse(&format!("{task}/execution/exec-0fcddf3728817690d")).unwrap();
        let slot = || "manual-1".to_owned();
        let outcomes = [
            Outcome::Started { slot: slot(), execution: execution.clone() },
            Outcome::AlreadyStarted { slot: slot(), execution: execution.clone() },
            Outcome::Skipped { slot: slot(), running: Some(execution) },
            Outcome::Skipped { slot: slot(), running: None },
            Outcome::Waiting { slot: slot(), running: None },
            Outcome::InProgress { slot: slot() },
            Outcome::Held { slot: slot(), until: DateTime::UNIX_EPOCH },
            Outcome::Swept(Swept { handed_on: 1, ..Swept::default() }),
            Outcome::NothingToSweep,
        ];
        let lines = outcomes.map(|outcome| {
            let json = serde_json::to_string(&outcome).unwrap();
            assert_eq!(serde_json::from_str::<Outcome>(&json).unwrap(), outcome);
            json
        });
        insta::assert_snapshot!(lines.join("\n"), @r#"
        {"outcome":"started","slot":"manual-1","execution":"arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b/execution/exec-0fcddf3728817690d"}
        {"outcome":"already-started","slot":"manual-1","execution":"arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b/execution/exec-0fcddf3728817690d"}
        {"outcome":"skipped","slot":"manual-1","running":"arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b/execution/exec-0fcddf3728817690d"}
        {"outcome":"skipped","slot":"manual-1","running":null}
        {"outcome":"waiting","slot":"manual-1","running":null}
        {"outcome":"in-progress","slot":"manual-1"}
        {"outcome":"held","slot":"manual-1","until":"1970-01-01T00:00:00Z"}
        {"outcome":"swept","handed_on":1,"left":0,"checks_asked_for":0,"cancelled":0,"slots_completed":0,"slots_missed":0,"held_starts":0,"waiting_starts":0}
        {"outcome":"nothing-to-sweep"}
        "#);
    }
}
