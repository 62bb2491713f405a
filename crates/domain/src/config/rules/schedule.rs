//! `[schedule]`: what EventBridge takes, how long a stack may go without a proven run, and when
//! everything is compared.

use super::Problems;
use crate::config::full_verification::{NEVER, VERIFY_MODE, obstacles};
use crate::config::schedule_expression::{self, rate_minutes};
use crate::config::sections::schedule::{MAX_FRESH_WITHIN_HOURS, ScheduleConfig};
use crate::config::{StackConfig, VerifyMode};

const FULL_VERIFICATION: &str = "schedule.full_verification";

pub(super) fn check(config: &StackConfig, problems: &mut Problems) {
    let expression = &config.schedule.expression;
    problems.refused("schedule.expression", expression, schedule_expression::check(expression));
    freshness(&config.schedule, problems);
    full_verification(config, problems);
}

fn freshness(schedule: &ScheduleConfig, problems: &mut Problems) {
    let Some(hours) = schedule.fresh_within_hours else { return };
    if !(0..=MAX_FRESH_WITHIN_HOURS).contains(&hours) {
        let allowed = "must be 1 to 168, in hours: an alarm looks back 7 days at most (CloudWatch \
            User Guide); or 0: no alarm";
        problems.add("schedule.fresh_within_hours", hours, allowed);
    } else if hours > 0
        && rate_minutes(&schedule.expression)
            .is_some_and(|minutes| minutes >= i64::from(hours) * 60)
    {
        let message = "must be more than the time between two executions, else the alarm goes off while all is well; \
                       or 0: no alarm";
        problems.add_with("schedule.fresh_within_hours", hours, &["schedule.expression"], message);
    }
}

/// It is written, so it is wanted: where it can't be, or changes nothing, that is said.
fn full_verification(config: &StackConfig, problems: &mut Problems) {
    let Some(written) =
        config.schedule.full_verification.as_deref().filter(|written| *written != NEVER)
    else {
        return;
    };
    if let Err(message) = schedule_expression::check(written) {
        problems.add(FULL_VERIFICATION, written, format!("{message}; or \"{NEVER}\""));
    }
    if config.task.verify_mode == VerifyMode::PointInTimeConsistent {
        let message = "does not go with task.verify_mode = \"POINT_IN_TIME_CONSISTENT\": each execution compares \
                       everything already; remove the one or the other";
        problems.add_with(FULL_VERIFICATION, written, &[VERIFY_MODE], message);
        return;
    }
    for finding in obstacles(config) {
        let others = finding.options.iter().filter(|option| option.name != VERIFY_MODE);
        let (names, shown): (Vec<&str>, Vec<String>) =
            others.map(|option| (option.name, option.to_string())).unzip();
        let message =
            format!("does not go with {}: {}; remove it", shown.join(" and "), finding.reason);
        problems.add_with(FULL_VERIFICATION, written, &names, message);
    }
}
