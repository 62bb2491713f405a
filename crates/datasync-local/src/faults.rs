//! Faults on demand: a tag on the task makes its executions go wrong in a chosen way, for demonstrations and tests.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::engine::Phase;

/// The task's tag that asks for a fault.
pub const FAULT_TAG: &str = "datasync-local:fault";

/// A report is delayed this long when the tag does not say how long.
const DELAY: Duration = Duration::from_secs(30);

/// What goes wrong. The tag's values are [`Fault::WORDS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The execution ends as ERROR before it prepares, as if the file system could not be mounted.
    FailAtLaunching,
    /// The execution ends as ERROR as soon as it enters the phase, of which nothing is done.
    FailAt(Phase),
    /// The execution does all it should, and the event of its end is not delivered.
    LoseEvent,
    /// The execution ends, and its report comes this much later; `ReportResult` is PENDING until then.
    DelayReport(Duration),
    /// The last part of the detailed report lacks its second half.
    TruncateReport,
    /// The execution stays in LAUNCHING until it is cancelled, and says that it was asked for and launched this much
    /// earlier: what cancels stuck executions need not be waited for.
    StayLaunching(Duration),
    /// The execution stays in QUEUED until it is cancelled.
    StayQueued,
}

impl Fault {
    /// Every value of the tag; `delay-report` and `stay-launching` also take `=<seconds>`.
    pub const WORDS: [&str; 9] = [
        "fail-at-launching",
        "fail-at-preparing",
        "fail-at-transferring",
        "fail-at-verifying",
        "lose-event",
        "delay-report",
        "truncate-report",
        "stay-launching",
        "stay-queued",
    ];

    /// The fault that a task's tags ask for. An unknown value is no fault, and is logged.
    #[must_use]
    pub fn of_tags(tags: &BTreeMap<String, String>) -> Option<Self> {
        let value = tags.get(FAULT_TAG)?;
        let fault = Self::parse(value);
        if fault.is_none() {
            let known = Self::WORDS.join(", ");
            tracing::warn!("tag `{FAULT_TAG}` has the unknown value `{value}`: no fault; known are {known}");
        }
        fault
    }

    /// By how many seconds its times lie earlier than they are.
    #[must_use]
    pub fn earlier(fault: Option<Self>) -> f64 {
        if let Some(Self::StayLaunching(earlier)) = fault { earlier.as_secs_f64() } else { 0.0 }
    }

    fn parse(value: &str) -> Option<Self> {
        let (word, seconds) = match value.split_once('=') {
            Some((word, seconds)) => (word, Some(Duration::from_secs(seconds.parse().ok()?))),
            None => (value, None),
        };
        Some(match (word, seconds) {
            ("delay-report", seconds) => Self::DelayReport(seconds.unwrap_or(DELAY)),
            ("stay-launching", seconds) => Self::StayLaunching(seconds.unwrap_or_default()),
            (_, Some(_)) => return None,
            (word, None) => Self::named(word)?,
        })
    }

    fn named(word: &str) -> Option<Self> {
        Some(match word {
            "fail-at-launching" => Self::FailAtLaunching,
            "fail-at-preparing" => Self::FailAt(Phase::Prepare),
            "fail-at-transferring" => Self::FailAt(Phase::Transfer),
            "fail-at-verifying" => Self::FailAt(Phase::Verify),
            "lose-event" => Self::LoseEvent,
            "truncate-report" => Self::TruncateReport,
            "stay-queued" => Self::StayQueued,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_values_are_faults() {
        for (value, fault) in [
            ("fail-at-launching", Some(Fault::FailAtLaunching)),
            ("fail-at-preparing", Some(Fault::FailAt(Phase::Prepare))),
            ("fail-at-transferring", Some(Fault::FailAt(Phase::Transfer))),
            ("fail-at-verifying", Some(Fault::FailAt(Phase::Verify))),
            ("lose-event", Some(Fault::LoseEvent)),
            ("delay-report", Some(Fault::DelayReport(DELAY))),
            ("delay-report=5", Some(Fault::DelayReport(Duration::from_secs(5)))),
            ("delay-report=soon", None),
            ("truncate-report", Some(Fault::TruncateReport)),
            ("stay-launching", Some(Fault::StayLaunching(Duration::ZERO))),
            ("stay-launching=3600", Some(Fault::StayLaunching(Duration::from_secs(3600)))),
            ("stay-queued=5", None),
            ("stay-queued", Some(Fault::StayQueued)),
            ("explode", None),
        ] {
            assert_eq!(Fault::of_tags(&[(FAULT_TAG.to_owned(), value.to_owned())].into()), fault);
        }
        assert_eq!(Fault::of_tags(&BTreeMap::new()), None);
    }
}
