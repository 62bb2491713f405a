//! A duration as a person types it: `10m`, `1 hour`, `1 h 35 min`.

use chrono::TimeDelta;

/// Parses a sequence of whole numbers, each with a unit from seconds to weeks, in lower case.
pub(super) fn parse_elapsed(text: &str) -> Option<TimeDelta> {
    let mut rest = text.trim();
    let mut sum = None;
    while !rest.is_empty() {
        let (count, after) = split_where(rest, |c| !c.is_ascii_digit());
        let (unit, after) = split_where(after.trim_start(), |c| !c.is_ascii_alphabetic());
        let part = unit_delta(unit, count.parse().ok()?)?;
        sum = Some(sum.unwrap_or(TimeDelta::zero()).checked_add(&part)?);
        rest = after.trim_start();
    }
    sum
}

fn split_where(text: &str, ends: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

fn unit_delta(unit: &str, count: i64) -> Option<TimeDelta> {
    match unit {
        "s" | "sec" | "secs" | "second" | "seconds" => TimeDelta::try_seconds(count),
        "m" | "min" | "mins" | "minute" | "minutes" => TimeDelta::try_minutes(count),
        "h" | "hour" | "hours" => TimeDelta::try_hours(count),
        "d" | "day" | "days" => TimeDelta::try_days(count),
        "w" | "week" | "weeks" => TimeDelta::try_weeks(count),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_numbers_with_units() {
        for (text, seconds) in [
            ("10m", Some(600)),
            ("10 m", Some(600)),
            ("1 hour", Some(3_600)),
            ("1h30m", Some(5_400)),
            ("1 h 35 min", Some(5_700)),
            ("2 weeks", Some(1_209_600)),
            ("5", None),
            ("m", None),
            ("-1 days", None),
            ("1.5 h", None),
            ("1 month", None),
            ("99999999999999 days", None),
            ("9223372036854775807s 1s", None),
            ("", None),
        ] {
            assert_eq!(parse_elapsed(text).map(|one| one.num_seconds()), seconds, "{text}");
        }
    }
}
