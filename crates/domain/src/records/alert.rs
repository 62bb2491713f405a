//! What a person is told, in words that say what to do.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::class::Class;
use crate::printable::escape_unprintable;

/// One alert. Plain data: [`Alert::subject`] and [`Alert::body`] are what arrives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    pub stack: String,
    /// What happened, in a few words: "verification found 1 defect".
    pub what: String,
    /// What kind of thing it is about; leads to the runbook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Class>,
    /// The execution's id, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution: Option<String>,
    /// Sentences of facts: counts, the service's words.
    pub facts: Vec<String>,
    /// How many paths are concerned; `paths` has the first [`Alert::MAX_PATHS`].
    pub path_count: u64,
    pub paths: Vec<String>,
    pub likely_cause: String,
    /// What puts it right; empty where the likely cause says it all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub fix: String,
    /// The exact command to run next.
    pub next_command: String,
    /// Pages of AWS's console.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<ConsoleLink>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsoleLink {
    pub title: String,
    pub url: String,
}

impl Alert {
    pub const MAX_PATHS: usize = 10;
    /// SNS: "Subjects must be ASCII text … less than 100 characters long" (API reference, Publish).
    const MAX_SUBJECT: usize = 99;
    /// A path on EFS has up to 4,096 bytes, and a service's words have no bound: SNS takes 256 KB
    /// in all.
    const MAX_LINE: usize = 1_000;

    #[must_use]
    pub fn subject(&self) -> String {
        let text = format!("[{}] {}", self.stack, self.what);
        let printable =
            text.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' });
        printable.take(Self::MAX_SUBJECT).collect()
    }

    #[must_use]
    pub fn body(&self) -> String {
        let mut lines = vec![format!("Stack {}: {}.", self.stack, self.what)];
        lines.extend(self.execution.as_ref().map(|execution| format!("Execution: {execution}")));
        lines.extend(self.facts.iter().map(|fact| printable(fact)));
        if !self.paths.is_empty() {
            lines.push(String::new());
            lines.push(format!("Paths concerned ({} of {}):", self.paths.len(), self.path_count));
            lines.extend(self.paths.iter().map(|path| format!("  {}", printable(path))));
        }
        lines.push(String::new());
        lines.push(format!("Likely cause: {}", self.likely_cause));
        if !self.fix.is_empty() {
            lines.push(format!("Fix:          {}", self.fix));
        }
        lines.push(format!("Run next:     {}", self.next_command));
        lines.extend(self.class.map(|class| format!("Runbook:      {}", class.runbook())));
        if !self.links.is_empty() {
            lines.push(String::new());
            lines.extend(self.links.iter().map(|link| format!("{}: {}", link.title, link.url)));
        }
        lines.join("\n")
    }

    /// The same with every text cut to a length at which ten paths and all facts fit a message,
    /// twice.
    #[must_use]
    pub fn shortened_to_fit(&self) -> Self {
        let cut =
            |texts: &[String], most| texts.iter().take(most).map(|text| printable(text)).collect();
        Self {
            what: printable(&self.what),
            facts: cut(&self.facts, 2 * Self::MAX_PATHS),
            paths: cut(&self.paths, Self::MAX_PATHS),
            ..self.clone()
        }
    }
}

/// What is too long is cut.
fn printable(text: &str) -> String {
    let mut printable = escape_unprintable(text);
    if printable.len() > Alert::MAX_LINE {
        printable.truncate(printable.floor_char_boundary(Alert::MAX_LINE));
        printable.push('…');
    }
    printable
}

/// Says that an alert is about to be sent and then that it was, so that an event which comes twice
/// alerts once.
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
            class: Some(Class::Verification),
            execution: Some("exec-0fcddf3728817690d".into()),
            facts: vec!["1,204 object versions were checked.".into()],
            path_count: 1,
            paths: vec!["/größe\n.txt: version missing".into()],
            likely_cause: "an object version was deleted after the transfer.".into(),
            fix: "find out who deletes versions.".into(),
            next_command: "efs-s3 verify exec-0fcddf3728817690d".into(),
            links: vec![ConsoleLink {
                title: "Execution".into(),
                url: "https://console.example".into(),
            }],
        }
    }

    #[test]
    fn the_body_says_what_where_why_and_what_next() {
        insta::assert_snapshot!(alert().body(), @r"
        Stack backup: verification found 1 defect.
        Execution: exec-0fcddf3728817690d
        1,204 object versions were checked.

        Paths concerned (1 of 1):
          /größe\n.txt: version missing

        Likely cause: an object version was deleted after the transfer.
        Fix:          find out who deletes versions.
        Run next:     efs-s3 verify exec-0fcddf3728817690d
        Runbook:      docs/OPERATIONS.md#verification

        Execution: https://console.example
        ");
    }

    #[test]
    fn a_subject_is_short_printable_ascii() {
        let long = Alert { what: format!("ü\n{}", "x".repeat(200)), ..alert() };
        assert_eq!(long.subject().len(), 99);
        assert!(long.subject().bytes().all(|b| (b' '..=b'~').contains(&b)));
    }

    #[test]
    fn the_worst_names_still_fit_a_message() {
        let worst = "\u{1}ü\\\"".repeat(4_096);
        let alert = Alert {
            paths: vec![worst.clone(); 500],
            facts: vec![worst.clone(); 500],
            what: worst,
            ..alert()
        };
        let shortened_to_fit = alert.shortened_to_fit();
        let json = serde_json::to_string(&shortened_to_fit).unwrap();
        assert!(
            shortened_to_fit.body().len() + json.len() < 200_000,
            "{} and {}",
            shortened_to_fit.body().len(),
            json.len()
        );
    }

    #[test]
    fn an_alert_of_an_earlier_version_is_read() {
        let old = r#"{"stack":"backup","what":"x","facts":[],"path_count":0,"paths":[],"likely_cause":"","next_command":""}"#;
        assert_eq!(serde_json::from_str::<Alert>(old).unwrap().class, None);
    }
}
