//! What a person is told, in words that say what to do.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// One alert. Plain data: [`Alert::subject`] and [`Alert::body`] are what arrives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    pub stack: String,
    /// What happened, in a few words: "verification found 1 defect".
    pub what: String,
    /// The execution's id, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution: Option<String>,
    /// Sentences of facts: counts, the service's words.
    pub facts: Vec<String>,
    /// How many paths are concerned; `paths` has the first [`Alert::MAX_PATHS`].
    pub path_count: u64,
    pub paths: Vec<String>,
    pub likely_cause: String,
    /// The exact command to run next.
    pub next_command: String,
}

impl Alert {
    pub const MAX_PATHS: usize = 10;
    /// SNS: "Subjects must be ASCII text … less than 100 characters long" (API reference, Publish).
    const MAX_SUBJECT: usize = 99;

    #[must_use]
    pub fn subject(&self) -> String {
        let text = format!("[{}] {}", self.stack, self.what);
        let printable = text.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' });
        printable.take(Self::MAX_SUBJECT).collect()
    }

    #[must_use]
    pub fn body(&self) -> String {
        let mut lines = vec![format!("Stack {}: {}.", self.stack, self.what)];
        if let Some(execution) = &self.execution {
            lines.push(format!("Execution: {execution}"));
        }
        lines.extend(self.facts.iter().cloned());
        if !self.paths.is_empty() {
            lines.push(String::new());
            lines.push(format!("Paths concerned ({} of {}):", self.paths.len(), self.path_count));
            lines.extend(self.paths.iter().map(|path| format!("  {path}")));
        }
        lines.push(String::new());
        lines.push(format!("Likely cause: {}", self.likely_cause));
        lines.push(format!("Run next:     {}", self.next_command));
        lines.join("\n")
    }
}

/// Says that an alert is about to be sent and then that it was, so that an event which comes twice alerts once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertReceipt {
    pub alert: Alert,
    /// The Lambda request that sends it: tells a retry of ours from somebody else.
    pub claimed_by: String,
    pub claimed_at: DateTime<Utc>,
    /// Absent between the claim and SNS's answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alert() -> Alert {
        Alert {
            stack: "backup".into(),
            what: "verification found 1 defect".into(),
            execution: Some("exec-0fcddf3728817690d".into()),
            facts: vec!["1,204 object versions were checked.".into()],
            path_count: 1,
            paths: vec!["/größe.txt: version missing".into()],
            likely_cause: "an object version was deleted after the transfer.".into(),
            next_command: "efs-s3 verify exec-0fcddf3728817690d".into(),
        }
    }

    #[test]
    fn the_body_says_what_where_why_and_what_next() {
        insta::assert_snapshot!(alert().body(), @r"
        Stack backup: verification found 1 defect.
        Execution: exec-0fcddf3728817690d
        1,204 object versions were checked.

        Paths concerned (1 of 1):
          /größe.txt: version missing

        Likely cause: an object version was deleted after the transfer.
        Run next:     efs-s3 verify exec-0fcddf3728817690d
        ");
    }

    #[test]
    fn a_subject_is_short_printable_ascii() {
        let long = Alert { what: format!("ü\n{}", "x".repeat(200)), ..alert() };
        assert_eq!(long.subject().len(), 99);
        assert!(long.subject().bytes().all(|b| (b' '..=b'~').contains(&b)));
    }
}
