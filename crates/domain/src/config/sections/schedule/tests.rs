//! Schedules that EventBridge refuses, and alarms that could not work.

use crate::config::ScheduleConfig;
use crate::config::refusal_tests::describe_refusals;
use crate::request::WhenBusy;

pub(in crate::config) const EXPRESSIONS: &[&str] = &[
    "[schedule]\nexpression = \"hourly\"",
    "[schedule]\nexpression = \"rate(1 minutes)\"",
    "[schedule]\nexpression = \"rate(5 minute)\"",
    "[schedule]\nexpression = \"rate(0 hours)\"",
    "[schedule]\nexpression = \"at(2026-12-24T18:00:00)\"",
    "[schedule]\nexpression = \"cron(0 25 * * ? *)\"",
    "[schedule]\nexpression = \"cron(0 3 * * *)\"",
    "[schedule]\nexpression = \"cron(0 3 * * * *)\"",
];

pub(in crate::config) const ALARMS: &[&str] = &[
    "[schedule]\nenabled = \"yes\"",
    "[schedule]\ntimezone = \"Europe/Berlin\"",
    "[schedule]\nfresh_within_hours = -1",
    "[schedule]\nfresh_within_hours = 169",
    "[schedule]\nexpression = \"rate(1 day)\"\nfresh_within_hours = 24",
    "[schedule]\nwhen_busy = \"wait\"",
];

pub(in crate::config) const FULL_VERIFICATIONS: &[&str] = &[
    "[schedule]\nfull_verification = \"weekly\"",
    "[schedule]\nfull_verification = \"\"",
    "[schedule]\nfull_verification = false",
    "[schedule]\nfull_verification = \"rate(7 day)\"",
    "[schedule]\nfull_verification = \"rate(7 days)\"\n[task]\nverify_mode = \
        \"POINT_IN_TIME_CONSISTENT\"",
    "[schedule]\nfull_verification = \"rate(7 days)\"\n[task]\nmode = \"ENHANCED\"",
    "[schedule]\nfull_verification = \"rate(7 days)\"\n[destination]\nstorage_class = \
        \"GLACIER\"\ntransition_days = 90\ntransition_storage_class = \"DEEP_ARCHIVE\"",
];

#[test]
fn refused_expressions() {
    insta::assert_snapshot!(describe_refusals(EXPRESSIONS), @r#"
    [schedule] expression = "hourly"
        schedule.expression = "hourly": must be rate(…) or cron(…), such as rate(1 hour) or cron(0 3 * * ? *)
    [schedule] expression = "rate(1 minutes)"
        schedule.expression = "rate(1 minutes)": must be rate(1 minute): EventBridge refuses a plural with 1
    [schedule] expression = "rate(5 minute)"
        schedule.expression = "rate(5 minute)": must be rate(5 minutes): EventBridge refuses a singular with more than 1
    [schedule] expression = "rate(0 hours)"
        schedule.expression = "rate(0 hours)": must have a value of at least 1: EventBridge refuses 0
    [schedule] expression = "at(2026-12-24T18:00:00)"
        schedule.expression = "at(2026-12-24T18:00:00)": must be rate(…) or cron(…), such as rate(1 hour) or cron(0 3 * * ? *)
    [schedule] expression = "cron(0 25 * * ? *)"
        schedule.expression = "cron(0 25 * * ? *)": has `25` as its hours, where EventBridge accepts 0 to 23
    [schedule] expression = "cron(0 3 * * *)"
        schedule.expression = "cron(0 3 * * *)": must have six fields (minutes hours day-of-month month day-of-week year), not 5
    [schedule] expression = "cron(0 3 * * * *)"
        schedule.expression = "cron(0 3 * * * *)": must have ? as exactly one of day-of-month and day-of-week
    "#);
}

#[test]
fn refused_times_of_the_alarm_and_other_keys() {
    insta::assert_snapshot!(describe_refusals(ALARMS), @r#"
    [schedule] enabled = "yes"
        schedule.enabled = "yes": must be true or false, without quotes
    [schedule] timezone = "Europe/Berlin"
        schedule.timezone = "Europe/Berlin": is not a known key; known keys: expression, enabled, when_busy, fresh_within_hours, full_verification
    [schedule] fresh_within_hours = -1
        schedule.fresh_within_hours = -1: must be 1 to 168, in hours: an alarm evaluates at most 7 days (CloudWatch User Guide); 0: no alarm
    [schedule] fresh_within_hours = 169
        schedule.fresh_within_hours = 169: must be 1 to 168, in hours: an alarm evaluates at most 7 days (CloudWatch User Guide); 0: no alarm
    [schedule] expression = "rate(1 day)" fresh_within_hours = 24
        schedule.fresh_within_hours = 24: must be more than the time between two executions, otherwise the alarm is raised without a fault; 0: no alarm
    [schedule] when_busy = "wait"
        schedule.when_busy = "wait": must be one of skip, queue, adopt
    "#);
}

#[test]
fn refused_full_verifications() {
    insta::assert_snapshot!(describe_refusals(FULL_VERIFICATIONS), @r#"
    [schedule] full_verification = "weekly"
        schedule.full_verification = "weekly": must be rate(…) or cron(…), such as rate(1 hour) or cron(0 3 * * ? *); or "never"
    [schedule] full_verification = ""
        schedule.full_verification = "": must be rate(…) or cron(…), such as rate(1 hour) or cron(0 3 * * ? *); or "never"
    [schedule] full_verification = false
        schedule.full_verification = false: must be a text in quotes
    [schedule] full_verification = "rate(7 day)"
        schedule.full_verification = "rate(7 day)": must be rate(7 days): EventBridge refuses a singular with more than 1; or "never"
    [schedule] full_verification = "rate(7 days)" [task] verify_mode = "POINT_IN_TIME_CONSISTENT"
        schedule.full_verification = "rate(7 days)": does not go with task.verify_mode = "POINT_IN_TIME_CONSISTENT": each execution compares all files; remove one of the two
    [schedule] full_verification = "rate(7 days)" [task] mode = "ENHANCED"
        schedule.full_verification = "rate(7 days)": does not go with task.mode = "ENHANCED": DataSync can't compare all files in this mode; remove it
    [schedule] full_verification = "rate(7 days)" [destination] storage_class = "GLACIER" transition_days = 90 transition_storage_class = "DEEP_ARCHIVE"
        schedule.full_verification = "rate(7 days)": does not go with destination.storage_class = "GLACIER": DataSync can't read objects of this class; remove it
        schedule.full_verification = "rate(7 days)": does not go with destination.transition_storage_class = "DEEP_ARCHIVE": DataSync can't read objects after they have moved to this class; remove it
    "#);
}

const HOURS: [(&str, Option<i32>, bool, Option<i32>); 10] = [
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
];

#[test]
fn how_fresh_the_last_proven_run_has_to_be() {
    for (expression, written, enabled, expected) in HOURS {
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
