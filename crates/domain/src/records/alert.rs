//! An alert: its text says what to do.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::class::Class;
use crate::printable::escape_unprintable;
use crate::sync_name::SyncName;

/// One alert. Plain data: [`Alert::subject`] and [`Alert::body`] are what arrives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    pub stack: String,
    /// The sync it is about; absent: the sync `default`, or the whole stack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sync: Option<SyncName>,
    /// The event in a few words: "verification found 1 defect".
    pub what: String,
    /// The class of the event; leads to the runbook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Class>,
    /// The execution's id, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution: Option<String>,
    /// Sentences of facts: counts, messages of services.
    pub facts: Vec<String>,
    /// The number of affected paths; `paths` has the first [`Alert::MAX_PATHS`].
    pub path_count: u64,
    pub paths: Vec<String>,
    pub likely_cause: String,
    /// The solution; empty where the likely cause is enough.
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
    /// A path on EFS has up to 4,096 bytes, and a service's message has no limit: SNS accepts 256
    /// KB in all.
    const MAX_LINE: usize = 1_000;

    /// The same alert about a sync, which its commands name; that about the sync `default` reads as
    /// in a stack with one sync.
    #[must_use]
    pub fn of_sync(self, sync: &SyncName) -> Self {
        if sync.is_default() {
            return self;
        }
        Self {
            fix: name_sync_in_commands(&self.fix, sync),
            next_command: name_sync_in_commands(&self.next_command, sync),
            sync: Some(sync.clone()),
            ..self
        }
    }

    #[must_use]
    pub fn subject(&self) -> String {
        let text = match &self.sync {
            Some(sync) => format!("[{}/{sync}] {}", self.stack, self.what),
            None => format!("[{}] {}", self.stack, self.what),
        };
        let printable =
            text.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' });
        printable.take(Self::MAX_SUBJECT).collect()
    }

    #[must_use]
    pub fn body(&self) -> String {
        let mut lines = self.describe_facts();
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

    fn describe_facts(&self) -> Vec<String> {
        let sync = self.sync.as_ref().map(|sync| format!(", sync {sync}")).unwrap_or_default();
        let mut lines = vec![format!("Stack {}{sync}: {}.", self.stack, self.what)];
        lines.extend(self.execution.as_ref().map(|execution| format!("Execution: {execution}")));
        lines.extend(self.facts.iter().map(|fact| escape_and_cut(fact)));
        if !self.paths.is_empty() {
            lines.push(String::new());
            lines.push(format!("Paths concerned ({} of {}):", self.paths.len(), self.path_count));
            lines.extend(self.paths.iter().map(|path| format!("  {}", escape_and_cut(path))));
        }
        lines
    }

    /// The same with every text cut to a length at which ten paths and all facts fit a message,
    /// twice.
    #[must_use]
    pub fn shortened_to_fit(&self) -> Self {
        let cut = |texts: &[String], most| {
            texts.iter().take(most).map(|text| escape_and_cut(text)).collect()
        };
        Self {
            what: escape_and_cut(&self.what),
            facts: cut(&self.facts, 2 * Self::MAX_PATHS),
            paths: cut(&self.paths, Self::MAX_PATHS),
            ..self.clone()
        }
    }
}

/// The commands that are about one sync, and not about an execution or the whole stack.
const COMMANDS_OF_A_SYNC: [&str; 6] = ["sync", "pause", "resume", "restore", "get", "versions"];

/// The text with `--sync` in each command that needs it in a stack of several syncs.
fn name_sync_in_commands(text: &str, sync: &SyncName) -> String {
    COMMANDS_OF_A_SYNC.iter().fold(text.to_owned(), |text, command| {
        let plain = format!("efs-s3 {command}");
        text.replace(&plain, &format!("{plain} --sync {sync}"))
    })
}

/// Escapes a text, and cuts it if it is too long.
fn escape_and_cut(text: &str) -> String {
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
    /// The Lambda request that sends it: distinguishes our own retry from another claim.
    pub claimed_by: String,
    pub claimed_at: DateTime<Utc>,
    /// Absent between the claim and SNS's answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests;
