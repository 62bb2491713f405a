//! The advice to split a sync, before it reaches the limit of items.

use std::fmt;

use crate::item_limit::{BASIC_ITEM_LIMIT, is_near_limit, items_of, percent_of_limit};
use crate::records::last_run::LastRun;
use crate::records::run::RunRecord;
use crate::sync_name::SyncName;

/// Advice to split a sync. As text it is one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitAdvice {
    pub what: String,
    pub why: &'static str,
    pub next: String,
}

/// The advice after an execution of this sync; `None` below 80 % of the limit, and in Enhanced
/// mode.
#[must_use]
pub fn advise_split(sync: &SyncName, run: &RunRecord) -> Option<SplitAdvice> {
    // A part of the source says nothing of the whole.
    let before = || run.previous.as_ref()?.baseline.as_ref()?.listed;
    let items = if run.part { before() } else { items_of(run) };
    let items = items.filter(|items| is_near_limit(*items))?;
    // So many that each has half the limit.
    let into = 1 + items / (BASIC_ITEM_LIMIT / 2);
    let of = if sync.is_default() { String::new() } else { format!(" --sync {sync}") };
    Some(SplitAdvice {
        what: format!(
            "the sync `{sync}` has {items} items, {} % of the limit of 25 million",
            percent_of_limit(items)
        ),
        why: "an execution in Basic mode that finds more fails (DataSync User Guide, \
            \"AWS DataSync quotas\")",
        next: format!("run `efs-s3 split{of} --into {into}`, or set task.mode = \"ENHANCED\""),
    })
}

/// Whether the last good execution listed so few items that its record need not be read for
/// [`advise_split`].
#[must_use]
pub fn is_far_from_limit(last: &LastRun) -> bool {
    let listed = last.baseline.as_ref().and_then(|baseline| baseline.listed);
    listed.is_some_and(|listed| listed < BASIC_ITEM_LIMIT / 2)
}

impl fmt::Display for SplitAdvice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::last_run::Baseline;
    use crate::records::run::tests::record;

    fn baseline() -> Baseline {
        serde_json::from_str(r#"{"skipped": 0}"#).unwrap()
    }

    #[test]
    fn a_sync_near_the_limit_is_to_be_split() {
        let home = SyncName::parse("home").unwrap();
        let advice = |sync: &SyncName, listed| {
            let run = RunRecord { listed: Some(listed), ..record() };
            advise_split(sync, &run).map(|advice| advice.to_string().replace(": run", "\nrun"))
        };
        assert_eq!(advice(&home, 19_999_999), None);
        insta::assert_snapshot!(advice(&home, 21_000_000).unwrap(), @r#"
        the sync `home` has 21000000 items, 84 % of the limit of 25 million
        run `efs-s3 split --sync home --into 2`, or set task.mode = "ENHANCED"
        "#);
        insta::assert_snapshot!(advice(&SyncName::default(), 40_000_000).unwrap(), @r#"
        the sync `default` has 40000000 items, 160 % of the limit of 25 million
        run `efs-s3 split --into 4`, or set task.mode = "ENHANCED"
        "#);
    }

    #[test]
    fn only_a_known_small_count_is_far_from_the_limit() {
        let last = |listed| {
            let mut last = LastRun::after_run(&record());
            last.baseline = Some(Baseline { listed, ..baseline() });
            last
        };
        assert!(is_far_from_limit(&last(Some(5))));
        assert!(!is_far_from_limit(&last(Some(20_000_000))));
        assert!(!is_far_from_limit(&last(None)));
        assert!(!is_far_from_limit(&LastRun { baseline: None, ..last(None) }));
    }

    #[test]
    fn a_partial_execution_says_what_the_one_before_it_did() {
        let mut last = LastRun::after_run(&record());
        last.baseline = Some(Baseline { listed: Some(21_000_000), ..baseline() });
        let run = RunRecord { part: true, previous: Some(last), ..record() };
        assert!(advise_split(&SyncName::default(), &run).is_some());
        assert!(advise_split(&SyncName::default(), &RunRecord { previous: None, ..run }).is_none());
    }
}
