//! The rows that the report's configuration includes.

use domain::report::ReportKind;

use crate::state::{OutputType, ReportLevel, ReportOverride, TaskReportConfig};

/// The level of each detailed report; `None` where there is none.
#[derive(Clone, Debug)]
pub(super) struct Levels {
    base: Option<ReportLevel>,
    overrides: [(ReportKind, Option<ReportLevel>); 4],
}

impl Levels {
    pub(super) fn new(config: Option<&TaskReportConfig>) -> Self {
        let overrides = config.and_then(|config| config.overrides.clone()).unwrap_or_default();
        let level = |given: Option<ReportOverride>| given.and_then(|given| given.report_level);
        Self {
            base: config.and_then(base_level),
            overrides: [
                (ReportKind::Transferred, level(overrides.transferred)),
                (ReportKind::Verified, level(overrides.verified)),
                (ReportKind::Deleted, level(overrides.deleted)),
                (ReportKind::Skipped, level(overrides.skipped)),
            ],
        }
    }

    /// Whether a row of this kind, a success or not, is wanted.
    pub(super) fn wants_row(&self, kind: ReportKind, success: bool) -> bool {
        let Some(base) = self.base else { return false };
        let own = self.overrides.iter().find(|(of, _)| *of == kind).and_then(|(_, level)| *level);
        !success || own.unwrap_or(base) == ReportLevel::SuccessesAndErrors
    }
}

/// The level without overrides; `None`: only the summary. The service's defaults for type and level
/// are not documented: here everything is reported.
fn base_level(config: &TaskReportConfig) -> Option<ReportLevel> {
    match config.output_type.unwrap_or(OutputType::Standard) {
        OutputType::SummaryOnly => None,
        OutputType::Standard => {
            Some(config.report_level.unwrap_or(ReportLevel::SuccessesAndErrors))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASES: [(&str, ReportKind, bool, bool); 5] = [
        (
            r#"{"OutputType":"STANDARD","ReportLevel":"SUCCESSES_AND_ERRORS"}"#,
            ReportKind::Verified,
            true,
            true,
        ),
        (
            r#"{"OutputType":"STANDARD","ReportLevel":"ERRORS_ONLY"}"#,
            ReportKind::Verified,
            true,
            false,
        ),
        (
            r#"{"OutputType":"STANDARD","ReportLevel":"ERRORS_ONLY"}"#,
            ReportKind::Verified,
            false,
            true,
        ),
        (
            r#"{"ReportLevel":"ERRORS_ONLY","Overrides":{"Verified":{"ReportLevel":"SUCCESSES_AND_ERRORS"}}}"#,
            ReportKind::Verified,
            true,
            true,
        ),
        (r#"{"OutputType":"SUMMARY_ONLY"}"#, ReportKind::Verified, false, false),
    ];

    #[test]
    fn overrides_win_over_the_level_and_errors_are_always_wanted() {
        for (config, kind, success, wanted) in CASES {
            let parsed: TaskReportConfig = serde_json::from_str(config).unwrap();
            assert_eq!(Levels::new(Some(&parsed)).wants_row(kind, success), wanted, "{config}");
        }
        assert!(!Levels::new(None).wants_row(ReportKind::Deleted, false));
    }
}
