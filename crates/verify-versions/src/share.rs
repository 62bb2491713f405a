//! One lane of a large check: the payload by which the function invokes itself.

use serde::{Deserialize, Serialize};

use crate::aim::Aim;

/// How many invocations share in a check at a time. An account has at least ten at a time, for all
/// its functions.
pub(crate) const LANES: u64 = 4;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Share {
    pub(crate) aim: Aim,
    pub(crate) step: Step,
    /// Its jobs are those whose number is this one, modulo [`LANES`].
    pub(crate) lane: u64,
}

/// The steps of a large check; each begins when all jobs of the one before are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Step {
    /// The report's rows are sorted into slices.
    Sort,
    /// The versions of each slice are looked at.
    Look,
}

impl Step {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sort => "sort",
            Self::Look => "look",
        }
    }
}

/// The jobs of a lane.
pub(crate) fn jobs(lane: u64, all: u64) -> impl Iterator<Item = u64> {
    (lane..all).step_by(LANES.try_into().unwrap_or(1))
}

/// The lanes that have something to do.
pub(crate) fn lanes(all: u64) -> std::ops::Range<u64> {
    0..all.min(LANES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_job_is_in_one_lane() {
        for all in 0..40 {
            let mut found: Vec<u64> = lanes(all).flat_map(|lane| jobs(lane, all)).collect();
            found.sort_unstable();
            assert_eq!(found, (0..all).collect::<Vec<_>>());
        }
    }
}
