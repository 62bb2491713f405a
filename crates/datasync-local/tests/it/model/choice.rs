//! Random options, filters and manifests of one execution.

use serde_json::{Value, json};

use super::random::Random;

#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) restore: bool,
    pub(crate) verify: &'static str,
    pub(crate) never: bool,
    pub(crate) times: bool,
    pub(crate) owner: bool,
    pub(crate) permissions: bool,
    pub(crate) remove: bool,
    pub(crate) all: bool,
    pub(crate) include: Option<&'static str>,
    pub(crate) exclude: Option<&'static str>,
}

impl Choice {
    pub(crate) fn new(random: &mut Random) -> Self {
        let remove = random.once_in(2);
        Self {
            restore: random.once_in(2),
            verify: *random.pick_from::<&str>(&[
                "POINT_IN_TIME_CONSISTENT",
                "ONLY_FILES_TRANSFERRED",
                "NONE",
            ]),
            never: random.once_in(5),
            times: !random.once_in(6),
            owner: !random.once_in(6),
            permissions: !random.once_in(6),
            remove,
            all: !remove && random.once_in(4),
            include: random.once_in(6).then(|| *random.pick_from(&["/d0", "/d*|/f0", "/f0.d/"])),
            exclude: random.once_in(5).then(|| *random.pick_from(&["*.tmp", "/d0/d1", "*/f0|*+2"])),
        }
    }

    pub(crate) fn to_overrides(&self) -> Value {
        let kept = |kept: bool, word: &str| if kept { word.to_owned() } else { "NONE".to_owned() };
        let rule = |value: Option<&str>| {
            value.map(|value| json!([{ "FilterType": "SIMPLE_PATTERN", "Value": value }]))
        };
        json!({
            "OverrideOptions": {
                "VerifyMode": self.verify,
                "OverwriteMode": if self.never { "NEVER" } else { "ALWAYS" },
                "Atime": kept(self.times, "BEST_EFFORT"),
                "Mtime": kept(self.times, "PRESERVE"),
                "Uid": kept(self.owner, "INT_VALUE"),
                "Gid": kept(self.owner, "INT_VALUE"),
                "PosixPermissions": kept(self.permissions, "PRESERVE"),
                "PreserveDeletedFiles": if self.remove { "REMOVE" } else { "PRESERVE" },
                "TransferMode": if self.all { "ALL" } else { "CHANGED" },
            },
            "Includes": rule(self.include).unwrap_or(json!([])),
            "Excludes": rule(self.exclude).unwrap_or(json!([])),
        })
    }

    /// Whether the filters admit the path, by a slow and plain algorithm: every directory above,
    /// every pattern.
    pub(crate) fn admits_path(&self, path: &str) -> bool {
        let hits = |patterns: &str| {
            patterns.split('|').any(|pattern| {
                let anchored = if pattern.starts_with(['/', '*']) {
                    pattern.to_owned()
                } else {
                    format!("/{pattern}")
                };
                let pattern = anchored.trim_end_matches('/');
                let above = path.match_indices('/').skip(1).map(|(at, _)| &path[..at]);
                above.chain([path]).any(|part| matches_pattern(pattern.as_bytes(), part.as_bytes()))
            })
        };
        !self.exclude.is_some_and(hits) && self.include.is_none_or(hits)
    }
}

fn matches_pattern(pattern: &[u8], text: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => {
            (0..=text.len()).any(|skipped| matches_pattern(rest, &text[skipped..]))
        }
        Some((byte, rest)) => text.first() == Some(byte) && matches_pattern(rest, &text[1..]),
    }
}
