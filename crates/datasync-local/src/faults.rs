//! Faults on demand: a tag on the task makes its executions fail in a chosen way, for demonstrations and tests.

use std::collections::BTreeMap;

/// The task's tag that asks for a fault.
pub const FAULT_TAG: &str = "datasync-local:fault";

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The execution ends as ERROR as soon as it transfers; nothing is written.
    FailAtTransferring,
    /// The execution does all it should, and the event of its end is not delivered.
    LoseEvent,
    /// The execution stays in LAUNCHING until it is cancelled.
    StayLaunching,
}

impl Fault {
    /// The fault that a task's tags ask for. An unknown value is no fault, and is logged.
    #[must_use]
    pub fn of_tags(tags: &BTreeMap<String, String>) -> Option<Self> {
        match tags.get(FAULT_TAG)?.as_str() {
            "fail-at-transferring" => Some(Self::FailAtTransferring),
            "lose-event" => Some(Self::LoseEvent),
            "stay-launching" => Some(Self::StayLaunching),
            other => {
                tracing::warn!("tag `{FAULT_TAG}` has the unknown value `{other}`: no fault");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_values_are_faults() {
        for (value, fault) in [
            ("fail-at-transferring", Some(Fault::FailAtTransferring)),
            ("lose-event", Some(Fault::LoseEvent)),
            ("stay-launching", Some(Fault::StayLaunching)),
            ("explode", None),
        ] {
            assert_eq!(Fault::of_tags(&[(FAULT_TAG.to_owned(), value.to_owned())].into()), fault);
        }
        assert_eq!(Fault::of_tags(&BTreeMap::new()), None);
    }
}
