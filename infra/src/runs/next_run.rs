//! The time of the next scheduled execution. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use croner::parser::{CronParser, Seconds, Year};
use domain::config::rate_minutes;

/// Returns `None` when the time is unknown: nothing follows, or a rate has not started an execution
/// yet.
///
/// EventBridge counts a rate from its own last invocation (EventBridge User Guide, "Schedule
/// expressions").
pub(crate) fn next_run(
    expression: &str,
    last_start: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    if let Some(minutes) = rate_minutes(expression) {
        let (period, last) = (TimeDelta::try_minutes(minutes)?.num_seconds(), last_start?);
        let passed = (now - last).num_seconds().max(0) / period;
        return last.checked_add_signed(TimeDelta::try_seconds(period * (passed + 1))?);
    }
    let fields = croner_fields(expression.strip_prefix("cron(")?.strip_suffix(')')?)?;
    // SUN is 1 in EventBridge; croner accepts a year only after seconds.
    let parser = CronParser::builder()
        .seconds(Seconds::Required)
        .year(Year::Required)
        .alternative_weekdays(true)
        .sloppy_ranges(true)
        .build();
    parser.parse(&format!("0 {fields}")).ok()?.find_next_occurrence(&now, false).ok()
}

/// Converts the six fields to the form of croner. A single `L` as day-of-week is Saturday, the last
/// day of the week in EventBridge (EventBridge User Guide, "Cron expressions"); croner accepts it
/// only after a day.
fn croner_fields(fields: &str) -> Option<String> {
    let mut fields: Vec<String> = fields.split_whitespace().map(str::to_owned).collect();
    let days = fields.get_mut(4)?;
    *days =
        days.split(',').map(|day| if day == "L" { "7" } else { day }).collect::<Vec<_>>().join(",");
    Some(fields.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Schedules, the last start of each, and the next one.
    const SCHEDULES: [(&str, Option<&str>, Option<&str>); 33] = [
        ("rate(1 hour)", Some("2026-11-23T09:30:00Z"), Some("2026-11-23T10:30:00Z")),
        ("rate(5 minutes)", Some("2026-11-23T09:32:00Z"), Some("2026-11-23T10:07:00Z")),
        ("rate(1 day)", Some("2026-11-23T10:05:30Z"), Some("2026-11-24T10:05:30Z")),
        ("rate(1 hour)", None, None),
        ("cron(0 3 * * ? *)", None, Some("2026-11-24T03:00:00Z")),
        ("cron(0/15 * * * ? *)", None, Some("2026-11-23T10:15:00Z")),
        // 2026-11-23 is a Monday.
        ("cron(0 8 ? * 2 *)", None, Some("2026-11-30T08:00:00Z")),
        ("cron(0 8 ? * MON-FRI *)", None, Some("2026-11-24T08:00:00Z")),
        ("cron(0 18 L * ? *)", None, Some("2026-11-30T18:00:00Z")),
        ("cron(0 9 ? * 6#1 *)", None, Some("2026-12-04T09:00:00Z")),
        ("cron(0 8 ? * L *)", None, Some("2026-11-28T08:00:00Z")),
        ("cron(0 8 ? * L,MON *)", None, Some("2026-11-28T08:00:00Z")),
        ("cron(0 8 ? * 6L *)", None, Some("2026-11-27T08:00:00Z")),
        ("cron(0 8 ? * FRIL *)", None, Some("2026-11-27T08:00:00Z")),
        ("cron(0 8 ? * 2#4 *)", None, Some("2026-12-28T08:00:00Z")),
        ("cron(0 8 ? * MON#5 *)", None, Some("2026-11-30T08:00:00Z")),
        ("cron(0 8 ? * 2/2 *)", None, Some("2026-11-25T08:00:00Z")),
        ("cron(0 8 ? * SUN,TUE-THU *)", None, Some("2026-11-24T08:00:00Z")),
        ("cron(0 8 1W * ? *)", None, Some("2026-12-01T08:00:00Z")),
        ("cron(0 8 29W 11 ? *)", None, Some("2026-11-30T08:00:00Z")),
        ("cron(0 8 LW * ? *)", None, Some("2026-11-30T08:00:00Z")),
        ("cron(0 8 31 * ? *)", None, Some("2026-12-31T08:00:00Z")),
        ("cron(0 8 29 2 ? *)", None, Some("2028-02-29T08:00:00Z")),
        ("cron(0 8 1,15,L * ? *)", None, Some("2026-11-30T08:00:00Z")),
        ("cron(1/2 10 * * ? *)", None, Some("2026-11-23T10:07:00Z")),
        ("cron(0/5 8-17 ? * MON-FRI *)", None, Some("2026-11-23T10:10:00Z")),
        ("cron(10-20/5 10 23 NOV ? 2026)", None, Some("2026-11-23T10:10:00Z")),
        ("cron(59 23 31 12 ? 2026-2030/2)", None, Some("2026-12-31T23:59:00Z")),
        ("cron(0 9 1 1 ? 2199)", None, Some("2199-01-01T09:00:00Z")),
        ("cron(0 8 30 2 ? *)", None, None),
        ("cron(0 9 1 1 ? 2027)", None, Some("2027-01-01T09:00:00Z")),
        ("cron(0 9 1 1 ? 2025)", None, None),
        ("hourly", None, None),
    ];

    #[test]
    fn the_next_run_of_each_kind_of_schedule() {
        let at = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().to_utc();
        let now = at("2026-11-23T10:05:30Z");
        for (expression, last_start, expected) in SCHEDULES {
            assert_eq!(
                next_run(expression, last_start.map(at), now),
                expected.map(at),
                "{expression}"
            );
        }
    }
}
