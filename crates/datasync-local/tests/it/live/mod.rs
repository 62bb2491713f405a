//! Files that are created, renamed, deleted, written, touched and replaced while an execution runs,
//! at random moments and at the beginning of each phase. The real functions classify and verify the
//! execution: no disturbance counts as damage or makes a proof incomplete, and a planted defect is
//! reported.
//!
//! `DATASYNC_LOCAL_LIVE_RUNS` says how many executions there are, `DATASYNC_LOCAL_SEED` where they
//! begin.

mod cloud;
mod disturbance;
mod round;

use std::collections::BTreeMap;

use self::disturbance::Kind;
use self::round::{Ended, Round};

/// Unoptimised, the futures of a whole function are larger than a test's own stack.
const STACK_BYTES: usize = 64 << 20;
const RUNS: u64 = 60;

#[test]
fn no_disturbance_counts_as_damage_and_a_planted_defect_is_reported() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let (runs, first) = (
        number("DATASYNC_LOCAL_LIVE_RUNS").unwrap_or(RUNS),
        number("DATASYNC_LOCAL_SEED").unwrap_or(9_000),
    );
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        (first..first + runs)
            .map(|seed| runtime.block_on(Round::new(seed).play_round()))
            .collect::<Vec<Ended>>()
    });
    let ended = thread.unwrap().join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    report_totals(&ended, first, runs);
}

#[expect(clippy::print_stderr, reason = "how much was tried is told")]
fn report_totals(ended: &[Ended], first: u64, runs: u64) {
    let sum = |of: fn(&Ended) -> usize| ended.iter().map(of).sum::<usize>();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for kind in ended.iter().flat_map(|ended| &ended.kinds) {
        *kinds.entry(format!("{kind:?}")).or_default() += 1;
    }
    eprintln!("seeds {first} to {}: {kinds:?}", first + runs - 1);
    let disturbances = sum(|ended| ended.kinds.len());
    measurements::proven(
        "disturbances of runs under way (seeds from 9000): none is damage, no proof incomplete",
        disturbances,
        "disturbances",
    );
    measurements::proven(
        "of those runs repeated once, and good then",
        sum(|ended| usize::from(ended.repeated)),
        "runs",
    );
    measurements::proven(
        "of those runs with a planted defect, which was told",
        sum(|ended| usize::from(ended.told)),
        "runs",
    );
    if runs >= RUNS {
        assert!(disturbances >= 500 && kinds.len() == Kind::ALL.len(), "{disturbances} {kinds:?}");
    }
}
