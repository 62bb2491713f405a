//! A condition that lasts longer than one sweep: an alert is sent when it begins, not in each
//! sweep.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// From the look that found it to the look that found it gone; the next one replaces it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    pub since: DateTime<Utc>,
    /// DataSync's message at its beginning.
    pub why: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
}

/// The difference between a sweep and the condition on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConditionChange {
    /// It is wrong as on record, or fine as on record.
    None,
    Begun(Condition),
    /// It continues: an alert that was not sent yet is due.
    Continues(Condition),
    Ended(Condition),
}

/// Compares the state in a sweep with the record. `wrong` is DataSync's message if something is
/// wrong.
#[must_use]
pub fn compare_with_record(
    record: Option<&Condition>,
    wrong: Option<&str>,
    now: DateTime<Utc>,
) -> ConditionChange {
    let open = record.filter(|condition| condition.ended_at.is_none());
    match (open, wrong) {
        (None, None) => ConditionChange::None,
        (None, Some(why)) => {
            ConditionChange::Begun(Condition { since: now, why: why.to_owned(), ended_at: None })
        }
        (Some(condition), Some(_)) => ConditionChange::Continues(condition.clone()),
        (Some(condition), None) => {
            ConditionChange::Ended(Condition { ended_at: Some(now), ..condition.clone() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin_condition(record: Option<&Condition>, why: &str, at: DateTime<Utc>) -> Condition {
        let ConditionChange::Begun(condition) = compare_with_record(record, Some(why), at) else {
            panic!()
        };
        condition
    }

    #[test]
    fn a_condition_begins_goes_on_ends_and_begins_anew() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let first = begin_condition(None, "EniNotFound", at(1));
        assert_eq!(
            compare_with_record(Some(&first), Some("other words"), at(2)),
            ConditionChange::Continues(first.clone())
        );
        let ConditionChange::Ended(ended) = compare_with_record(Some(&first), None, at(3)) else {
            panic!()
        };
        assert_eq!(compare_with_record(Some(&ended), None, at(4)), ConditionChange::None);
        let second = begin_condition(Some(&ended), "again", at(5));
        assert_eq!((first.since, second.since), (at(1), at(5)));
        assert_eq!(compare_with_record(None, None, at(6)), ConditionChange::None);
    }
}
