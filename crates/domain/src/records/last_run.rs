//! The baseline of the next execution: one small document instead of a search through all run
//! records.
//!
//! Rule: it follows from one run record alone ([`LastRun::after_run`]) and only ever moves forward
//! in time, so writing it again after a crash changes nothing, and a run that is recorded late does
//! not turn it back.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::run_result::{Counters, Filters, RunOutcome};
use crate::arn::ExecutionArn;

/// The state of affairs after a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastRun {
    pub execution: ExecutionArn,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<DateTime<Utc>>,
    pub outcome: RunOutcome,
    /// The number of bad executions with an alert since the last good one.
    pub bad_in_a_row: u32,
    /// When the last good run over the whole source began: what it copied is from then or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub good_since: Option<DateTime<Utc>>,
    /// The counts of the last good execution of the whole source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// Files and directories at the source; absent where DataSync does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed: Option<i64>,
    /// DataSync was seen to count unchanged files as skipped, in this run or an earlier one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub counts_unchanged: bool,
    /// Rows of the Skipped report with a failed status.
    pub skipped: i64,
    /// Runs with other filters are not compared.
    #[serde(default, skip_serializing_if = "Filters::is_empty")]
    pub filters: Filters,
}

impl LastRun {
    /// Whether this state is later than the one on record.
    #[must_use]
    pub fn is_later_than(&self, on_record: &Self) -> bool {
        (self.started_at, &self.execution) > (on_record.started_at, &on_record.execution)
    }
}

/// Whether DataSync counts unchanged files as skipped: it did in this run, which skipped more than
/// the `failed` ones, or it did before.
#[must_use]
pub fn counts_unchanged(counters: Counters, failed: i64, before: Option<&LastRun>) -> bool {
    let seen_before = || {
        before
            .and_then(|before| before.baseline.as_ref())
            .is_some_and(|known| known.counts_unchanged)
    };
    counters.files_skipped > failed || seen_before()
}

#[cfg(test)]
mod tests {
    use super::super::class::Class;
    use super::super::run::RunRecord;
    use super::super::run::tests::record;
    use super::*;

    fn after_run(
        previous: Option<&LastRun>,
        class: Option<Class>,
        part: bool,
        second: i64,
    ) -> LastRun {
        let started_at = DateTime::from_timestamp(second, 0);
        let outcome = if class.is_some() { RunOutcome::Failed } else { RunOutcome::Succeeded };
        LastRun::after_run(&RunRecord {
            previous: previous.cloned(),
            outcome,
            class,
            part,
            started_at,
            ..record()
        })
    }

    #[test]
    fn bad_runs_are_counted_until_a_good_one() {
        let good = after_run(None, None, false, 1);
        assert_eq!((good.bad_in_a_row, good.good_since), (0, DateTime::from_timestamp(1, 0)));
        let bad = after_run(Some(&good), Some(Class::Kms), false, 2);
        let worse = after_run(Some(&bad), Some(Class::Kms), false, 3);
        assert_eq!((worse.bad_in_a_row, worse.good_since), (2, good.good_since));
        assert_eq!(worse.baseline, good.baseline);
        let part = after_run(Some(&worse), None, true, 4);
        assert_eq!(
            (part.bad_in_a_row, part.good_since),
            (2, good.good_since),
            "a part proves nothing of the whole"
        );
        assert_eq!(after_run(Some(&part), None, false, 5).bad_in_a_row, 0);
    }

    #[test]
    fn unchanged_files_are_no_part_of_the_baseline() {
        let mut run = record();
        (run.counters.files_skipped, run.problems.skipped) = (1_000_000, 3);
        assert_eq!(LastRun::after_run(&run).baseline.map(|baseline| baseline.skipped), Some(3));
    }

    #[test]
    fn that_unchanged_files_are_counted_is_not_forgotten() {
        let counted = |skipped, failed, before| {
            counts_unchanged(
                Counters { files_skipped: skipped, ..Counters::default() },
                failed,
                before,
            )
        };
        assert!(!counted(0, 0, None) && !counted(2, 2, None), "failed ones are no unchanged ones");
        assert!(counted(3, 2, None));
        let mut run = record();
        run.counters.files_skipped = 1;
        let before = LastRun::after_run(&run);
        assert!(counted(0, 0, Some(&before)));
        let after = LastRun::after_run(&RunRecord { previous: Some(before), ..record() });
        assert!(after.baseline.is_some_and(|baseline| baseline.counts_unchanged));
    }

    #[test]
    fn it_only_moves_forward() {
        let (first, second) = (after_run(None, None, false, 1), after_run(None, None, false, 2));
        assert!(
            second.is_later_than(&first)
                && !first.is_later_than(&second)
                && !first.is_later_than(&first)
        );
    }
}
