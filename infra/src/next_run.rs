//! When the schedule starts the next execution. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use croner::parser::{CronParser, Seconds, Year};
use pipeline::config::rate_minutes;

/// `None` when it can't be told: nothing follows any more, or a rate has not ticked yet.
///
/// EventBridge counts a rate from its own last tick (EventBridge User Guide, "Schedule expressions").
pub(crate) fn next_run(
    expression: &str,
    last_tick: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    if let Some(minutes) = rate_minutes(expression) {
        let (period, last) = (TimeDelta::try_minutes(minutes)?.num_seconds(), last_tick?);
        let passed = (now - last).num_seconds().max(0) / period;
        return last.checked_add_signed(TimeDelta::try_seconds(period * (passed + 1))?);
    }
    let fields = expression.strip_prefix("cron(")?.strip_suffix(')')?;
    // SUN is 1 with EventBridge; croner takes a year only after seconds.
    let parser = CronParser::builder()
        .seconds(Seconds::Required)
        .year(Year::Required)
        .alternative_weekdays(true)
        .sloppy_ranges(true)
        .build();
    parser.parse(&format!("0 {fields}")).ok()?.find_next_occurrence(&now, false).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_run_of_each_kind_of_schedule() {
        let at = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().to_utc();
        let now = at("2026-11-23T10:05:30Z");
        for (expression, last_tick, expected) in [
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
            ("cron(0 9 1 1 ? 2027)", None, Some("2027-01-01T09:00:00Z")),
            ("cron(0 9 1 1 ? 2025)", None, None),
            ("hourly", None, None),
        ] {
            assert_eq!(next_run(expression, last_tick.map(at), now), expected.map(at), "{expression}");
        }
    }
}
