//! The schedule paused by hand.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The mark of a paused schedule: a deploy does not start it, and it is not reported as drift.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    pub since: DateTime<Utc>,
    /// The reason that was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The person who paused it, or gave the last reason; absent in records of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

impl Pause {
    /// Returns this pause with the reason of a later one. Both reasons are kept: each person may
    /// have one of their own to keep the schedule disabled.
    #[must_use]
    pub fn with_later(self, later: &Self) -> Self {
        let reason = match (&self.reason, &later.reason) {
            (Some(first), Some(second)) if first != second && !first.ends_with(second) => {
                Some(format!("{first}; {second}"))
            }
            (first, second) => first.clone().or(second.clone()),
        };
        let by = if reason == self.reason { self.by.clone() } else { later.by.clone() };
        Self { reason, by: by.or(self.by), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pause(reason: Option<&str>, by: &str) -> Pause {
        let since = DateTime::UNIX_EPOCH;
        Pause { since, reason: reason.map(str::to_owned), by: Some(by.to_owned()) }
    }

    #[test]
    fn a_second_reason_is_added_to_the_first() {
        for (first, second, reason, by) in [
            (Some("moving"), Some("full"), Some("moving; full"), "ben"),
            (Some("moving"), Some("moving"), Some("moving"), "anna"),
            (Some("moving"), None, Some("moving"), "anna"),
            (None, Some("full"), Some("full"), "ben"),
            (None, None, None, "anna"),
        ] {
            let both = pause(first, "anna").with_later(&pause(second, "ben"));
            assert_eq!(both, pause(reason, by), "{first:?} {second:?}");
        }
        let both = pause(Some("moving"), "anna").with_later(&pause(Some("full"), "ben"));
        assert_eq!(both.clone().with_later(&pause(Some("full"), "ben")), both, "said twice");
    }
}
