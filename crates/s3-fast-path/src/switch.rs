//! The one switch of this crate.

/// The environment variable that turns the fast paths off.
const VARIABLE: &str = "EFS_S3_FAST_PATH";
const OFF: &str = "off";

/// The permission to take the paths of this crate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FastPath {
    #[default]
    On,
    /// Every request takes the SDK's own path.
    Off,
}

impl FastPath {
    /// Reads `EFS_S3_FAST_PATH`.
    #[must_use]
    pub fn from_env() -> Self {
        Self::parse(std::env::var(VARIABLE).ok().as_deref())
    }

    fn parse(value: Option<&str>) -> Self {
        if value == Some(OFF) { Self::Off } else { Self::On }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_off_turns_the_fast_paths_off() {
        for (value, expected) in [
            (None, FastPath::On),
            (Some("off"), FastPath::Off),
            (Some("on"), FastPath::On),
            (Some(""), FastPath::On),
        ] {
            assert_eq!(FastPath::parse(value), expected, "{value:?}");
        }
    }
}
