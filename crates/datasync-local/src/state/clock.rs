//! Times as the API prints them.

use chrono::{DateTime, SecondsFormat, Utc};

/// The current time in seconds since the epoch, to the millisecond: the API's timestamps are JSON
/// numbers.
#[must_use]
pub fn now_seconds() -> f64 {
    seconds_of(Utc::now())
}

/// The time in ISO 8601 in UTC with milliseconds, as the summary report prints times.
#[must_use]
pub fn iso_millis(seconds: f64) -> String {
    let millis = (seconds * 1000.0).round();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "milliseconds of any date this century fit in 41 bits"
    )]
    let time = DateTime::<Utc>::from_timestamp_millis(millis as i64).unwrap_or_default();
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn seconds_of(time: DateTime<Utc>) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds of any date this century fit in 41 bits"
    )]
    let millis = time.timestamp_millis() as f64;
    millis / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_printed_to_the_millisecond() {
        assert_eq!(iso_millis(1_734_084_871.781), "2024-12-13T10:14:31.781Z");
    }
}
