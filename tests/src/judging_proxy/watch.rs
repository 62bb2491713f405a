//! The calls of an account while a test watches it: what a command leaves alone shows in no other
//! record, which holds each call once.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::request::Seen;

/// A call that changes something, whether or not it is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub service: String,
    /// `DeleteTask`; for the services that speak REST, method and path.
    pub operation: String,
    /// The body, without what is large and says nothing.
    pub body: String,
}

impl Change {
    fn from_seen(seen: &Seen) -> Self {
        Self {
            service: seen.service.clone(),
            operation: seen.operation.clone(),
            body: String::from_utf8_lossy(seen.kept_body()).into_owned(),
        }
    }

    /// Whether the call has the text in its path or its body.
    #[must_use]
    pub fn mentions(&self, text: &str) -> bool {
        self.operation.contains(text) || self.body.contains(text)
    }
}

/// What was seen of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watched {
    /// The number of calls of each kind, reads and deliveries among them.
    pub calls: BTreeMap<String, usize>,
    pub changes: Vec<Change>,
}

/// The accounts that are watched.
#[derive(Debug, Default)]
pub(super) struct Watch(Mutex<HashMap<String, Watched>>);

impl Watch {
    /// Watches an account from now on; returns what was seen of it before.
    pub(super) fn restart(&self, account: &str) -> Watched {
        self.lock_watched().insert(account.to_owned(), Watched::default()).unwrap_or_default()
    }

    pub(super) fn record(&self, seen: &Seen) {
        if let Some(watched) = self.lock_watched().get_mut(&seen.account) {
            *watched.calls.entry(kind_of(seen)).or_default() += 1;
            watched.changes.extend(seen.mutates.then(|| Change::from_seen(seen)));
        }
    }

    fn lock_watched(&self) -> MutexGuard<'_, HashMap<String, Watched>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `datasync ListTasks`; of the services that speak REST, `lambda GET`.
fn kind_of(seen: &Seen) -> String {
    let operation = seen.operation.split([' ', '?', '/']).next().unwrap_or_default();
    format!("{} {operation}", seen.service)
}
