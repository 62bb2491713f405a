//! Executions that come too often or not at all, and comparisons of everything that do.

use crate::config::schedule_expression::rate_minutes;
use crate::config::{ConfigWarning, ScheduleConfig, StackConfig, VerifyMode};

/// DataSync itself offers no schedule below an hour; a quarter of it is where a comparison of few
/// files still fits in.
const OFTEN: i64 = 15;
const A_DAY: i64 = 24 * 60;

pub(in crate::config) fn find_warnings(config: &StackConfig) -> Vec<ConfigWarning> {
    warn_of_executions(&config.schedule)
        .into_iter()
        .chain(warn_of_full_verification(config))
        .collect()
}

fn warn_of_executions(schedule: &ScheduleConfig) -> Option<ConfigWarning> {
    if !schedule.enabled {
        let message = "starts no executions: only `efs-s3 sync` copies, and no alert is sent when \
            it is forgotten; write true";
        return Some(ConfigWarning::new("schedule.enabled", false, message));
    }
    let message = "lists the whole file system and the whole prefix each time, which S3 bills by \
        request; while an execution runs, the next slot is skipped; write rate(15 minutes) or more";
    let often = rate_minutes(&schedule.expression).is_some_and(|minutes| minutes < OFTEN);
    often.then(|| ConfigWarning::new("schedule.expression", &schedule.expression, message))
}

/// Warns of comparisons of everything that come too often: each reads every object (DataSync User
/// Guide, "Configuring data verification"), and of none at all.
fn warn_of_full_verification(config: &StackConfig) -> Option<ConfigWarning> {
    let ScheduleConfig { expression, enabled, .. } = &config.schedule;
    let between_executions = rate_minutes(expression).filter(|_| *enabled);
    if config.task.verify_mode == VerifyMode::PointInTimeConsistent {
        let message = "compares all files on both sides at the end of each execution, which reads \
            every object; with \"ONLY_FILES_TRANSFERRED\", schedule.full_verification sets how \
            often";
        let often = between_executions.is_some_and(|minutes| minutes < A_DAY);
        return often
            .then(|| ConfigWarning::new("task.verify_mode", "POINT_IN_TIME_CONSISTENT", message));
    }
    let key = "schedule.full_verification";
    let Some(full) = config.full_verification() else {
        let message = "compares a file with its object only after its transfer: later damage to \
            an object is not found, only its loss (`efs-s3 audit`); write \"rate(7 days)\"";
        return config.needs_full_verification().then(|| ConfigWarning::new(key, "never", message));
    };
    let minutes = rate_minutes(full).filter(|_| *enabled)?;
    if between_executions.is_some_and(|between| minutes <= between) {
        let message = "is as frequent as the schedule: write task.verify_mode = \
            \"POINT_IN_TIME_CONSISTENT\" instead, which needs no extra execution, or a longer rate";
        return Some(ConfigWarning::new(key, full, message));
    }
    let message = "compares all files on both sides each time, which reads every object; write \
        rate(1 day) or more";
    (minutes < A_DAY).then(|| ConfigWarning::new(key, full, message))
}
