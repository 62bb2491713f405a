//! Hears the steps of an apply or a destroy: each is logged when it ends, and the lines go into the answer.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_edge::failure::chain;
use stack::apply::Progress;
use stack::graph::ResourceId;
use stack::kinds::KindError;
use stack::plan::{Action, Step};

/// The lines so far.
#[derive(Debug, Default)]
pub(crate) struct StepLog {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    lines: Vec<String>,
    /// A replacement ends twice: when the old one is gone, and when the new one is there.
    half_replaced: BTreeSet<ResourceId>,
}

impl StepLog {
    pub(crate) fn into_lines(self) -> Vec<String> {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).lines
    }
}

impl Progress for StepLog {
    fn started(&self, _step: &Step) {}

    fn finished(&self, step: &Step, elapsed: Duration, failure: Option<&KindError>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let done = match &step.action {
            Action::Create { .. } => "created",
            Action::Update { .. } => "changed",
            Action::Replace { .. } if state.half_replaced.insert(step.id.clone()) => "deleted, to be replaced,",
            Action::Replace { .. } => "replaced",
            Action::Delete => "deleted",
            Action::Nothing | Action::Keep { .. } | Action::Blocked { .. } => "left alone",
        };
        let (kind, id, seconds) = (&step.kind, &step.id, elapsed.as_secs_f64());
        let line = match failure {
            None => format!("{kind} {id}: {done} in {seconds:.1} s"),
            Some(error) => format!("{kind} {id}: failed after {seconds:.1} s: {}", chain(error)),
        };
        match failure {
            None => tracing::info!("{line}"),
            Some(_) => tracing::error!("{line}"),
        }
        state.lines.push(line);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(action: Action, ends: usize) -> Vec<String> {
        let step = Step { id: ResourceId::new("task"), kind: "DataSync task".into(), action };
        let log = StepLog::default();
        for _ in 0..ends {
            log.finished(&step, Duration::from_millis(1_240), None);
        }
        log.into_lines()
    }

    #[test]
    fn a_line_says_what_became_of_a_step() {
        assert_eq!(check(Action::Create { state: json!({}) }, 1), ["DataSync task task: created in 1.2 s"]);
        assert_eq!(check(Action::Delete, 1), ["DataSync task task: deleted in 1.2 s"]);
    }

    #[test]
    fn a_replacement_ends_twice() {
        let lines = check(Action::Replace { changes: Vec::new() }, 2);
        let expected =
            ["DataSync task task: deleted, to be replaced, in 1.2 s", "DataSync task task: replaced in 1.2 s"];
        assert_eq!(lines, expected);
    }
}
