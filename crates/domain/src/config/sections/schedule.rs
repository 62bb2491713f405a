//! `[schedule]`: when executions are started.

use serde::{Deserialize, Serialize};
use toml::Table;

use crate::config::defaults;
use crate::config::problem::ConfigProblem;
use crate::config::reader::Reader;
use crate::config::schedule_expression::{is_every_day, rate_minutes};
use crate::request::WhenBusy;

/// An alarm looks back no further (CloudWatch User Guide, "Evaluating an alarm").
pub(in crate::config) const MAX_FRESH_WITHIN_HOURS: i32 = 7 * 24;
/// A day, and two hours for the execution itself.
const A_DAY_AND_SOME: i32 = 26;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleConfig {
    /// EventBridge's `rate(…)` or `cron(…)`, UTC.
    pub expression: String,
    pub enabled: bool,
    /// What a tick does when an execution is under way.
    #[serde(default)]
    pub when_busy: WhenBusy,
    /// Within so many hours there has to be a proven run; `Some(0)`: nobody watches. As written,
    /// see [`ScheduleConfig::fresh_within_hours`].
    #[serde(default)]
    pub fresh_within_hours: Option<i32>,
    /// The schedule of executions that compare everything on both sides: an expression, or `never`.
    /// As written, see
    /// [`StackConfig::full_verification`](crate::config::StackConfig::full_verification).
    #[serde(default)]
    pub full_verification: Option<String>,
}

impl ScheduleConfig {
    /// Within how many hours a run has to be proven, `None` when nobody watches: as configured,
    /// else twice the time between two executions and at least a day, as far as an alarm can look
    /// back.
    #[must_use]
    pub fn fresh_within_hours(&self) -> Option<i32> {
        let by_expression = || match rate_minutes(&self.expression) {
            Some(minutes) => {
                let hours = i32::try_from(minutes.saturating_mul(2) / 60)
                    .unwrap_or(i32::MAX)
                    .max(A_DAY_AND_SOME);
                let too_rare = minutes >= i64::from(MAX_FRESH_WITHIN_HOURS) * 60;
                if too_rare { 0 } else { hours.min(MAX_FRESH_WITHIN_HOURS) }
            }
            None if is_every_day(&self.expression) => A_DAY_AND_SOME,
            None => MAX_FRESH_WITHIN_HOURS,
        };
        let hours = self.fresh_within_hours.unwrap_or_else(by_expression);
        (self.enabled && hours > 0).then_some(hours)
    }
}

pub(in crate::config) fn read(
    document: &mut Table,
    problems: &mut Vec<ConfigProblem>,
) -> ScheduleConfig {
    let mut read = Reader::section(document, "schedule", problems);
    let section = ScheduleConfig {
        expression: read.text("expression", defaults::SCHEDULE),
        enabled: read.flag("enabled", true),
        when_busy: read.choice("when_busy", WhenBusy::default()),
        fresh_within_hours: read.small_number("fresh_within_hours"),
        full_verification: read.optional_text("full_verification"),
    };
    read.finish();
    section
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_fresh_the_last_proven_run_has_to_be() {
        for (expression, written, enabled, expected) in [
            ("rate(1 minute)", None, true, Some(26)),
            ("rate(1 day)", None, true, Some(48)),
            ("rate(4 days)", None, true, Some(168)),
            ("rate(7 days)", None, true, None),
            ("rate(1 hour)", Some(2), true, Some(2)),
            ("rate(1 hour)", Some(0), true, None),
            ("rate(1 hour)", Some(2), false, None),
            ("cron(0 3 * * ? *)", None, true, Some(26)),
            ("cron(0 3 ? * MON-FRI *)", None, true, Some(168)),
            ("cron(0 3 1 * ? *)", None, true, Some(168)),
        ] {
            let schedule = ScheduleConfig {
                expression: expression.into(),
                enabled,
                when_busy: WhenBusy::Skip,
                fresh_within_hours: written,
                full_verification: None,
            };
            assert_eq!(schedule.fresh_within_hours(), expected, "{schedule:?}");
        }
    }
}
