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
mod tests {
    use super::*;

    fn nanos(seconds: i64, nanos: u32) -> FileTime {
        FileTime::new(seconds, nanos).unwrap()
    }

    fn millis(text: &str) -> FileTime {
        text.parse().unwrap()
    }

    /// Times by chance (a linear congruential generator), each with the number of bits that the
    /// seed gives, and the ends.
    fn times() -> impl Iterator<Item = FileTime> {
        let mut state = 1_u64;
        let mut next = move || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            state
        };
        let any = std::iter::repeat_with(move || {
            let bits = next() >> 58;
            let seconds = i64::from_ne_bytes(next().to_ne_bytes()) >> bits;
            nanos(seconds, u32::try_from((next() >> 32) % 1_000_000_000).unwrap())
        });
        let ends = [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX];
        let ends = ends.into_iter().flat_map(|end| [nanos(end, 0), nanos(end, 999_999_999)]);
        ends.chain(any.take(5_000))
    }

    #[test]
    fn every_form_of_a_time_is_read() {
        for (text, expected) in [
            ("1595002920000000000ns", Some((1_595_002_920, 0, "1595002920000000000ns"))),
            ("1734968895000", Some((1_734_968_895, 0, "1734968895000"))),
            ("1602647222/222919600", Some((1_602_647_222, 222_919_600, "1602647222222919600ns"))),
            ("-5ns", Some((-1, 999_999_995, "-5ns"))),
            ("-1/500000000", Some((-1, 500_000_000, "-500000000ns"))),
            ("-1", Some((-1, 999_000_000, "-1"))),
            (" 12 ", Some((0, 12_000_000, "12"))),
            ("9223372036854775808000000000ns", None),
            (
                "9223372036854775807999999999ns",
                Some((i64::MAX, 999_999_999, "9223372036854775807999999999ns")),
            ),
            (
                "-9223372036854775808000000000ns",
                Some((i64::MIN, 0, "-9223372036854775808000000000ns")),
            ),
            ("-9223372036854775808000000001ns", None),
            ("99999999999999999999999", None),
            (
                "99999999999999999999",
                Some((99_999_999_999_999_999, 999_000_000, "99999999999999999999")),
            ),
            ("1/1000000000", None),
            ("1/-1", None),
            ("", None),
            ("ns", None),
            ("yesterday", None),
            ("1/", None),
        ] {
            let read = text.parse::<FileTime>().ok();
            let read = read.map(|time| (time.seconds(), time.subsec_nanos(), time.to_string()));
            let expected =
                expected.map(|(seconds, nanos, written)| (seconds, nanos, written.to_owned()));
            assert_eq!(read, expected, "{text}");
        }
        assert_eq!(FileTime::new(0, 1_000_000_000), None);
    }

    #[test]
    fn times_are_compared_to_the_precision_both_have() {
        for (ours, theirs, same) in [
            (nanos(0, 1_000_001), nanos(0, 1_000_001), true),
            (nanos(0, 1_000_001), nanos(0, 1_000_002), false),
            (nanos(0, 1_999_999), millis("1"), true),
            (nanos(0, 2_000_000), millis("1"), false),
            (nanos(-1, 999_999_999), millis("-1"), true),
            (nanos(10_413_792_000, 0), nanos(10_445_328_000, 0), false),
        ] {
            assert_eq!(ours.is_same_time(theirs), same, "{ours} {theirs}");
            assert_eq!(theirs.is_same_time(ours), same, "{theirs} {ours}");
        }
    }

    #[test]
    fn reports_print_what_chrono_prints_and_go_on_beyond_it() {
        for (time, text) in [
            (nanos(1_641_574_766, 136_114_671), "2022-01-07T16:59:26.136114671Z"),
            (nanos(-1, 999_999_999), "1969-12-31T23:59:59.999999999Z"),
            (nanos(10_413_792_000, 0), "2300-01-01T00:00:00.000000000Z"),
            (nanos(253_402_300_800, 0), "+10000-01-01T00:00:00.000000000Z"),
            (nanos(-62_167_219_201, 0), "-0001-12-31T23:59:59.000000000Z"),
            (nanos(i64::MAX, 999_999_999), "+292277026596-12-04T15:30:07.999999999Z"),
            (nanos(i64::MIN, 0), "-292277022657-01-27T08:29:52.000000000Z"),
        ] {
            assert_eq!(time.report_text(), text, "{time}");
        }
        let offset = FileTime::from_report_text("2022-01-07T17:59:26.5+01:00");
        assert_eq!(offset, Some(nanos(1_641_574_766, 500_000_000)));
        for wrong in [
            "",
            "-",
            "2022",
            "2022-13-01T00:00:00Z",
            "+292277026597-12-04T15:30:08Z",
            "x-01-01T00:00:00Z",
        ] {
            assert_eq!(FileTime::from_report_text(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn any_time_is_read_as_it_was_written() {
        let mut count = 0;
        for time in times() {
            assert_eq!(time.to_string().parse(), Ok(time));
            let text = time.report_text();
            assert_eq!(FileTime::from_report_text(&text), Some(time), "{text}");
            let json = serde_json::to_string(&time).unwrap();
            assert_eq!(serde_json::from_str::<FileTime>(&json).unwrap(), time);
            if let Some(date) = DateTime::<Utc>::from_timestamp(time.seconds(), time.subsec_nanos())
            {
                assert_eq!(text, date.to_rfc3339_opts(SecondsFormat::Nanos, true));
            }
            count += 1;
        }
        measurements::proven("file times read as they were written", count, "times");
    }
}
