//! Lines of progress where no terminal shows a refreshed one: one per state, and otherwise one from
//! time to time, so that a log shows that the command is alive.

use std::time::Duration;

use tokio::time::Instant;

/// The longest time without a line.
const INTERVAL: Duration = Duration::from_secs(30);

/// The state and the time of the last line.
#[derive(Debug, Default)]
pub(super) struct Heartbeat {
    last: Option<(String, Instant)>,
}

impl Heartbeat {
    /// The heartbeat of a single state, whose first line is due after the interval.
    pub(super) fn started_at(now: Instant) -> Self {
        Self { last: Some((String::new(), now)) }
    }

    /// Whether a line is due now. Counts it as printed.
    pub(super) fn take_due(&mut self, state: &str, now: Instant) -> bool {
        let is_due = self.last.as_ref().is_none_or(|(last, printed)| {
            last != state || now.saturating_duration_since(*printed) >= INTERVAL
        });
        if is_due {
            self.last = Some((state.to_owned(), now));
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_due_for_each_state_and_after_half_a_minute() {
        let (mut heartbeat, begun) = (Heartbeat::default(), Instant::now());
        for (state, second, due) in [
            ("LAUNCHING", 0, true),
            ("LAUNCHING", 29, false),
            ("LAUNCHING", 30, true),
            ("TRANSFERRING", 31, true),
            ("TRANSFERRING", 60, false),
            ("TRANSFERRING", 61, true),
        ] {
            let now = begun + Duration::from_secs(second);
            assert_eq!(heartbeat.take_due(state, now), due, "{state} {second}");
        }
    }
}
