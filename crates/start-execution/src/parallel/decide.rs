//! The decision on a place. Pure.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::records::parallel::{HeldPlace, ParallelExecutions, WaitingStart};
use domain::request::StartRequest;
use domain::sync_name::SyncName;

use super::Turn;

/// The facts about a start that needs a place. Places whose executions have ended are out of the
/// document already.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlaceFacts<'a> {
    pub sync: &'a SyncName,
    pub request: &'a StartRequest,
    /// The syncs with an execution that runs or is queued.
    pub busy: &'a BTreeSet<SyncName>,
    pub limit: usize,
    pub now: DateTime<Utc>,
}

/// The answer, and the document that goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PlaceDecision {
    pub turn: Turn,
    pub state: ParallelExecutions,
}

/// Decides whether the start has its turn.
///
/// A sync whose task is busy needs no further place: DataSync runs one execution of a task at a
/// time (`StartTaskExecution`, API reference: "For each task, you can only run one task execution
/// at a time").
pub(super) fn decide_place(facts: &PlaceFacts<'_>, mut state: ParallelExecutions) -> PlaceDecision {
    let slot = &facts.request.slot;
    let turn = if may_start(facts, &state) {
        take(facts, &mut state);
        Turn::Now
    } else if state.waiting.get(facts.sync).is_some_and(|first| first.request.slot != *slot) {
        Turn::OtherWaits
    } else {
        let waits = || WaitingStart { request: facts.request.clone(), since: facts.now };
        state.waiting.entry(facts.sync.clone()).or_insert_with(waits);
        Turn::Waits
    };
    PlaceDecision { turn, state }
}

fn may_start(facts: &PlaceFacts<'_>, state: &ParallelExecutions) -> bool {
    let taken: BTreeSet<&SyncName> = state.places.keys().chain(facts.busy).collect();
    taken.contains(facts.sync) || taken.len() + count_ahead(facts, state, &taken) < facts.limit
}

/// The starts of other syncs that have waited longer and need a place.
fn count_ahead(
    facts: &PlaceFacts<'_>,
    state: &ParallelExecutions,
    taken: &BTreeSet<&SyncName>,
) -> usize {
    let own = state.waiting.get(facts.sync).map(|own| own.since);
    let is_ahead = |(sync, start): &(&SyncName, &WaitingStart)| {
        *sync != facts.sync
            && !taken.contains(sync)
            && own.is_none_or(|own| (start.since, *sync) < (own, facts.sync))
    };
    state.waiting.iter().filter(is_ahead).count()
}

/// Takes the place; a sync that has one keeps it for the later slot. A start that waited stays in
/// the document until its execution is on record: a crash in between must not lose it.
fn take(facts: &PlaceFacts<'_>, state: &mut ParallelExecutions) {
    let slot = &facts.request.slot;
    if state.places.get(facts.sync).is_none_or(|place| place.slot != *slot) {
        let place = HeldPlace { slot: slot.clone(), since: facts.now };
        state.places.insert(facts.sync.clone(), place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sync(name: &str) -> SyncName {
        SyncName::parse(name).unwrap()
    }

    fn time(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    fn state_of(places: &[&str], waiting: &[(&str, i64)]) -> ParallelExecutions {
        let place = |name: &&str| (sync(name), HeldPlace { slot: "old".into(), since: time(0) });
        let start = |(name, since): &(&str, i64)| {
            let request = StartRequest::new(format!("{name}.first"));
            (sync(name), WaitingStart { request, since: time(*since) })
        };
        ParallelExecutions {
            places: places.iter().map(place).collect(),
            waiting: waiting.iter().map(start).collect(),
        }
    }

    /// The turn of the sync `c`, with a limit of 2.
    fn turn_of_c(state: &ParallelExecutions, busy: &[&str], slot: &str) -> PlaceDecision {
        let busy = busy.iter().map(|name| sync(name)).collect();
        let (sync, request) = (&sync("c"), &StartRequest::new(slot));
        let facts = PlaceFacts { sync, request, busy: &busy, limit: 2, now: time(9) };
        decide_place(&facts, state.clone())
    }

    #[test]
    fn a_start_has_its_turn_behind_those_that_run_and_those_that_wait_longer() {
        for (places, busy, waiting, slot, expected) in [
            (&[][..], &[][..], &[][..], "c.first", Turn::Now),
            (&["a"], &[], &[], "c.first", Turn::Now),
            (&["a", "b"], &[], &[], "c.first", Turn::Waits),
            // Somebody else started an execution.
            (&["a"], &["b"], &[], "c.first", Turn::Waits),
            (&["a"], &["a"], &[], "c.first", Turn::Now),
            // The place is that of the sync, or its task is busy.
            (&["a", "c"], &[], &[], "c.first", Turn::Now),
            (&["a", "b"], &["c"], &[], "c.first", Turn::Now),
            // Others wait: one place is free for two.
            (&["a"], &[], &[("b", 1)], "c.first", Turn::Waits),
            (&["a"], &[], &[("b", 1), ("c", 2)], "c.first", Turn::Waits),
            (&["a"], &[], &[("b", 2), ("c", 1)], "c.first", Turn::Now),
            (&[], &[], &[("b", 1), ("c", 2)], "c.first", Turn::Now),
            // A sync that is busy needs no place of its own.
            (&["a"], &[], &[("a", 1)], "c.first", Turn::Now),
            (&["a", "b"], &[], &[("c", 1)], "c.second", Turn::OtherWaits),
        ] {
            let state = state_of(places, waiting);
            let found = turn_of_c(&state, busy, slot);
            assert_eq!(found.turn, expected, "{places:?} {busy:?} {waiting:?} {slot}");
            let has_place = found.state.places.contains_key(&sync("c"));
            assert_eq!(has_place, expected == Turn::Now || places.contains(&"c"));
            let waits = found.state.waiting.contains_key(&sync("c"));
            let waited = waiting.iter().any(|(name, _)| *name == "c");
            assert_eq!(waits, waited || expected == Turn::Waits, "{places:?} {waiting:?}");
        }
    }

    #[test]
    fn a_decision_that_is_repeated_changes_nothing() {
        for state in [state_of(&["a", "b"], &[]), state_of(&["a"], &[])] {
            let first = turn_of_c(&state, &[], "c.first");
            assert_eq!(turn_of_c(&first.state, &[], "c.first"), first);
        }
    }
}
