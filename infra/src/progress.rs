//! One line per resource as it is made, changed or deleted, with the time it took.

use std::time::Duration;

use aws_edge::failure::chain;
use stack::apply::Progress;
use stack::kinds::KindError;
use stack::plan::{Action, Step};

use crate::output;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Lines;

impl Progress for Lines {
    fn started(&self, step: &Step) {
        output::passing(&format!("  {} {} …", step.kind, step.id));
    }

    fn finished(&self, step: &Step, elapsed: Duration, failure: Option<&KindError>) {
        output::end_passing();
        output::progress(line(step, elapsed, failure));
    }
}

fn line(step: &Step, elapsed: Duration, failure: Option<&KindError>) -> String {
    let sign = match (failure, &step.action) {
        (Some(_), _) => "!",
        (None, Action::Create { .. }) => "+",
        (None, Action::Update { .. }) => "~",
        (None, Action::Replace { .. }) => "±",
        (None, Action::Delete) => "-",
        (None, Action::Nothing | Action::Keep { .. } | Action::Blocked { .. }) => " ",
    };
    let cause = failure.map(|error| format!(": {}", chain(error))).unwrap_or_default();
    format!("  {sign} {} {} ({:.1} s){cause}", step.kind, step.id, elapsed.as_secs_f64())
}
