//! What one invocation came to: its answer, and the one line it logs.

use pipeline::arn::ExecutionArn;
use serde::{Deserialize, Serialize};

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
    /// Another invocation holds the slot and may still be at work.
    InProgress {
        slot: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_callers_read() {
        let task = "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b";
        let execution = ExecutionArn::parse(&format!("{task}/execution/exec-0fcddf3728817690d")).unwrap();
        let slot = || "manual-1".to_owned();
        let outcomes = [
            Outcome::Started { slot: slot(), execution: execution.clone() },
            Outcome::AlreadyStarted { slot: slot(), execution: execution.clone() },
            Outcome::Skipped { slot: slot(), running: Some(execution) },
            Outcome::Skipped { slot: slot(), running: None },
            Outcome::InProgress { slot: slot() },
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
        {"outcome":"in-progress","slot":"manual-1"}
        "#);
    }
}
