//! The lock of a stack: one change at a time, since creates of DataSync and EFS can be repeated by
//! mistake.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Held from the first call to the last; after `expires_at` its holder can't be running any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// The Lambda request, the same in each retry of one invocation; or the command with its
    /// machine and process.
    pub owner: String,
    pub taken_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

impl Lock {
    /// Whether `owner` may take it over.
    #[must_use]
    pub fn is_free_for(&self, owner: &str, now: DateTime<Utc>) -> bool {
        self.owner == owner || self.expires_at <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_free_for_its_owner_and_for_everybody_when_it_has_expired() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let lock = Lock { owner: "first".into(), taken_at: at(0), expires_at: at(10) };
        for (owner, now, free) in [("first", 1, true), ("second", 9, false), ("second", 10, true)] {
            assert_eq!(lock.is_free_for(owner, at(now)), free, "{owner} {now}");
        }
    }
}
