//! What is wrong for longer than one look: people are told when it begins, not at each look.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// From the look that found it to the look that found it gone; the next one replaces it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    pub since: DateTime<Utc>,
    /// The service's words at its beginning.
    pub why: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
}

/// What a look means for the episode on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConditionChange {
    /// It is wrong as on record, or fine as on record.
    None,
    Begun(Condition),
    /// It is still as at its beginning: whoever was not told yet is owed the alert.
    Continues(Condition),
    Ended(Condition),
}

/// Compares a look with the record. `wrong` holds the service's words when something is.
#[must_use]
pub fn compare_with_record(
    record: Option<&Condition>,
    wrong: Option<&str>,
    now: DateTime<Utc>,
) -> ConditionChange {
    let open = record.filter(|episode| episode.ended_at.is_none());
    match (open, wrong) {
        (None, None) => ConditionChange::None,
        (None, Some(why)) => {
            ConditionChange::Begun(Condition { since: now, why: why.to_owned(), ended_at: None })
        }
        (Some(episode), Some(_)) => ConditionChange::Continues(episode.clone()),
        (Some(episode), None) => {
            ConditionChange::Ended(Condition { ended_at: Some(now), ..episode.clone() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_episode_begins_goes_on_ends_and_begins_anew() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let ConditionChange::Begun(first) = compare_with_record(None, Some("EniNotFound"), at(1))
        else {
            panic!()
        };
        assert_eq!(
            compare_with_record(Some(&first), Some("other words"), at(2)),
            ConditionChange::Continues(first.clone())
        );
        let ConditionChange::Ended(ended) = compare_with_record(Some(&first), None, at(3)) else {
            panic!()
        };
        assert_eq!(compare_with_record(Some(&ended), None, at(4)), ConditionChange::None);
        let ConditionChange::Begun(second) =
            compare_with_record(Some(&ended), Some("again"), at(5))
        else {
            panic!()
        };
        assert_eq!((first.since, second.since), (at(1), at(5)));
        assert_eq!(compare_with_record(None, None, at(6)), ConditionChange::None);
    }
}
