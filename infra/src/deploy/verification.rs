//! What DataSync compares at the end of an execution, and when everything, as `plan` shows it.
//! Pure.

use domain::config::{StackConfig, VerifyMode};
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct VerificationSummary {
    /// What an execution of the schedule compares.
    pub each_execution: VerifyMode,
    /// When one compares everything on both sides, where those of the schedule do not; absent:
    /// never.
    pub full: Option<String>,
}

impl VerificationSummary {
    pub(crate) fn from_config(config: &StackConfig) -> Self {
        let full = config.full_verification().filter(|_| config.schedule.enabled);
        Self { each_execution: config.task.verify_mode, full: full.map(str::to_owned) }
    }

    /// A line.
    pub(crate) fn summary_text(&self) -> String {
        let each = match self.each_execution {
            VerifyMode::PointInTimeConsistent => {
                return "Verification: each execution compares everything on both sides.\n"
                    .to_owned();
            }
            VerifyMode::OnlyFilesTransferred => "each execution compares what it transferred",
            VerifyMode::None => "executions compare nothing at their end",
        };
        let everything = match &self.full {
            Some(expression) => {
                format!("everything on both sides is compared by one of its own, {expression}")
            }
            None => "nothing compares everything on both sides".to_owned(),
        };
        format!("Verification: {each}; {everything}.\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_to_verify_has_its_line() {
        let line = |each_execution, full: Option<&str>| {
            VerificationSummary { each_execution, full: full.map(str::to_owned) }.summary_text()
        };
        let lines = [
            line(VerifyMode::OnlyFilesTransferred, Some("rate(7 days)")),
            line(VerifyMode::OnlyFilesTransferred, None),
            line(VerifyMode::PointInTimeConsistent, None),
            line(VerifyMode::None, Some("cron(0 3 ? * SUN *)")),
            line(VerifyMode::None, None),
        ];
        insta::assert_snapshot!(lines.concat(), @r"
        Verification: each execution compares what it transferred; everything on both sides is compared by one of its own, rate(7 days).
        Verification: each execution compares what it transferred; nothing compares everything on both sides.
        Verification: each execution compares everything on both sides.
        Verification: executions compare nothing at their end; everything on both sides is compared by one of its own, cron(0 3 ? * SUN *).
        Verification: executions compare nothing at their end; nothing compares everything on both sides.
        ");
    }
}
