//! A time as a person types it, and as all output for people shows it. Without an offset it is UTC.

mod elapsed;

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

use elapsed::parse_elapsed;

/// Formats a time for people, to the second: `2026-11-23 10:00:00 UTC`. [`parse_point_in_time`]
/// reads it.
#[must_use]
pub fn format_time(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Parses a time; a day alone is its end, or now if it is today.
///
/// # Errors
/// When the text is no time, or is in the future.
pub fn parse_point_in_time(
    text: &str,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, PointInTimeError> {
    parse_time(text, now, |day| end_of_day(day).map(|end| end.min(now)))
}

/// Parses the time since which something is shown; a day alone is its beginning.
///
/// # Errors
/// When the text is no time, or is in the future.
pub fn parse_beginning(text: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, PointInTimeError> {
    parse_time(text, now, |day| Some(day.and_time(NaiveTime::MIN).and_utc()))
}

fn parse_time(
    text: &str,
    now: DateTime<Utc>,
    time_of_day: impl FnOnce(NaiveDate) -> Option<DateTime<Utc>>,
) -> Result<DateTime<Utc>, PointInTimeError> {
    let text = text.trim();
    let day = parse_day(text, now);
    let is_future_day = day.is_some_and(|day| day > now.date_naive());
    let moment = parse_rfc3339(text)
        .or_else(|| parse_without_offset(text))
        .or_else(|| day.and_then(time_of_day))
        .or_else(|| parse_clock_of_day(text, now))
        .or_else(|| parse_last_clock(text, now))
        .or_else(|| parse_ago(text, now));
    match moment {
        None => Err(PointInTimeError::Unknown(text.to_owned())),
        Some(moment) if moment > now || is_future_day => {
            Err(PointInTimeError::Future(text.to_owned()))
        }
        Some(moment) => Ok(moment),
    }
}

fn parse_rfc3339(text: &str) -> Option<DateTime<Utc>> {
    Some(DateTime::parse_from_rfc3339(text).ok()?.to_utc())
}

fn parse_without_offset(text: &str) -> Option<DateTime<Utc>> {
    let text = strip_utc(text).trim_end_matches([' ', 'Z']);
    let formats =
        ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"];
    let read = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    read.map(|time| time.and_utc())
}

fn strip_utc(text: &str) -> &str {
    text.strip_suffix("UTC").unwrap_or(text).trim_end()
}

/// Parses `2026-11-23`, `today` or `yesterday`.
fn parse_day(text: &str, now: DateTime<Utc>) -> Option<NaiveDate> {
    match text.to_ascii_lowercase().as_str() {
        "today" => Some(now.date_naive()),
        "yesterday" => now.date_naive().checked_sub_days(Days::new(1)),
        _ => NaiveDate::parse_from_str(text, "%Y-%m-%d").ok(),
    }
}

/// S3 stores whole seconds; the end of a day is before the next one.
fn end_of_day(day: NaiveDate) -> Option<DateTime<Utc>> {
    let next = day.checked_add_days(Days::new(1))?.and_time(NaiveTime::MIN);
    Some(next.and_utc() - TimeDelta::milliseconds(1))
}

/// Parses `yesterday 20:50`.
fn parse_clock_of_day(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let (day, clock) = text.split_once(' ')?;
    Some(parse_day(day, now)?.and_time(parse_clock(clock)?).and_utc())
}

/// Parses `20:50`: the last time that a clock showed it.
fn parse_last_clock(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let today = now.date_naive().and_time(parse_clock(text)?).and_utc();
    if today <= now { Some(today) } else { today.checked_sub_days(Days::new(1)) }
}

fn parse_clock(text: &str) -> Option<NaiveTime> {
    let text = strip_utc(text).trim_start();
    ["%H:%M:%S", "%H:%M"].iter().find_map(|format| NaiveTime::parse_from_str(text, format).ok())
}

/// Parses `now`, `10m ago`, `1 hour ago`, `1 h 35 min ago`, and the same without `ago`.
fn parse_ago(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let text = text.to_ascii_lowercase();
    if text == "now" {
        return Some(now);
    }
    let elapsed = parse_elapsed(text.strip_suffix(" ago").unwrap_or(&text))?;
    now.checked_sub_signed(elapsed)
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PointInTimeError {
    #[error(
        "reading `{0}` as a time: it must be like one of now, `10m ago`, `1 hour ago`, yesterday, \
            20:50, 2026-11-23, `2026-11-23 10:00`, 2026-11-23T10:00:00+01:00; without an offset \
            it is UTC"
    )]
    Unknown(String),
    #[error("reading `{0}` as a time: it is in the future; without an offset a time is UTC")]
    Future(String),
}

#[cfg(test)]
mod tests;
