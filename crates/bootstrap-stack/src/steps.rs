//! Hears the steps of an apply or a destroy: each is logged when it ends, and the lines go into the answer.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_edge::failure::chain;
use stack::apply::Progress;
use stack::kinds::KindError;
use stack::plan::{Action, Step};

/// The lines so far.
#[derive(Debug, Default)]
pub(crate) struct StepLog {
    lines: Mutex<Vec<String>>,
}

impl StepLog {
    pub(crate) fn into_lines(self) -> Vec<String> {
        self.lines.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress for StepLog {
    fn started(&self, _step: &Step) {}

    fn finished(&self, step: &Step, elapsed: Duration, failure: Option<&KindError>) {
        let line = line(step, elapsed, failure);
        match failure {
            Some(_) => tracing::error!("{line}"),
            None => tracing::info!("{line}"),
        }
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}

fn line(step: &Step, elapsed: Duration, failure: Option<&KindError>) -> String {
    let Step { id, kind, action } = step;
    let done = match action {
        Action::Create { .. } => "created",
        Action::Update { .. } => "changed",
        Action::Replace { .. } => "replaced",
        Action::Delete => "deleted",
        Action::Nothing | Action::Keep { .. } | Action::Blocked { .. } => "left alone",
    };
    match failure {
        None => format!("{kind} {id}: {done} in {:.1} s", elapsed.as_secs_f64()),
        Some(error) => format!("{kind} {id}: failed after {:.1} s: {}", elapsed.as_secs_f64(), chain(error)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use stack::graph::ResourceId;

    use super::*;

    #[test]
    fn a_line_says_what_became_of_a_step() {
        let action = Action::Create { state: json!({}) };
        let step = Step { id: ResourceId::new("task"), kind: "DataSync task".into(), action };
        let log = StepLog::default();
        log.finished(&step, Duration::from_millis(1_240), None);
        assert_eq!(log.into_lines(), ["DataSync task task: created in 1.2 s"]);
    }
}
