//! The options in which one execution differs from its task.

use serde::{Deserialize, Serialize};

use crate::config::option_rules::{Transfer, find_violations};
use crate::config::{PreserveDeletedFiles, StackConfig, TaskConfig, VerifyMode};
use crate::records::keys;

/// All empty: as the schedule starts it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Overrides {
    /// Patterns as DataSync takes them, without the `|` between them; they replace the task's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub includes: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub excludes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verify_mode: Option<VerifyMode>,
    /// At least 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_per_second: Option<i64>,
    /// The key of a manifest in the records bucket, `manifests/….csv`: one path a line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
}

impl Overrides {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the execution covers only a part of the source.
    #[must_use]
    pub fn is_part(&self) -> bool {
        !self.includes.is_empty() || !self.excludes.is_empty() || self.manifest.is_some()
    }

    /// Whether deleted files must be left alone: what REMOVE does outside the included paths is not
    /// documented.
    #[must_use]
    pub fn must_preserve_deleted_files(&self) -> bool {
        !self.includes.is_empty()
    }

    /// Returns the reasons for which DataSync would refuse this execution.
    #[must_use]
    pub fn find_problems(&self, config: &StackConfig) -> Vec<String> {
        let task = self.apply_to(&config.task);
        let transfer = Transfer {
            task: &task,
            has_manifest: self.manifest.is_some(),
            ..Transfer::from_config(config)
        };
        let mut problems: Vec<String> =
            find_violations(&transfer).iter().map(ToString::to_string).collect();
        problems.extend(self.manifest.as_deref().and_then(wrong_manifest));
        problems
    }

    fn apply_to(&self, task: &TaskConfig) -> TaskConfig {
        let mut task = task.clone();
        for (ours, theirs) in
            [(&self.includes, &mut task.includes), (&self.excludes, &mut task.excludes)]
        {
            if !ours.is_empty() {
                theirs.clone_from(ours);
            }
        }
        if self.must_preserve_deleted_files() {
            task.preserve_deleted_files = PreserveDeletedFiles::Preserve;
        }
        task.verify_mode = self.verify_mode.unwrap_or(task.verify_mode);
        task.bytes_per_second = self.bytes_per_second.or(task.bytes_per_second);
        task
    }
}

/// DataSync takes no `=`, `:`, `@`, `,` or `#` in a manifest's path (API model 2018-11-09).
fn wrong_manifest(key: &str) -> Option<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_-+./() ".contains(c);
    let fits =
        key.starts_with(keys::MANIFESTS_PREFIX) && key.len() <= 1024 && key.chars().all(allowed);
    (!fits).then(|| {
        format!(
            "manifest = {key:?}: must be a key below `{}` of plain letters",
            keys::MANIFESTS_PREFIX
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{TemplateValues, parse, render_template};

    fn minimal_config() -> StackConfig {
        let values = TemplateValues { stack_name: "backup", region: "eu-central-1" };
        parse(&render_template(&values)).unwrap()
    }

    fn only_includes(patterns: &[&str]) -> Overrides {
        let includes = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
        Overrides { includes, ..Overrides::default() }
    }

    fn only_manifest(key: &str) -> Overrides {
        Overrides { manifest: Some(key.into()), ..Overrides::default() }
    }

    #[test]
    fn overrides_are_judged_by_the_rules_of_the_task() {
        for (overrides, problems) in [
            (Overrides::default(), 0),
            (only_includes(&["/photos", "/a b*"]), 0),
            (only_includes(&["*.txt"]), 1),
            (only_includes(&["photos", "/a|/b"]), 2),
            (Overrides { excludes: vec!["tmp".into()], ..Overrides::default() }, 1),
            (Overrides { bytes_per_second: Some(0), ..Overrides::default() }, 1),
            (Overrides { verify_mode: Some(VerifyMode::None), ..Overrides::default() }, 0),
            (only_manifest("manifests/one.csv"), 0),
            (only_manifest("runs/one.csv"), 1),
            (only_manifest("manifests/a=b.csv"), 1),
            (Overrides { includes: vec!["/a".into()], ..only_manifest("manifests/one.csv") }, 1),
        ] {
            assert_eq!(overrides.find_problems(&minimal_config()).len(), problems, "{overrides:?}");
        }
    }

    #[test]
    fn a_part_of_the_source_deletes_nothing() {
        let mut config = minimal_config();
        config.task.preserve_deleted_files = PreserveDeletedFiles::Remove;
        let part = Overrides { includes: vec!["/a".into()], ..Overrides::default() };
        assert_eq!(part.find_problems(&config), Vec::<String>::new());
        assert!(part.is_part() && part.must_preserve_deleted_files());
    }
}
