//! The verification that DataSync does at the end of an execution, and the schedule of full
//! verifications, as `plan` shows them. Pure.

use domain::config::{StackConfig, VerifyMode};
use domain::sync_name::SyncName;
use serde::Serialize;

/// The verification of one sync.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct VerificationOfSync {
    pub sync: SyncName,
    #[serde(flatten)]
    pub summary: VerificationSummary,
}

pub(crate) fn summarize_syncs(config: &StackConfig) -> Vec<VerificationOfSync> {
    let summary = |sync: domain::config::ResolvedSync| VerificationOfSync {
        summary: VerificationSummary::from_config(&sync.config),
        sync: sync.name,
    };
    config.resolve_syncs().into_iter().map(summary).collect()
}

/// Returns a line for all syncs that are verified in the same way; it names them where the stack
/// has others.
pub(crate) fn summary_text(syncs: &[VerificationOfSync]) -> String {
    let mut ways: Vec<(&VerificationSummary, Vec<&str>)> = Vec::new();
    for VerificationOfSync { sync, summary } in syncs {
        match ways.iter_mut().find(|(way, _)| *way == summary) {
            Some((_, names)) => names.push(sync.as_str()),
            None => ways.push((summary, vec![sync.as_str()])),
        }
    }
    let several = ways.len() > 1;
    let line = |(way, names): (&VerificationSummary, Vec<&str>)| {
        let whose = if several { format!(" of {}", names.join(", ")) } else { String::new() };
        way.summary_text().replacen("Verification:", &format!("Verification{whose}:"), 1)
    };
    ways.into_iter().map(line).collect()
}

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
    fn summary_text(&self) -> String {
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
    fn syncs_that_are_verified_in_the_same_way_share_a_line() {
        let of = |sync: &str, each_execution| VerificationOfSync {
            sync: SyncName::parse(sync).unwrap(),
            summary: VerificationSummary { each_execution, full: None },
        };
        let (each, none) = (VerifyMode::PointInTimeConsistent, VerifyMode::None);
        let texts = [
            summary_text(&[of("a", each)]),
            summary_text(&[of("a", each), of("b", none), of("c", each)]),
        ];
        insta::assert_snapshot!(texts.concat(), @r"
        Verification: each execution compares all data on both sides.
        Verification of a, c: each execution compares all data on both sides.
        Verification of b: executions verify nothing; there is no full verification.
        ");
    }

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
