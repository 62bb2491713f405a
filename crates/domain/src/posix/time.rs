//! A file's time, over the whole range that a file system can state: `i64` seconds around the epoch
//! with nanoseconds.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

const NANOS_A_SECOND: i128 = 1_000_000_000;
const MILLIS_A_SECOND: i128 = 1_000;
const NANOS_A_MILLI: u32 = 1_000_000;
/// The Gregorian calendar repeats after this many years, which chrono need not know of beyond its
/// own range.
const CYCLE_YEARS: i64 = 400;
const CYCLE_SECONDS: i64 = 146_097 * 86_400;
/// 2000-03-01T00:00:00Z, the start of the cycle that dates are calculated in.
const CYCLE_START: i64 = 951_868_800;

/// Seconds since the epoch, negative before it, and the nanoseconds that follow them, in the
/// precision it was written with.
///
/// Written as `<int>ns`. Read as `<int>ns`, `<int>` (milliseconds, by the FSx for Lustre contract)
/// or `<sec>/<nsec>` (a DataSync log sample). What is beyond `i64` seconds is refused and never
/// held at the nearest that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileTime {
    seconds: i64,
    /// Below a second; of whole milliseconds where the unit is.
    nanos: u32,
    unit: Unit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Unit {
    Nanos,
    Millis,
}

impl FileTime {
    /// From `st_mtime` and `st_mtime_nsec`; `None` where the second is a whole second or more.
    #[must_use]
    pub fn new(seconds: i64, nanos: u32) -> Option<Self> {
        (i128::from(nanos) < NANOS_A_SECOND).then_some(Self { seconds, nanos, unit: Unit::Nanos })
    }

    #[must_use]
    pub fn from_seconds(seconds: i64) -> Self {
        Self { seconds, nanos: 0, unit: Unit::Nanos }
    }

    /// The whole seconds: of a time before the epoch, those before it.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.seconds
    }

    /// The nanoseconds after the whole seconds.
    #[must_use]
    pub fn subsec_nanos(self) -> u32 {
        self.nanos
    }

    /// Milliseconds since the epoch, rounded down.
    #[must_use]
    pub fn millis(self) -> i128 {
        i128::from(self.seconds) * MILLIS_A_SECOND + i128::from(self.nanos / NANOS_A_MILLI)
    }

    /// Equal to the precision that both sides have.
    #[must_use]
    pub fn is_same_time(self, other: Self) -> bool {
        match (self.unit, other.unit) {
            (Unit::Nanos, Unit::Nanos) => self == other,
            _ => self.millis() == other.millis(),
        }
    }

    /// ISO 8601 in UTC with nanoseconds, as reports print it: `2022-01-07T16:59:26.136114671Z`. A
    /// year of more than four digits has a sign before it.
    #[must_use]
    pub fn report_text(self) -> String {
        let since = i128::from(self.seconds) - i128::from(CYCLE_START);
        let cycle = i128::from(CYCLE_SECONDS);
        let within = i64::try_from(since.rem_euclid(cycle)).unwrap_or_default() + CYCLE_START;
        let later = i64::try_from(since.div_euclid(cycle)).unwrap_or_default() * CYCLE_YEARS;
        let date = DateTime::<Utc>::from_timestamp(within, self.nanos).unwrap_or_default();
        let text = date.to_rfc3339_opts(SecondsFormat::Nanos, true);
        let (year, rest) = text.split_at("2000".len());
        match year.parse::<i64>().unwrap_or_default() + later {
            year @ 0..=9_999 => format!("{year:04}{rest}"),
            year => format!("{year:+05}{rest}"),
        }
    }

    /// Reads what reports print: ISO 8601 with any offset; `None` for another form or a time beyond
    /// the range.
    #[must_use]
    pub fn from_report_text(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (year, rest) = text.split_at_checked(text.len() - digits.len() + digits.find('-')?)?;
        let year: i64 = year.parse().ok()?;
        let like = year.rem_euclid(CYCLE_YEARS);
        let date = DateTime::parse_from_rfc3339(&format!("{}{rest}", 2_000 + like)).ok()?;
        let cycles =
            i128::from((year - like).div_euclid(CYCLE_YEARS)) - i128::from(2_000 / CYCLE_YEARS);
        let seconds = i128::from(date.timestamp()) + cycles * i128::from(CYCLE_SECONDS);
        Self::new(i64::try_from(seconds).ok()?, date.timestamp_subsec_nanos())
    }

    fn of_total(total: i128, a_second: i128, unit: Unit) -> Option<Self> {
        let seconds = i64::try_from(total.div_euclid(a_second)).ok()?;
        let nanos = total.rem_euclid(a_second) * (NANOS_A_SECOND / a_second);
        Some(Self { seconds, nanos: u32::try_from(nanos).ok()?, unit })
    }
}

impl fmt::Display for FileTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.unit {
            Unit::Nanos => {
                write!(
                    f,
                    "{}ns",
                    i128::from(self.seconds) * NANOS_A_SECOND + i128::from(self.nanos)
                )
            }
            Unit::Millis => write!(f, "{}", self.millis()),
        }
    }
}

impl FromStr for FileTime {
    type Err = FileTimeError;

    fn from_str(text: &str) -> Result<Self, FileTimeError> {
        let text = text.trim();
        let number = |digits: &str| digits.parse::<i128>().ok();
        let time = if let Some(nanos) = text.strip_suffix("ns") {
            number(nanos.trim_end())
                .and_then(|nanos| Self::of_total(nanos, NANOS_A_SECOND, Unit::Nanos))
        } else if let Some((seconds, nanos)) = text.split_once('/') {
            seconds
                .parse()
                .ok()
                .zip(nanos.parse().ok())
                .and_then(|(seconds, nanos)| Self::new(seconds, nanos))
        } else {
            number(text).and_then(|millis| Self::of_total(millis, MILLIS_A_SECOND, Unit::Millis))
        };
        time.ok_or_else(|| FileTimeError(text.to_owned()))
    }
}

impl TryFrom<String> for FileTime {
    type Error = FileTimeError;

    fn try_from(text: String) -> Result<Self, FileTimeError> {
        text.parse()
    }
}

impl From<FileTime> for String {
    fn from(time: FileTime) -> Self {
        time.to_string()
    }
}

/// A text in none of the forms a file's time is written in, or a time that no file system has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no file time (`<int>ns`, `<int>` milliseconds or `<sec>/<nsec>`, within 64 bits of \
        seconds)"
)]
pub struct FileTimeError(String);

#[cfg(test)]
mod tests;
