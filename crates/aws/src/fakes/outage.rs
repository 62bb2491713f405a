//! The death of a process between two calls: what was done stays, its reply is lost, and nothing
//! more is done.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The code of what a dead process hears.
pub(super) const CODE: &str = "ProcessDied";

/// Counts the calls of all fakes that share it; by default nobody dies. A clone is the same.
#[derive(Clone, Debug, Default)]
pub struct Outage(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    calls: usize,
    dies_after: Option<usize>,
    dead: bool,
}

impl Outage {
    /// A new process, which dies after so many calls.
    pub fn restart(&self, dies_after: Option<usize>) {
        *self.state() = State { calls: 0, dies_after, dead: false };
    }

    /// How many calls this process has made.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.state().calls
    }

    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.state().dead
    }

    /// Makes a call; `None` when the process is dead, or dies before it hears the answer.
    pub fn around<T>(&self, call: impl FnOnce() -> T) -> Option<T> {
        if self.is_dead() {
            return None;
        }
        let answer = call();
        let mut state = self.state();
        state.calls += 1;
        state.dead = state.dies_after == Some(state.calls);
        (!state.dead).then_some(answer)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
