//! The number of items that one execution can work with in Basic mode.

use crate::records::run::RunRecord;

/// The most files, objects and directories of source and destination per execution between storage
/// services of AWS (DataSync User Guide, "AWS DataSync quotas", "DataSync quotas"; adjustable).
pub const BASIC_ITEM_LIMIT: i64 = 25_000_000;
/// The percentage of the limit from which people are told.
const NEAR_PERCENT: i64 = 80;

/// The number of items that an execution worked with, as far as its counters show; `None` where it
/// shows nothing, and in Enhanced mode, which has no such limit.
///
/// An item that is on both sides is counted once: the quota speaks of "source and destination
/// files, objects, and directories", and no page says that such an item counts twice. Items that
/// were deleted were at the destination alone.
#[must_use]
pub fn items_of(run: &RunRecord) -> Option<i64> {
    let counters = run.counters;
    if counters.files_listed.is_some() {
        return None;
    }
    let compared = (counters.files_transferred + counters.files_skipped)
        .max(counters.files_verified)
        .max(run.listed.unwrap_or_default());
    Some(compared + counters.files_deleted).filter(|items| *items > 0)
}

/// Whether a sync should be split before it reaches the limit.
#[must_use]
pub fn is_near_limit(items: i64) -> bool {
    items >= BASIC_ITEM_LIMIT / 100 * NEAR_PERCENT
}

/// The percentage of the limit, rounded down.
#[must_use]
pub fn percent_of_limit(items: i64) -> i64 {
    items / (BASIC_ITEM_LIMIT / 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::run::Counters;
    use crate::records::run::tests::record;

    #[test]
    fn the_counters_show_the_items() {
        let counters = |transferred, skipped, verified, deleted| Counters {
            files_transferred: transferred,
            files_skipped: skipped,
            files_verified: verified,
            files_deleted: deleted,
            ..Counters::default()
        };
        for (listed, counters, expected) in [
            (None, Counters::default(), None),
            (None, counters(3, 0, 3, 0), Some(3)),
            (Some(10), counters(3, 0, 3, 2), Some(12)),
            (None, counters(3, 4, 3, 0), Some(7)),
            (None, counters(3, 0, 9, 0), Some(9)),
            (Some(10), Counters { files_listed: Some(10), ..counters(3, 0, 3, 0) }, None),
        ] {
            let run = RunRecord { listed, counters, ..record() };
            assert_eq!(items_of(&run), expected, "{listed:?} {counters:?}");
        }
    }

    #[test]
    fn four_fifths_of_the_limit_are_near() {
        for (items, near, percent) in [
            (0, false, 0),
            (19_999_999, false, 79),
            (20_000_000, true, 80),
            (BASIC_ITEM_LIMIT, true, 100),
            (30_000_000, true, 120),
        ] {
            assert_eq!((is_near_limit(items), percent_of_limit(items)), (near, percent), "{items}");
        }
    }
}
