//! Ctrl-C: the first one stops what the command does and says what continues, the second one ends
//! the process at once.
//!
//! Tokio keeps its handler of SIGINT for the life of the process (tokio, `signal::ctrl_c`), so that
//! after one use Ctrl-C has no effect of its own any more. One task therefore receives every
//! signal, and ends the process where nothing else handles it.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use tokio::sync::watch;

use crate::ui::output;

/// The number of handlers that are in effect, one within the other. The innermost one handles
/// Ctrl-C.
static HANDLERS: AtomicUsize = AtomicUsize::new(0);
/// The handler that the first signal belongs to: the innermost one at that time. `None` before.
static SIGNALS: LazyLock<watch::Sender<Option<usize>>> = LazyLock::new(|| watch::Sender::new(None));

/// A command that Ctrl-C stopped.
#[derive(Debug, thiserror::Error)]
#[error("interrupted; {continues}")]
pub(crate) struct Interrupted {
    /// The execution or work that continues without the command.
    pub continues: String,
    /// The next command.
    pub next: String,
}

impl Interrupted {
    /// The status of a program that SIGINT ended, as shells show it (POSIX, "Exit Status for
    /// Commands": above 128).
    pub(crate) const STATUS: u8 = 128 + 2;
}

/// Receives each Ctrl-C: hands the first one to the innermost handler. Without a handler, and at
/// the second one, ends the process.
#[expect(clippy::exit, reason = "the second Ctrl-C must end whatever still runs")]
pub(crate) async fn receive_signals() {
    while tokio::signal::ctrl_c().await.is_ok() {
        let is_first = SIGNALS.borrow().is_none();
        let innermost = HANDLERS.load(Ordering::SeqCst);
        if !is_first || innermost == 0 {
            output::clear_transient();
            output::print_progress("interrupted");
            std::process::exit(i32::from(Interrupted::STATUS));
        }
        SIGNALS.send_replace(Some(innermost));
    }
}

/// Runs `work` until its end or Ctrl-C. `describe` says what continues.
pub(crate) async fn run_until_interrupt<T>(
    work: impl Future<Output = Result<T>>,
    describe: impl FnOnce() -> Interrupted,
) -> Result<T> {
    let handler = Handler::new();
    tokio::select! {
        outcome = work => outcome,
        () = handler.wait_for_signal() => {
            output::clear_transient();
            Err(describe().into())
        }
    }
}

/// A handler that is in effect until it is dropped.
struct Handler {
    depth: usize,
    signals: watch::Receiver<Option<usize>>,
}

impl Handler {
    fn new() -> Self {
        let depth = HANDLERS.fetch_add(1, Ordering::SeqCst) + 1;
        Self { depth, signals: SIGNALS.subscribe() }
    }

    /// Returns at the next signal that belongs to this handler.
    async fn wait_for_signal(&self) {
        let mut signals = self.signals.clone();
        while signals.changed().await.is_ok() {
            if *signals.borrow_and_update() == Some(self.depth) {
                return;
            }
        }
        // The sender is never dropped.
        std::future::pending().await
    }
}

impl Drop for Handler {
    fn drop(&mut self) {
        HANDLERS.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interrupted(name: &str) -> Interrupted {
        Interrupted { continues: name.to_owned(), next: String::new() }
    }

    /// One test, because the signals are those of the process.
    #[tokio::test]
    async fn the_innermost_handler_stops_its_work_and_the_outer_one_goes_on() {
        let signal = async {
            tokio::task::yield_now().await;
            SIGNALS.send_replace(Some(HANDLERS.load(Ordering::SeqCst)));
            std::future::pending::<Result<()>>().await
        };
        let outer = run_until_interrupt(
            async {
                let inner = run_until_interrupt(signal, || interrupted("inner")).await;
                let stopped = inner.unwrap_err().to_string();
                tokio::task::yield_now().await;
                Ok(stopped)
            },
            || interrupted("outer"),
        );
        assert_eq!(outer.await.unwrap(), "interrupted; inner");
        assert_eq!(HANDLERS.load(Ordering::SeqCst), 0);
        let ended = run_until_interrupt(async { Ok(7) }, || interrupted("late")).await;
        assert_eq!(ended.unwrap(), 7, "an earlier signal does not stop later work");
    }
}
