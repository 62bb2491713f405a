//! Hears the steps of an apply or a destroy, and keeps what is under way and what has ended.
//!
//! Rule: hearing never fails and never waits; who wants to know looks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws::failure::chain;
use domain::records::progress::{FinishedStep, Progress, RunningStep, StepAction};
use reconciler::apply;
use reconciler::graph::ResourceId;
use reconciler::kinds::KindError;
use reconciler::plan::{Action, Plan, Step};
use tokio::time::Instant;

/// What was heard so far.
#[derive(Debug)]
pub struct StepLog {
    invocation: String,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    planned: usize,
    running: BTreeMap<ResourceId, (String, StepAction, Instant)>,
    finished: Vec<FinishedStep>,
    /// A replacement begins twice: with the old one's deletion, and with the new one's creation.
    half_replaced: BTreeSet<ResourceId>,
}

impl StepLog {
    /// `invocation` tells this work from the next.
    #[must_use]
    pub fn new(invocation: &str) -> Self {
        Self { invocation: invocation.to_owned(), state: Mutex::default() }
    }

    /// What there is to know now.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let state = self.state();
        let running = state.running.iter().map(|(id, (kind, work, since))| RunningStep {
            id: id.to_string(),
            kind: kind.clone(),
            work: *work,
            elapsed_ms: milliseconds(since.elapsed()),
        });
        Progress {
            invocation: self.invocation.clone(),
            planned: state.planned,
            running: running.collect(),
            finished: state.finished.clone(),
        }
    }

    /// How many steps were done.
    pub(crate) fn done(&self) -> usize {
        self.state().finished.iter().filter(|step| step.failure.is_none()).count()
    }

    pub(crate) fn into_lines(self) -> Vec<String> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        state.finished.iter().map(ToString::to_string).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl apply::Progress for StepLog {
    fn planned(&self, plan: &Plan) {
        let counts = plan.counts();
        self.state().planned = counts.add + counts.change + counts.destroy;
    }

    fn started(&self, step: &Step) {
        let mut state = self.state();
        let work = match &step.action {
            Action::Update { .. } => StepAction::Change,
            Action::Delete => StepAction::Delete,
            Action::Replace { .. } if state.half_replaced.insert(step.id.clone()) => {
                StepAction::DeleteToReplace
            }
            Action::Replace { .. } => StepAction::CreateAnew,
            // The last three have no step to carry out.
            Action::Create { .. }
            | Action::Nothing
            | Action::Keep { .. }
            | Action::Blocked { .. } => StepAction::Create,
        };
        state.running.insert(step.id.clone(), (step.kind.clone(), work, Instant::now()));
    }

    fn finished(&self, step: &Step, elapsed: Duration, failure: Option<&KindError>) {
        let mut state = self.state();
        let work = state.running.remove(&step.id).map_or(StepAction::Create, |(_, work, _)| work);
        let ended = FinishedStep {
            id: step.id.to_string(),
            kind: step.kind.clone(),
            work,
            elapsed_ms: milliseconds(elapsed),
            failure: failure.map(|error| chain(error)),
        };
        match failure {
            None => tracing::info!("{ended}"),
            Some(_) => tracing::error!("{ended}"),
        }
        state.finished.push(ended);
    }
}

fn milliseconds(elapsed: Duration) -> u64 {
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use reconciler::apply::Progress as _;
    use reconciler::plan::FORMAT_VERSION;
    use serde_json::json;

    use super::*;

    fn step(id: &str, action: Action) -> Step {
        Step { id: ResourceId::new(id), kind: "log group".into(), action }
    }

    fn lines(action: Action, ends: usize) -> Vec<String> {
        let step = step("logs", action);
        let log = StepLog::new("request-1");
        for _ in 0..ends {
            log.started(&step);
            log.finished(&step, Duration::from_millis(1_240), None);
        }
        assert_eq!(log.done(), ends);
        log.into_lines()
    }

    #[test]
    fn a_line_says_what_became_of_a_step() {
        assert_eq!(
            lines(Action::Create { state: json!({}) }, 1),
            ["log group logs: created in 1.2 s"]
        );
        assert_eq!(
            lines(Action::Update { changes: Vec::new() }, 1),
            ["log group logs: changed in 1.2 s"]
        );
        assert_eq!(lines(Action::Delete, 1), ["log group logs: deleted in 1.2 s"]);
    }

    #[test]
    fn a_replacement_ends_twice() {
        let lines = lines(Action::Replace { changes: Vec::new() }, 2);
        assert_eq!(
            lines,
            [
                "log group logs: deleted, to be replaced, in 1.2 s",
                "log group logs: replaced in 1.2 s"
            ]
        );
    }

    #[test]
    fn what_is_under_way_shows_until_it_ends() {
        let log = StepLog::new("request-1");
        let (one, two) =
            (step("one", Action::Delete), step("two", Action::Replace { changes: Vec::new() }));
        let steps = vec![one.clone(), two.clone(), step("three", Action::Nothing)];
        log.planned(&Plan { format_version: FORMAT_VERSION, steps });
        log.started(&one);
        log.started(&two);
        log.finished(&one, Duration::ZERO, None);
        let progress = log.progress();
        assert_eq!((progress.invocation.as_str(), progress.planned), ("request-1", 3));
        let running: Vec<_> =
            progress.running.iter().map(|step| (step.id.as_str(), step.work)).collect();
        assert_eq!(running, [("two", StepAction::DeleteToReplace)]);
        assert_eq!(progress.finished.len(), 1);
    }
}
