//! Has `bootstrap-stack` change the data plane: shows what it does, and invokes it again while it
//! is cut off by Lambda's limit of 15 minutes.
//!
//! Rule: an invocation that did not come further is followed by others only so often, and never by
//! more than [`MOST_ROUNDS`].

use std::time::Duration;

use anyhow::Result;
use bootstrap_stack::Outcome;
use domain::error_code::ErrorCode;
use domain::function::FunctionName;
use domain::records::keys::PROGRESS;
use domain::records::progress::Progress;
use domain::request::BootstrapRequest;
use reconciler::plan::Counts;
use tokio::time::sleep;

use crate::invoke::{self, InvokeError};
use crate::output;
use crate::place::Place;
use crate::progress::{Shown, shown_while};

/// Of 15 minutes each. The longest data plane takes one.
const MOST_ROUNDS: usize = 24;
/// Cut off without the end of a single step: a bucket with millions of versions takes hours to
/// empty, a thousand at a time, and is one step.
const MOST_FRUITLESS_ROUNDS: usize = 8;
/// A cut-off invocation's lock ends with the time that Lambda gave it, 15 minutes at most.
const MOST_WAITS: usize = 200;
const WAIT_ON_AWS: Duration = Duration::from_secs(5);
const WAIT_LOCALLY: Duration = Duration::from_millis(500);
const LOOK_ON_AWS: Duration = Duration::from_secs(1);
const LOOK_LOCALLY: Duration = Duration::from_millis(300);

/// What came of it, and what was done in all rounds together.
pub(crate) struct Driven {
    pub outcome: Outcome,
    pub counts: Counts,
    /// Kind and id.
    pub deleted: Vec<String>,
}

/// Asks until the request is carried out.
pub(crate) async fn drive(place: &Place, request: &BootstrapRequest) -> Result<Driven> {
    let (pause, wait) =
        if place.local { (LOOK_LOCALLY, WAIT_LOCALLY) } else { (LOOK_ON_AWS, WAIT_ON_AWS) };
    let mut shown = Shown::after(progress(place).await);
    let mut rounds = Rounds::default();
    loop {
        let before = shown.counts();
        let asked = invoke::invoke::<Outcome>(place, FunctionName::BootstrapStack, request);
        let answer = shown_while(&mut shown, pause, async || progress(place).await, asked).await;
        let error = match answer {
            Ok(outcome) => return Ok(driven(outcome, &shown)),
            Err(error) => error,
        };
        match rounds.next(&error, shown.counts() != before) {
            Next::Again(why) => output::progress(format!("  {why}; going on …")),
            Next::Wait { first } => {
                if first {
                    output::progress(
                        "  waiting until the invocation that was cut off gives back its lock …",
                    );
                }
                sleep(wait).await;
            }
            Next::GiveUp => return Err(error.into()),
        }
    }
}

/// What was shown is all there is to know of earlier rounds; the answer knows the last one for
/// certain.
fn driven(outcome: Outcome, shown: &Shown) -> Driven {
    let mut driven = Driven { counts: shown.counts(), deleted: shown.deleted().to_vec(), outcome };
    match &driven.outcome {
        Outcome::Applied { counts, .. } => {
            let most = |shown: usize, answered: usize| shown.max(answered);
            driven.counts = Counts {
                add: most(driven.counts.add, counts.add),
                change: most(driven.counts.change, counts.change),
                destroy: most(driven.counts.destroy, counts.destroy),
            };
        }
        Outcome::Destroyed { deleted, .. } => {
            let unseen: Vec<String> =
                deleted.iter().filter(|name| !driven.deleted.contains(name)).cloned().collect();
            driven.deleted.extend(unseen);
        }
        _ => {}
    }
    driven
}

/// What can't be read is not shown, that's all.
async fn progress(place: &Place) -> Option<Progress> {
    place.records.read(PROGRESS).await.ok().flatten()
}

/// The invocations so far.
#[derive(Debug, Default)]
struct Rounds {
    asked: usize,
    /// In a row.
    fruitless: usize,
    waits: usize,
    /// The last one but for waits was cut off without an answer: it may hold the lock still.
    cut_off: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Next {
    Again(&'static str),
    Wait { first: bool },
    GiveUp,
}

impl Rounds {
    fn next(&mut self, error: &InvokeError, progressed: bool) -> Next {
        if error.has_code(ErrorCode::Locked) && self.cut_off && self.waits < MOST_WAITS {
            self.waits += 1;
            return Next::Wait { first: self.waits == 1 };
        }
        let why = match error {
            InvokeError::Failed { code: Some(ErrorCode::OutOfTime), .. } => {
                "bootstrap-stack has used up its time and is not done"
            }
            InvokeError::TimedOut { .. } => "Lambda has stopped bootstrap-stack at its limit",
            InvokeError::Call { source, .. } if source.code.is_none() => {
                "the connection to bootstrap-stack was lost"
            }
            _ => return Next::GiveUp,
        };
        self.asked += 1;
        self.waits = 0;
        self.cut_off = !error.has_code(ErrorCode::OutOfTime);
        self.fruitless =
            if progressed || error.has_code(ErrorCode::OutOfTime) { 0 } else { self.fruitless + 1 };
        let further = self.asked < MOST_ROUNDS && self.fruitless < MOST_FRUITLESS_ROUNDS;
        if further { Next::Again(why) } else { Next::GiveUp }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(code: ErrorCode) -> InvokeError {
        InvokeError::Failed { function: "f".into(), code: Some(code), message: String::new() }
    }

    fn timed_out() -> InvokeError {
        InvokeError::TimedOut { function: "f".into(), message: String::new() }
    }

    #[test]
    fn out_of_time_is_gone_on_with_and_everything_else_is_not() {
        assert!(matches!(
            Rounds::default().next(&failed(ErrorCode::OutOfTime), true),
            Next::Again(_)
        ));
        for code in [
            ErrorCode::NoProgress,
            ErrorCode::ApplyFailed,
            ErrorCode::Blocked,
            ErrorCode::NotDeployed,
            ErrorCode::Locked,
        ] {
            assert_eq!(Rounds::default().next(&failed(code), true), Next::GiveUp, "{code}");
        }
    }

    #[test]
    fn the_rounds_are_bounded() {
        let mut rounds = Rounds::default();
        let again = (0..100)
            .take_while(|_| {
                matches!(rounds.next(&failed(ErrorCode::OutOfTime), true), Next::Again(_))
            })
            .count();
        assert_eq!(again, MOST_ROUNDS - 1);
    }

    #[test]
    fn after_a_timeout_the_lock_is_waited_for_and_fruitless_ones_are_counted() {
        let mut rounds = Rounds::default();
        assert!(matches!(rounds.next(&timed_out(), true), Next::Again(_)));
        assert_eq!(rounds.next(&failed(ErrorCode::Locked), false), Next::Wait { first: true });
        assert_eq!(rounds.next(&failed(ErrorCode::Locked), false), Next::Wait { first: false });
        let fruitless =
            (0..100).take_while(|_| rounds.next(&timed_out(), false) != Next::GiveUp).count();
        assert_eq!(fruitless, MOST_FRUITLESS_ROUNDS - 1);
    }

    #[test]
    fn the_lock_is_not_waited_for_for_ever() {
        let mut rounds = Rounds::default();
        rounds.next(&timed_out(), true);
        let waits = (0..1_000)
            .take_while(|_| rounds.next(&failed(ErrorCode::Locked), false) != Next::GiveUp)
            .count();
        assert_eq!(waits, MOST_WAITS);
    }
}
