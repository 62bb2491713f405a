//! The log of the steps of an apply or a destroy: what is running and what has ended.
//!
//! Rule: logging never fails and never waits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws::failure::chain;
use domain::records::progress::{FinishedStep, Progress, RunningStep, StepAction};
use reconciler::KindError;
use reconciler::apply;
use reconciler::graph::ResourceId;
use reconciler::plan::{Action, Plan, Step};
use tokio::time::Instant;

/// The steps so far.
#[derive(Debug)]
pub struct StepLog {
    invocation: String,
    state: Mutex<StepState>,
}

#[derive(Debug, Default)]
struct StepState {
    planned: usize,
    running: BTreeMap<ResourceId, (String, StepAction, Instant)>,
    finished: Vec<FinishedStep>,
    /// A replacement starts twice: with the deletion of the old resource, and with the creation of
    /// the new one.
    half_replaced: BTreeSet<ResourceId>,
}

impl StepLog {
    /// An empty log; `invocation` distinguishes it from the next one.
    #[must_use]
    pub fn new(invocation: &str) -> Self {
        Self { invocation: invocation.to_owned(), state: Mutex::default() }
    }

    /// The progress at this moment.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let state = self.lock_state();
        let running = state.running.iter().map(|(id, (kind, work, since))| RunningStep {
            id: id.to_string(),
            kind: kind.clone(),
            work: *work,
            elapsed_ms: to_milliseconds(since.elapsed()),
        });
        Progress {
            invocation: self.invocation.clone(),
            planned: state.planned,
            running: running.collect(),
            finished: state.finished.clone(),
        }
    }

    /// The number of steps that succeeded.
    pub(crate) fn done_count(&self) -> usize {
        self.lock_state().finished.iter().filter(|step| step.failure.is_none()).count()
    }

    pub(crate) fn into_lines(self) -> Vec<String> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        state.finished.iter().map(ToString::to_string).collect()
    }

    fn lock_state(&self) -> MutexGuard<'_, StepState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl apply::ApplyProgress for StepLog {
    fn on_planned(&self, plan: &Plan) {
        let counts = plan.counts();
        self.lock_state().planned = counts.add + counts.change + counts.destroy;
    }

    fn on_started(&self, step: &Step) {
        let mut state = self.lock_state();
        let work = match &step.action {
            Action::Update { .. } => StepAction::Change,
            Action::Delete => StepAction::Delete,
            Action::Replace { .. } if state.half_replaced.insert(step.id.clone()) => {
                StepAction::DeleteToReplace
            }
            Action::Replace { .. } => StepAction::CreateAnew,
            // The last three are not carried out.
            Action::Create { .. }
            | Action::Nothing
            | Action::Keep { .. }
            | Action::Blocked { .. } => StepAction::Create,
        };
        state.running.insert(step.id.clone(), (step.kind.clone(), work, Instant::now()));
    }

    fn on_finished(&self, step: &Step, elapsed: Duration, failure: Option<&KindError>) {
        let mut state = self.lock_state();
        let work = state.running.remove(&step.id).map_or(StepAction::Create, |(_, work, _)| work);
        let ended = FinishedStep {
            id: step.id.to_string(),
            kind: step.kind.clone(),
            work,
            elapsed_ms: to_milliseconds(elapsed),
            failure: failure.map(|error| chain(error)),
        };
        match failure {
            None => tracing::info!("{ended}"),
            Some(_) => tracing::error!("{ended}"),
        }
        state.finished.push(ended);
    }
}

fn to_milliseconds(elapsed: Duration) -> u64 {
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use reconciler::apply::ApplyProgress as _;
    use reconciler::plan::FORMAT_VERSION;
    use serde_json::json;

    use super::*;

    fn step_with(id: &str, action: Action) -> Step {
        Step { id: ResourceId::new(id), kind: "log group".into(), action }
    }

    fn log_lines(action: Action, ends: usize) -> Vec<String> {
        let step = step_with("logs", action);
        let log = StepLog::new("request-1");
        for _ in 0..ends {
            log.on_started(&step);
            log.on_finished(&step, Duration::from_millis(1_240), None);
        }
        assert_eq!(log.done_count(), ends);
        log.into_lines()
    }

    #[test]
    fn each_line_has_the_result_of_a_step() {
        assert_eq!(
            log_lines(Action::Create { state: json!({}) }, 1),
            ["log group logs: created in 1.2 s"]
        );
        assert_eq!(
            log_lines(Action::Update { changes: Vec::new() }, 1),
            ["log group logs: changed in 1.2 s"]
        );
        assert_eq!(log_lines(Action::Delete, 1), ["log group logs: deleted in 1.2 s"]);
    }

    #[test]
    fn a_replacement_ends_twice() {
        let lines = log_lines(Action::Replace { changes: Vec::new() }, 2);
        assert_eq!(
            lines,
            [
                "log group logs: deleted, to be replaced, in 1.2 s",
                "log group logs: replaced in 1.2 s"
            ]
        );
    }

    #[test]
    fn a_running_step_is_shown_until_it_ends() {
        let log = StepLog::new("request-1");
        let (one, two) = (
            step_with("one", Action::Delete),
            step_with("two", Action::Replace { changes: Vec::new() }),
        );
        let steps = vec![one.clone(), two.clone(), step_with("three", Action::Nothing)];
        log.on_planned(&Plan { format_version: FORMAT_VERSION, steps });
        log.on_started(&one);
        log.on_started(&two);
        log.on_finished(&one, Duration::ZERO, None);
        let progress = log.progress();
        assert_eq!((progress.invocation.as_str(), progress.planned), ("request-1", 3));
        let running: Vec<_> =
            progress.running.iter().map(|step| (step.id.as_str(), step.work)).collect();
        assert_eq!(running, [("two", StepAction::DeleteToReplace)]);
        assert_eq!(progress.finished.len(), 1);
    }
}
