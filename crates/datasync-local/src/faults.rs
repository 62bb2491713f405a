//! Injected faults: a tag on the task makes its executions fail in a chosen way, for demonstrations
//! and tests.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::engine::Phase;

/// The task's tag that injects a fault.
pub const FAULT_TAG: &str = "datasync-local:fault";

/// The delay of a report when the tag does not give one.
const DELAY: Duration = Duration::from_secs(30);

/// An injected fault. The tag's values are [`Fault::WORDS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The execution ends as ERROR before it prepares.
    FailAtLaunching(Reason),
    /// The execution ends as ERROR as soon as it enters the phase, before any work of it.
    FailAt(Phase, Reason),
    /// The execution stays at the beginning of the phase, before any work of it, until the tag
    /// changes or it is cancelled. Tests change files or objects meanwhile.
    HoldAt(Phase),
    /// The execution completes, and the event of its end is not delivered.
    LoseEvent,
    /// The execution ends, and its report is written this much later; `ReportResult` is PENDING
    /// until then.
    DelayReport(Duration),
    /// The last part of the detailed report lacks its second half.
    TruncateReport,
    /// The parts of the detailed report are very small, so that a few hundred files make as many
    /// parts as millions do.
    SmallReportParts,
    /// The execution stays in LAUNCHING until it is cancelled, and reports a launch this much
    /// earlier, so that tests of stuck executions need not wait.
    StayLaunching(Duration),
    /// The execution stays in QUEUED until it is cancelled.
    StayQueued,
    /// The task itself is UNAVAILABLE, as after its network interfaces were deleted: no execution
    /// can start.
    TaskUnavailable,
    /// The task's own schedule is disabled by DataSync, as after repeated failures.
    ScheduleDisabled,
}

/// The failure that the execution reports, with the messages that AWS's guides quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The injected fault itself.
    Asked,
    Permission,
    Kms,
    Quota,
    Network,
    Service,
}

impl Reason {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "permission" => Self::Permission,
            "kms" => Self::Kms,
            "quota" => Self::Quota,
            "network" => Self::Network,
            "service" => Self::Service,
            _ => return None,
        })
    }

    /// DataSync's code and detail.
    ///
    /// Sources: DataSync User Guide, "Troubleshooting issues with transfers"; the codes beside the
    /// texts are guesses.
    #[must_use]
    pub fn code_and_detail(self) -> (&'static str, &'static str) {
        match self {
            Self::Asked => {
                ("InjectedFault", "a fault was asked for by the task's tag `datasync-local:fault`")
            }
            Self::Permission => (
                "AccessDenied",
                "Unable to assume role. Reason: Access denied when calling sts:AssumeRole",
            ),
            Self::Kms => ("AccessDenied", "User is not authorized to perform: kms:GenerateDataKey"),
            Self::Quota => ("QuotaExceeded", "Task execution exceeded the maximum number of files"),
            Self::Network => ("x40016", "mount.nfs4: Connection timed out"),
            Self::Service => ("InternalError", "Internal service error"),
        }
    }
}

impl Fault {
    /// Every value of the tag; `delay-report` and `stay-launching` also take `=<seconds>`,
    /// `fail-at-…` also `=<reason>`.
    pub const WORDS: [&str; 15] = [
        "fail-at-launching",
        "fail-at-preparing",
        "fail-at-transferring",
        "fail-at-verifying",
        "hold-at-preparing",
        "hold-at-transferring",
        "hold-at-verifying",
        "lose-event",
        "delay-report",
        "truncate-report",
        "small-report-parts",
        "stay-launching",
        "stay-queued",
        "task-unavailable",
        "schedule-disabled",
    ];

    /// The fault in a task's tags. An unknown value is no fault, and is logged.
    #[must_use]
    pub fn from_tags(tags: &BTreeMap<String, String>) -> Option<Self> {
        let value = tags.get(FAULT_TAG)?;
        let fault = Self::parse(value);
        if fault.is_none() {
            let known = Self::WORDS.join(", ");
            tracing::warn!(
                "tag `{FAULT_TAG}` has the unknown value `{value}`: no fault; known are {known}"
            );
        }
        fault
    }

    /// The seconds by which the reported launch is earlier than the real one.
    #[must_use]
    pub fn launch_offset_seconds(fault: Option<Self>) -> f64 {
        if let Some(Self::StayLaunching(earlier)) = fault { earlier.as_secs_f64() } else { 0.0 }
    }

    fn parse(value: &str) -> Option<Self> {
        let (word, more) =
            value.split_once('=').map_or((value, None), |(word, more)| (word, Some(more)));
        let seconds = |otherwise| match more {
            Some(text) => text.parse().ok().map(Duration::from_secs),
            None => Some(otherwise),
        };
        let reason = || more.map_or(Some(Reason::Asked), Reason::parse);
        Some(match word {
            "fail-at-launching" => Self::FailAtLaunching(reason()?),
            "fail-at-preparing" => Self::FailAt(Phase::Prepare, reason()?),
            "fail-at-transferring" => Self::FailAt(Phase::Transfer, reason()?),
            "fail-at-verifying" => Self::FailAt(Phase::Verify, reason()?),
            "delay-report" => Self::DelayReport(seconds(DELAY)?),
            "stay-launching" => Self::StayLaunching(seconds(Duration::ZERO)?),
            _ if more.is_some() => return None,
            _ => Self::from_word(word)?,
        })
    }

    /// A fault that has no value.
    fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "hold-at-preparing" => Self::HoldAt(Phase::Prepare),
            "hold-at-transferring" => Self::HoldAt(Phase::Transfer),
            "hold-at-verifying" => Self::HoldAt(Phase::Verify),
            "lose-event" => Self::LoseEvent,
            "truncate-report" => Self::TruncateReport,
            "small-report-parts" => Self::SmallReportParts,
            "stay-queued" => Self::StayQueued,
            "task-unavailable" => Self::TaskUnavailable,
            "schedule-disabled" => Self::ScheduleDisabled,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests;
