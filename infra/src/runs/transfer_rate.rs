//! The transfer rate of an execution and its remaining time, computed from its counters at two
//! times.

use std::time::Duration;

use domain::records::run::Counters;

use crate::ui::format::{format_bytes, format_duration};

/// The minimum time for a rate.
const MIN_ELAPSED: Duration = Duration::from_secs(1);

/// The first observation with transferred bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TransferRate {
    first: Option<(Duration, i64)>,
}

impl TransferRate {
    /// Returns `, 12.0 MiB/s, 2 min 5 s left`, or nothing while there is no rate. `elapsed` is the
    /// time since any fixed moment.
    pub(crate) fn progress_text(&mut self, elapsed: Duration, counters: &Counters) -> String {
        let done = counters.bytes_transferred;
        let Some((since, before)) = self.first else {
            self.first = (done > 0).then_some((elapsed, done));
            return String::new();
        };
        let (took, moved) = (elapsed.saturating_sub(since), done - before);
        let milliseconds = i64::try_from(took.as_millis()).unwrap_or(i64::MAX);
        if took < MIN_ELAPSED || moved <= 0 {
            return String::new();
        }
        let rate = moved.saturating_mul(1_000) / milliseconds;
        let left = (counters.bytes_to_transfer - done).max(0);
        rate_text(rate, left)
    }
}

/// Returns the text for `rate` bytes a second and `left` bytes to transfer.
fn rate_text(rate: i64, left: i64) -> String {
    match rate {
        0 => String::new(),
        _ if left == 0 => format!(", {}/s", format_bytes(rate)),
        _ => format!(
            ", {}/s, {} left",
            format_bytes(rate),
            format_duration(left.saturating_mul(1_000) / rate)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_shown_once_it_is_known() {
        let mut rate = TransferRate::default();
        let mut at = |seconds, bytes_transferred| {
            let counters =
                Counters { bytes_transferred, bytes_to_transfer: 100 << 20, ..Counters::default() };
            rate.progress_text(Duration::from_millis(seconds), &counters)
        };
        let texts = [
            at(0, 0),
            at(1_000, 10 << 20),
            at(1_500, 20 << 20),
            at(5_000, 50 << 20),
            at(9_000, 100 << 20),
        ];
        assert_eq!(texts, ["", "", "", ", 10.0 MiB/s, 5.0 s left", ", 11.2 MiB/s"]);
    }
}
