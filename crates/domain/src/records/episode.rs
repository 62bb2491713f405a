//! What is wrong for longer than one look: people are told when it begins, not at each look.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// From the look that found it to the look that found it gone; the next one replaces it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Episode {
    pub since: DateTime<Utc>,
    /// The service's words at its beginning.
    pub why: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
}

/// What a look means for the episode on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It is wrong as on record, or fine as on record.
    Nothing,
    Begun(Episode),
    /// It is still as at its beginning: whoever was not told yet is owed the alert.
    GoesOn(Episode),
    Ended(Episode),
}

/// Compares a look with the record. `wrong` holds the service's words when something is.
#[must_use]
pub fn compare(record: Option<&Episode>, wrong: Option<&str>, now: DateTime<Utc>) -> Seen {
    let open = record.filter(|episode| episode.ended_at.is_none());
    match (open, wrong) {
        (None, None) => Seen::Nothing,
        (None, Some(why)) => {
            Seen::Begun(Episode { since: now, why: why.to_owned(), ended_at: None })
        }
        (Some(episode), Some(_)) => Seen::GoesOn(episode.clone()),
        (Some(episode), None) => Seen::Ended(Episode { ended_at: Some(now), ..episode.clone() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_episode_begins_goes_on_ends_and_begins_anew() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let Seen::Begun(first) = compare(None, Some("EniNotFound"), at(1)) else { panic!() };
        assert_eq!(compare(Some(&first), Some("other words"), at(2)), Seen::GoesOn(first.clone()));
        let Seen::Ended(ended) = compare(Some(&first), None, at(3)) else { panic!() };
        assert_eq!(compare(Some(&ended), None, at(4)), Seen::Nothing);
        let Seen::Begun(second) = compare(Some(&ended), Some("again"), at(5)) else { panic!() };
        assert_eq!((first.since, second.since), (at(1), at(5)));
        assert_eq!(compare(None, None, at(6)), Seen::Nothing);
    }
}
