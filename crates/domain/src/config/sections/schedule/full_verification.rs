//! The schedule of executions that compare everything on both sides, while the others compare what
//! they transferred. Pure.

use crate::config::defaults;
use crate::config::sections::task::option_rules::{OptionProblem, Transfer, find_violations};
use crate::config::{StackConfig, TaskConfig, TransferMode, VerifyMode};

/// The word that turns full verifications off.
pub(in crate::config) const NEVER: &str = "never";

impl StackConfig {
    /// The schedule of executions that compare everything on both sides
    /// (`POINT_IN_TIME_CONSISTENT`): EventBridge's `rate(…)` or `cron(…)`; `None`: never.
    ///
    /// If it is not configured: every 7 days where something is left that no other execution
    /// compares.
    #[must_use]
    pub fn full_verification(&self) -> Option<&str> {
        match self.schedule.full_verification.as_deref() {
            Some(NEVER) => None,
            Some(expression) => Some(expression),
            None => self.needs_full_verification().then_some(defaults::FULL_VERIFICATION),
        }
    }

    /// Whether something is left that only a full verification compares, and DataSync can do it.
    /// With `transfer_mode = "ALL"` nothing is left: each execution transfers everything, and
    /// compares it.
    #[must_use]
    pub(in crate::config) fn needs_full_verification(&self) -> bool {
        self.task.verify_mode == VerifyMode::OnlyFilesTransferred
            && self.task.transfer_mode == TransferMode::Changed
            && find_obstacles(self).is_empty()
    }
}

/// The reasons why DataSync can't compare everything: the rules of `POINT_IN_TIME_CONSISTENT` that
/// this configuration breaks.
pub(in crate::config) fn find_obstacles(config: &StackConfig) -> Vec<OptionProblem> {
    let task = TaskConfig { verify_mode: VerifyMode::PointInTimeConsistent, ..config.task.clone() };
    let found = find_violations(&Transfer { task: &task, ..Transfer::from_config(config) });
    found
        .into_iter()
        .filter(|finding| finding.options.iter().any(|option| option.name == VERIFY_MODE))
        .collect()
}

/// The option that a full verification overrides.
pub(in crate::config) const VERIFY_MODE: &str = "task.verify_mode";

#[cfg(test)]
mod tests {
    use crate::config::parse;
    use crate::config::parse_tests::MINIMAL;

    const WRITTEN: [(&str, Option<&str>); 13] = [
        ("", Some("rate(7 days)")),
        ("[schedule]\nfull_verification = \"cron(0 3 ? * SUN *)\"", Some("cron(0 3 ? * SUN *)")),
        ("[schedule]\nfull_verification = \"never\"", None),
        ("[schedule]\nenabled = false", Some("rate(7 days)")),
        ("[task]\nverify_mode = \"POINT_IN_TIME_CONSISTENT\"", None),
        (
            "[task]\nverify_mode = \
                    \"POINT_IN_TIME_CONSISTENT\"\n[schedule]\nfull_verification = \"never\"",
            None,
        ),
        ("[task]\nverify_mode = \"NONE\"", None),
        (
            "[task]\nverify_mode = \"NONE\"\n[schedule]\nfull_verification = \"rate(1 day)\"",
            Some("rate(1 day)"),
        ),
        ("[task]\ntransfer_mode = \"ALL\"", None),
        ("[task]\nmode = \"ENHANCED\"", None),
        ("[destination]\nstorage_class = \"GLACIER\"", None),
        ("[destination]\ntransition_days = 90\ntransition_storage_class = \"DEEP_ARCHIVE\"", None),
        ("[destination]\nstorage_class = \"STANDARD_IA\"", Some("rate(7 days)")),
    ];

    #[test]
    fn when_everything_is_compared() {
        for (written, expected) in WRITTEN {
            let config = parse(&format!("{MINIMAL}{written}")).unwrap();
            assert_eq!(config.full_verification(), expected, "{written}");
        }
    }
}
