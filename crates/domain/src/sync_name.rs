//! The name of a sync: one source, one destination, one task and one schedule of a stack.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The name of the only sync of a stack without `[[sync]]` entries.
const DEFAULT: &str = "default";

/// 1 to 20 of a-z, 0-9 and -, beginning with a letter and not ending in -.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SyncName(String);

impl SyncName {
    pub const MAX_LENGTH: usize = 20;

    /// # Errors
    /// [`SyncNameError`] when the text is no name of a sync.
    pub fn parse(text: &str) -> Result<Self, SyncNameError> {
        let bytes = text.as_bytes();
        let is_name = (1..=Self::MAX_LENGTH).contains(&bytes.len())
            && bytes[0].is_ascii_lowercase()
            && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
            && !text.ends_with('-');
        if is_name { Ok(Self(text.to_owned())) } else { Err(SyncNameError(text.to_owned())) }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn is_default(&self) -> bool {
        self.0 == DEFAULT
    }

    /// The name of something that each sync has: `task` for the sync `default`, `task.home` for the
    /// sync `home`. Neither the names of stacks nor those of syncs have a dot, so that two of them
    /// never give the same name.
    #[must_use]
    pub fn qualify(&self, name: &str) -> String {
        if self.is_default() { name.to_owned() } else { format!("{name}.{self}") }
    }

    /// The sync of a qualified name: `home` of `task.home`; `None` if the name is not `name` with
    /// a sync.
    #[must_use]
    pub fn of_qualified(qualified: &str, name: &str) -> Option<Self> {
        match qualified.strip_prefix(name)? {
            "" => Some(Self::default()),
            rest => Self::parse(rest.strip_prefix('.')?).ok(),
        }
    }

    /// The slot of this sync: as it is for the sync `default`, `home.<slot>` for the sync `home`.
    #[must_use]
    pub fn slot(&self, slot: &str) -> String {
        if self.is_default() { slot.to_owned() } else { format!("{self}.{slot}") }
    }

    /// The slot as its sync names it, without the sync.
    #[must_use]
    pub fn without_sync<'a>(&self, slot: &'a str) -> &'a str {
        if self.is_default() {
            return slot;
        }
        slot.strip_prefix(self.as_str()).and_then(|rest| rest.strip_prefix('.')).unwrap_or(slot)
    }
}

impl Default for SyncName {
    fn default() -> Self {
        Self(DEFAULT.to_owned())
    }
}

impl fmt::Display for SyncName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<SyncName> for String {
    fn from(name: SyncName) -> Self {
        name.0
    }
}

impl TryFrom<String> for SyncName {
    type Error = SyncNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl std::str::FromStr for SyncName {
    type Err = SyncNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no name of a sync: it must be 1 to {max} of a-z, 0-9 and -, begin with a \
        letter and not end in -",
    max = SyncName::MAX_LENGTH
)]
pub struct SyncNameError(pub String);

#[cfg(test)]
mod tests {
    use super::*;

    fn sync(name: &str) -> SyncName {
        SyncName::parse(name).unwrap()
    }

    #[test]
    fn only_short_plain_names_are_names() {
        for name in ["default", "a", "home-2", &"a".repeat(20)] {
            assert_eq!(sync(name).as_str(), name);
        }
        for name in ["", "-a", "a-", "2a", "Home", "a.b", "a b", "ä", &"a".repeat(21)] {
            assert!(SyncName::parse(name).is_err(), "{name}");
        }
    }

    #[test]
    fn the_sync_default_keeps_the_names_of_a_stack_with_one_sync() {
        assert_eq!(SyncName::default().qualify("task"), "task");
        assert_eq!(SyncName::default().slot("manual-1"), "manual-1");
        assert_eq!(sync("home").qualify("task"), "task.home");
        assert_eq!(sync("home").slot("manual-1"), "home.manual-1");
    }

    #[test]
    fn a_qualified_name_has_its_sync_and_no_other_has_one() {
        for (qualified, expected) in [
            ("schedule", Some(SyncName::default())),
            ("schedule.home", Some(sync("home"))),
            ("schedule.", None),
            ("schedule-home", None),
            ("sweep", None),
        ] {
            assert_eq!(SyncName::of_qualified(qualified, "schedule"), expected, "{qualified}");
        }
        for name in [SyncName::default(), sync("home")] {
            assert_eq!(name.without_sync(&name.slot("manual-1")), "manual-1");
        }
    }
}
