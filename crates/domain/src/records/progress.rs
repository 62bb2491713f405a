//! The progress of an apply or a destroy: `bootstrap-stack` writes it, the command line shows it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One look at the work.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The Lambda request that works: with another one the counting begins anew.
    pub invocation: String,
    /// The number of steps; a replacement is two.
    pub planned: usize,
    /// In the order of their ends; only ever grows.
    pub finished: Vec<FinishedStep>,
    pub running: Vec<RunningStep>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningStep {
    pub id: String,
    /// `S3 bucket`
    pub kind: String,
    pub work: StepAction,
    /// At the time of the look.
    pub elapsed_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinishedStep {
    pub id: String,
    pub kind: String,
    pub work: StepAction,
    pub elapsed_ms: u64,
    /// Why it failed, cause by cause; absent when it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// The action of a step on its resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepAction {
    Create,
    Change,
    Delete,
    /// The first half of a replacement.
    DeleteToReplace,
    /// The second half.
    CreateAnew,
}

impl StepAction {
    #[must_use]
    pub fn present_participle(self) -> &'static str {
        match self {
            Self::Create => "creating",
            Self::Change => "changing",
            Self::Delete | Self::DeleteToReplace => "deleting",
            Self::CreateAnew => "replacing",
        }
    }

    #[must_use]
    pub fn past_participle(self) -> &'static str {
        match self {
            Self::Create => "created",
            Self::Change => "changed",
            Self::Delete => "deleted",
            Self::DeleteToReplace => "deleted, to be replaced,",
            Self::CreateAnew => "replaced",
        }
    }
}

/// `DataSync task task: created in 1.2 s`
impl fmt::Display for FinishedStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, kind, work, elapsed_ms, failure } = self;
        let (seconds, tenths) = (elapsed_ms / 1000, elapsed_ms % 1000 / 100);
        match failure {
            None => write!(f, "{kind} {id}: {} in {seconds}.{tenths} s", work.past_participle()),
            Some(cause) => write!(
                f,
                "{kind} {id}: {} failed after {seconds}.{tenths} s: {cause}",
                work.present_participle()
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finished_step(work: StepAction, failure: Option<&str>) -> FinishedStep {
        FinishedStep {
            id: "task".into(),
            kind: "DataSync task".into(),
            work,
            elapsed_ms: 61_240,
            failure: failure.map(str::to_owned),
        }
    }

    #[test]
    fn a_line_says_what_became_of_a_step() {
        let lines = [
            finished_step(StepAction::Create, None),
            finished_step(StepAction::DeleteToReplace, None),
            finished_step(
                StepAction::Change,
                Some("updating DataSync task `x`: InternalException: try later"),
            ),
        ];
        insta::assert_snapshot!(lines.map(|line| line.to_string()).join("\n"), @r"
        DataSync task task: created in 61.2 s
        DataSync task task: deleted, to be replaced, in 61.2 s
        DataSync task task: changing failed after 61.2 s: updating DataSync task `x`: InternalException: try later
        ");
    }
}
