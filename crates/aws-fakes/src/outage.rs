//! The death of a process between two calls: the effects of its calls stay, the last response is
//! lost, and no further call is made.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The error code of each call of a dead process.
pub(crate) const CODE: &str = "ProcessDied";

/// Counts the calls of all doubles that share it; by default no process dies. A clone is the same.
#[derive(Clone, Debug, Default)]
pub struct Outage(Arc<Mutex<ProcessState>>);

#[derive(Debug, Default)]
struct ProcessState {
    calls: usize,
    dies_after: Option<usize>,
    dead: bool,
}

impl Outage {
    /// Starts a new process, which dies after so many calls.
    pub fn restart(&self, dies_after: Option<usize>) {
        *self.state() = ProcessState { calls: 0, dies_after, dead: false };
    }

    /// The number of calls that this process has made.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.state().calls
    }

    /// Whether the process has died.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.state().dead
    }

    /// Makes a call; `None` when the process is dead, or dies before the response arrives.
    pub fn around<T>(&self, call: impl FnOnce() -> T) -> Option<T> {
        if self.is_dead() {
            return None;
        }
        let response = call();
        let mut state = self.state();
        state.calls += 1;
        state.dead = state.dies_after == Some(state.calls);
        (!state.dead).then_some(response)
    }

    fn state(&self) -> MutexGuard<'_, ProcessState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
