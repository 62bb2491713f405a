//! `[schedule]`: what EventBridge takes, and how long a stack may go without a proven run.

use super::Problems;
use crate::config::schedule_expression::{self, rate_minutes};
use crate::config::sections::schedule::{MAX_FRESH_WITHIN_HOURS, Schedule};

pub(super) fn check(schedule: &Schedule, problems: &mut Problems) {
    let expression = &schedule.expression;
    problems.refused("schedule.expression", expression, schedule_expression::check(expression));
    let Some(hours) = schedule.fresh_within_hours else { return };
    if !(0..=MAX_FRESH_WITHIN_HOURS).contains(&hours) {
        let allowed =
            "must be 1 to 168, in hours: an alarm looks back 7 days at most (CloudWatch User Guide); or 0: no alarm";
        problems.add("schedule.fresh_within_hours", hours, allowed);
    } else if hours > 0 && rate_minutes(expression).is_some_and(|minutes| minutes >= i64::from(hours) * 60) {
        let message = "must be more than the time between two executions, else the alarm goes off while all is well; \
                       or 0: no alarm";
        problems.add_with("schedule.fresh_within_hours", hours, &["schedule.expression"], message);
    }
}
