//! The verification that DataSync does at the end of an execution, and the schedule of full
//! verifications, as `plan` shows them. Pure.

use domain::config::{StackConfig, VerifyMode};
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct VerificationSummary {
    /// The verification of each scheduled execution.
    pub each_execution: VerifyMode,
    /// The schedule of full verifications, where scheduled executions do not compare everything;
    /// absent: never.
    pub full: Option<String>,
}

impl VerificationSummary {
    pub(crate) fn from_config(config: &StackConfig) -> Self {
        let full = config.full_verification().filter(|_| config.schedule.enabled);
        Self { each_execution: config.task.verify_mode, full: full.map(str::to_owned) }
    }

    /// Returns one line of text.
    pub(crate) fn summary_text(&self) -> String {
        let each = match self.each_execution {
            VerifyMode::PointInTimeConsistent => {
                return "Verification: each execution compares all data on both sides.\n"
                    .to_owned();
            }
            VerifyMode::OnlyFilesTransferred => "each execution verifies the files it transferred",
            VerifyMode::None => "executions verify nothing",
        };
        let everything = match &self.full {
            Some(expression) => {
                format!("a full verification compares all data on both sides, {expression}")
            }
            None => "there is no full verification".to_owned(),
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
        Verification: each execution verifies the files it transferred; a full verification compares all data on both sides, rate(7 days).
        Verification: each execution verifies the files it transferred; there is no full verification.
        Verification: each execution compares all data on both sides.
        Verification: executions verify nothing; a full verification compares all data on both sides, cron(0 3 ? * SUN *).
        Verification: executions verify nothing; there is no full verification.
        ");
    }
}
