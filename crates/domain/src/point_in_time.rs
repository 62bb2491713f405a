//! A time as a person types it: RFC 3339, a date with or without a time of day (UTC), or `2 hours
//! ago`.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, TimeDelta, Utc};

/// Parses a time. Without an offset it is UTC; a date alone is the end of that day.
///
/// # Errors
/// When the text is none of these, or is in the future.
pub fn parse_point_in_time(
    text: &str,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, PointInTimeError> {
    let text = text.trim();
    let moment = parse_rfc3339(text)
        .or_else(|| parse_without_offset(text))
        .or_else(|| parse_end_of_day(text))
        .or_else(|| parse_ago(text, now));
    let moment = moment.ok_or_else(|| PointInTimeError::Unknown(text.to_owned()))?;
    if moment <= now {
        return Ok(moment);
    }
    // The end of today is not over yet; what stands now stood then as far as anybody can say.
    let is_today = moment - now < TimeDelta::days(1) && parse_end_of_day(text).is_some();
    if is_today { Ok(now) } else { Err(PointInTimeError::Future(text.to_owned())) }
}

fn parse_rfc3339(text: &str) -> Option<DateTime<Utc>> {
    Some(DateTime::parse_from_rfc3339(text).ok()?.to_utc())
}

fn parse_without_offset(text: &str) -> Option<DateTime<Utc>> {
    let text = text.strip_suffix("UTC").unwrap_or(text).trim_end_matches([' ', 'Z']);
    let formats =
        ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"];
    let read = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    read.map(|time| time.and_utc())
}

fn parse_end_of_day(text: &str) -> Option<DateTime<Utc>> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    let next = day.checked_add_days(Days::new(1))?.and_hms_opt(0, 0, 0)?;
    Some(next.and_utc() - TimeDelta::milliseconds(1))
}

fn parse_ago(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let (count, unit) = text.strip_suffix(" ago")?.split_once(' ')?;
    let count: i64 = count.parse().ok().filter(|count| *count >= 0)?;
    let elapsed = match unit.trim_end_matches('s') {
        "minute" | "min" => TimeDelta::try_minutes(count),
        "hour" => TimeDelta::try_hours(count),
        "day" => TimeDelta::try_days(count),
        "week" => TimeDelta::try_weeks(count),
        _ => None,
    };
    now.checked_sub_signed(elapsed?)
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PointInTimeError {
    #[error(
        "reading `{0}` as a time: it must be one of 2026-11-23T10:00:00Z, `2026-11-23 10:00`, \
            2026-11-23, `2 hours ago`"
    )]
    Unknown(String),
    #[error("reading `{0}` as a time: it is in the future")]
    Future(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENTS: [(&str, Option<&str>); 18] = [
        ("2026-11-23T10:00:00Z", Some("2026-11-23T10:00:00+00:00")),
        ("2026-11-23T10:00:00.5+02:00", Some("2026-11-23T08:00:00.500+00:00")),
        ("2026-11-23 10:00:05", Some("2026-11-23T10:00:05+00:00")),
        (" 2026-11-23 10:00 ", Some("2026-11-23T10:00:00+00:00")),
        ("2026-11-23 10:00 UTC", Some("2026-11-23T10:00:00+00:00")),
        ("2026-11-23T10:00Z", Some("2026-11-23T10:00:00+00:00")),
        ("2026-11-22", Some("2026-11-22T23:59:59.999+00:00")),
        ("2026-11-23", Some("2026-11-23T12:00:00+00:00")),
        ("90 minutes ago", Some("2026-11-23T10:30:00+00:00")),
        ("1 day ago", Some("2026-11-22T12:00:00+00:00")),
        ("2 weeks ago", Some("2026-11-09T12:00:00+00:00")),
        ("2026-11-24", None),
        ("2026-11-23 12:01", None),
        ("2026-02-30", None),
        ("-1 days ago", None),
        ("99999999999999 days ago", None),
        ("23.11.2026", None),
        ("", None),
    ];

    #[test]
    fn moments_as_people_type_them() {
        let now = parse_rfc3339("2026-11-23T12:00:00Z").unwrap();
        for (text, expected) in MOMENTS {
            let read = parse_point_in_time(text, now).ok().map(|moment| moment.to_rfc3339());
            assert_eq!(read.as_deref(), expected, "{text}");
        }
    }
}
