//! The alerts that a person receives, in words that are the same in every run of a test.

use std::time::Duration;

use anyhow::{Result, ensure};
use domain::records::class::Class;
use e2e::deployment::Deployment;
use e2e::subscriber::Subscriber;
use regex_lite::Regex;

pub(crate) const AN_ALERT: Duration = Duration::from_secs(60);

/// The alerts so far, in words that are the same in every run of the test.
pub(crate) struct AlertInbox {
    pub subscriber: Subscriber,
    pub told: Vec<String>,
}

impl AlertInbox {
    pub(crate) async fn subscribe(deployment: &Deployment) -> Result<Self> {
        Ok(Self { subscriber: Subscriber::subscribe(deployment).await?, told: Vec::new() })
    }

    /// The next alert, which must be of this class.
    pub(crate) async fn next(&mut self, class: Class) -> Result<()> {
        let alert = self.subscriber.next(AN_ALERT).await?;
        let text = format!("Subject: {}\n{}", alert.subject, alert.message);
        let runbook = format!("#{}", class.as_str());
        ensure!(
            text.lines().any(|line| line.ends_with(&runbook)),
            "not told as {class:?}:\n{text}"
        );
        self.told.push(same_every_time(&text));
        Ok(())
    }
}

fn same_every_time(text: &str) -> String {
    let replaced = [
        (r"exec-[0-9a-f]{17}", "exec-…"),
        (r"task-[0-9a-f]{17}", "task-…"),
        (r"-[0-9a-f]{17}\.json", "-….json"),
        // In no order.
        (r"/file-\d+: deleted", "/file-…: deleted"),
        (r"column \d+", "column …"),
        (r"x{50,}", "x…"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "<time>"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "<time>"),
    ];
    replaced.iter().fold(text.to_owned(), |text, (pattern, with)| {
        Regex::new(pattern).expect("the pattern is one").replace_all(&text, *with).into_owned()
    })
}
