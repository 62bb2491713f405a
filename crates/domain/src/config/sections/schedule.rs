//! `[schedule]`: when executions are started.

mod full_verification;
#[cfg(test)]
pub(in crate::config) mod tests;
pub(in crate::config) mod warnings;

use serde::{Deserialize, Serialize};

use self::full_verification::{NEVER, VERIFY_MODE, find_obstacles};
use crate::config::defaults;
use crate::config::document::Document;
use crate::config::rule_problems::RuleProblems;
use crate::config::schedule_expression::{self, is_every_day, rate_minutes};
use crate::config::section_reader::SectionReader;
use crate::config::{StackConfig, VerifyMode};
use crate::request::WhenBusy;

/// The longest evaluation of an alarm (CloudWatch User Guide, "Evaluating an alarm").
pub(in crate::config) const MAX_FRESH_WITHIN_HOURS: i32 = 7 * 24;
/// A day, and two hours for the execution itself.
const A_DAY_AND_SOME: i32 = 26;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleConfig {
    /// EventBridge's `rate(…)` or `cron(…)`, UTC.
    pub expression: String,
    pub enabled: bool,
    /// The treatment of a slot while an execution runs.
    #[serde(default)]
    pub when_busy: WhenBusy,
    /// Hours within which a proven execution is required; `Some(0)`: no alarm. As configured, see
    /// [`ScheduleConfig::fresh_within_hours`].
    #[serde(default)]
    pub fresh_within_hours: Option<i32>,
    /// The schedule of executions that compare everything on both sides: an expression, or `never`.
    /// [`StackConfig::full_verification`](crate::config::StackConfig::full_verification) has its
    /// default.
    #[serde(default)]
    pub full_verification: Option<String>,
}

impl ScheduleConfig {
    /// The hours within which an execution has to be proven, `None` without an alarm: as
    /// configured, otherwise twice the time between two executions, at least a day and at most the
    /// longest evaluation of an alarm.
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

pub(in crate::config) fn read_section(document: &mut Document) -> ScheduleConfig {
    let mut read = SectionReader::open(document, "schedule");
    let section = ScheduleConfig {
        expression: read.read_text("expression", defaults::SCHEDULE),
        enabled: read.read_flag("enabled", true),
        when_busy: read.read_choice("when_busy", WhenBusy::default()),
        fresh_within_hours: read.read_small_number("fresh_within_hours"),
        full_verification: read.read_optional_text("full_verification"),
    };
    read.finish();
    section
}

const FULL_VERIFICATION: &str = "schedule.full_verification";

pub(in crate::config) fn check_section(config: &StackConfig, problems: &mut RuleProblems) {
    let expression = &config.schedule.expression;
    problems.add_refusal("schedule.expression", expression, schedule_expression::check(expression));
    check_freshness(&config.schedule, problems);
    check_full_verification(config, problems);
}

fn check_freshness(schedule: &ScheduleConfig, problems: &mut RuleProblems) {
    let Some(hours) = schedule.fresh_within_hours else { return };
    if !(0..=MAX_FRESH_WITHIN_HOURS).contains(&hours) {
        let allowed = "must be 1 to 168, in hours: an alarm evaluates at most 7 days (CloudWatch \
            User Guide); 0: no alarm";
        problems.add_problem("schedule.fresh_within_hours", hours, allowed);
    } else if hours > 0
        && rate_minutes(&schedule.expression)
            .is_some_and(|minutes| minutes >= i64::from(hours) * 60)
    {
        let message = "must be more than the time between two executions, otherwise the alarm is \
            raised without a fault; 0: no alarm";
        problems.add_combined(
            "schedule.fresh_within_hours",
            hours,
            &["schedule.expression"],
            message,
        );
    }
}

/// It is written, so it is wanted: where it can't be, or changes nothing, that is said.
fn check_full_verification(config: &StackConfig, problems: &mut RuleProblems) {
    let Some(written) =
        config.schedule.full_verification.as_deref().filter(|written| *written != NEVER)
    else {
        return;
    };
    if let Err(message) = schedule_expression::check(written) {
        problems.add_problem(FULL_VERIFICATION, written, format!("{message}; or \"{NEVER}\""));
    }
    if config.task.verify_mode == VerifyMode::PointInTimeConsistent {
        let message = "does not go with task.verify_mode = \"POINT_IN_TIME_CONSISTENT\": each \
            execution compares all files; remove one of the two";
        problems.add_combined(FULL_VERIFICATION, written, &[VERIFY_MODE], message);
        return;
    }
    report_obstacles(config, written, problems);
}

fn report_obstacles(config: &StackConfig, written: &str, problems: &mut RuleProblems) {
    for finding in find_obstacles(config) {
        let others = finding.options.iter().filter(|option| option.name != VERIFY_MODE);
        let (names, shown): (Vec<&str>, Vec<String>) =
            others.map(|option| (option.name, option.to_string())).unzip();
        let message =
            format!("does not go with {}: {}; remove it", shown.join(" and "), finding.reason);
        problems.add_combined(FULL_VERIFICATION, written, &names, message);
    }
}
