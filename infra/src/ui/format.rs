//! Sizes, durations and ages as text.

use std::time::Duration;

use chrono::TimeDelta;

/// Formats a size: `64.0 MiB`.
#[expect(clippy::cast_precision_loss, reason = "one decimal digit is shown")]
pub(crate) fn format_bytes(count: i64) -> String {
    let mut size = count as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if size < 1024.0 {
            return if unit == "B" { format!("{size:.0} B") } else { format!("{size:.1} {unit}") };
        }
        size /= 1024.0;
    }
    format!("{size:.1} TiB")
}

/// Formats a duration in milliseconds: `0.4 s`, `2 min 5 s`, `1 h 35 min`.
pub(crate) fn format_duration(milliseconds: i64) -> String {
    let seconds = milliseconds / 1_000;
    match (seconds / 3_600, seconds / 60) {
        (0, 0) => format!("{seconds}.{} s", milliseconds % 1_000 / 100),
        (0, minutes) => format!("{minutes} min {} s", seconds % 60),
        (hours, minutes) => format!("{hours} h {} min", minutes % 60),
    }
}

/// Formats a duration to the second: `1 min 12 s`.
pub(crate) fn format_elapsed(elapsed: Duration) -> String {
    match (elapsed.as_secs() / 60, elapsed.as_secs() % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

/// Formats an age: `1 h 35 min ago`.
pub(crate) fn format_age(elapsed: TimeDelta) -> String {
    match (elapsed.num_days(), elapsed.num_hours(), elapsed.num_minutes()) {
        (0, 0, 0) => format!("{} s ago", elapsed.num_seconds().max(0)),
        (0, 0, minutes) => format!("{minutes} min ago"),
        (0, hours, minutes) => format!("{hours} h {} min ago", minutes % 60),
        (days, hours, _) => format!("{days} d {} h ago", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_durations_and_ages_are_formatted() {
        assert_eq!(
            [0, 1023, 1024, 67_108_864].map(format_bytes),
            ["0 B", "1023 B", "1.0 KiB", "64.0 MiB"]
        );
        assert_eq!(
            [430, 61_000, 5_700_000].map(format_duration),
            ["0.4 s", "1 min 1 s", "1 h 35 min"]
        );
        let words = [5, 65, 5_700, 100_000].map(|seconds| format_age(TimeDelta::seconds(seconds)));
        assert_eq!(words, ["5 s ago", "1 min ago", "1 h 35 min ago", "1 d 3 h ago"]);
    }
}
