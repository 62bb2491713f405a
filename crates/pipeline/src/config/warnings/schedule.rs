//! Executions that come too often or not at all.

use super::ConfigWarning;
use crate::config::Schedule;

/// DataSync itself offers no schedule below an hour; a quarter of it is where a comparison of few files still fits in.
const OFTEN: u32 = 15;

pub(super) fn of(schedule: &Schedule) -> Option<ConfigWarning> {
    if !schedule.enabled {
        let message =
            "starts nothing by itself: only `efs-s3 sync` copies, and nothing tells when it is forgotten; write true";
        return Some(ConfigWarning::new("schedule.enabled", false, message));
    }
    let message = "lists the whole file system and the whole prefix each time, which S3 bills by the request; \
                   an execution that takes longer makes the next start skip; write rate(15 minutes) or more";
    let often = minutes(&schedule.expression).is_some_and(|minutes| minutes < OFTEN);
    often.then(|| ConfigWarning::new("schedule.expression", &schedule.expression, message))
}

fn minutes(expression: &str) -> Option<u32> {
    let (number, unit) = expression.strip_prefix("rate(")?.strip_suffix(')')?.split_once(' ')?;
    if unit.starts_with("minute") { number.parse().ok() } else { None }
}
