//! The entries that are shown: of some sources, about one execution, from a level on. Pure.

use crate::cli::LogLevel;

/// The lines by which Lambda reports the end of a function; they have no level (Lambda Developer
/// Guide, "Troubleshoot execution issues in Lambda").
const FAILED_INVOCATIONS: [&str; 2] = ["Task timed out after ", "Runtime.ExitError"];

/// The entries that are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct EntryFilter {
    /// The names of the sources; empty for all.
    pub sources: Vec<String>,
    /// The id of an execution.
    pub execution: Option<String>,
    pub level: Option<LogLevel>,
}

impl EntryFilter {
    /// Whether entries of this source are shown at all.
    pub(super) fn takes_source(&self, source: &str) -> bool {
        self.sources.is_empty() || self.sources.iter().any(|name| name == source)
    }

    /// Whether an entry of a stream is shown. DataSync names the execution in the stream, the
    /// functions in the message. An entry without a level is shown unless a level is required.
    pub(super) fn takes_entry(&self, stream: &str, message: &str) -> bool {
        let is_about = |id: &String| stream.contains(id.as_str()) || message.contains(id.as_str());
        let is_important = |least: LogLevel| level_of(message).is_some_and(|level| level >= least);
        self.execution.as_ref().is_none_or(is_about) && self.level.is_none_or(is_important)
    }
}

/// The level that a message begins with or has in brackets, or in the field `level` of JSON.
fn level_of(message: &str) -> Option<LogLevel> {
    if FAILED_INVOCATIONS.iter().any(|failed| message.contains(failed)) {
        return Some(LogLevel::Error);
    }
    let words = message.split(|one: char| !one.is_ascii_alphabetic()).filter(|one| !one.is_empty());
    words.take(LEVEL_WITHIN).find_map(|word| match word {
        "DEBUG" | "TRACE" => Some(LogLevel::Debug),
        "INFO" => Some(LogLevel::Info),
        "WARN" | "WARNING" => Some(LogLevel::Warn),
        "ERROR" => Some(LogLevel::Error),
        _ => None,
    })
}

/// The level is one of the first words: later ones may be of a path or an error's own text. A
/// time in JSON has two words, and the field `level` follows it.
const LEVEL_WITHIN: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_is_read_from_text_and_from_json() {
        for (message, expected) in [
            ("  INFO Lambda runtime invoke{requestId=\"1\"}: done", Some(LogLevel::Info)),
            ("[ERROR] Failed to open source file /a/b", Some(LogLevel::Error)),
            ("[WARN] Verification failed for file /WARN", Some(LogLevel::Warn)),
            (
                r#"{"timestamp":"2026-11-23T10:00:00Z","level":"ERROR","fields":{}}"#,
                Some(LogLevel::Error),
            ),
            ("2026-11-23T10:00:00Z 1-2 Task timed out after 60.00 seconds", Some(LogLevel::Error)),
            ("START RequestId: 1 Version: $LATEST", None),
            ("a file with a long name that is called ERROR", None),
        ] {
            assert_eq!(level_of(message), expected, "{message}");
        }
    }

    #[test]
    fn an_entry_is_shown_if_all_that_is_required_fits() {
        let id = "exec-0123456789abcdef0".to_owned();
        let of_execution = EntryFilter { execution: Some(id.clone()), ..EntryFilter::default() };
        let stream = format!("task-1-{id}");
        assert!(of_execution.takes_entry(&stream, "anything"));
        assert!(of_execution.takes_entry("2026/11/23", &format!("{{\"execution\":\"{id}\"}}")));
        assert!(!of_execution.takes_entry("2026/11/23", "START RequestId: 1"));
        let errors = EntryFilter { level: Some(LogLevel::Error), ..of_execution };
        assert!(errors.takes_entry(&stream, "[ERROR] no access"));
        assert!(!errors.takes_entry(&stream, "[INFO] started"));
        assert!(EntryFilter::default().takes_entry("any", "START RequestId: 1"));
    }

    #[test]
    fn sources_are_those_that_are_named() {
        let filter = EntryFilter { sources: vec!["datasync".into()], ..EntryFilter::default() };
        assert!(filter.takes_source("datasync") && !filter.takes_source("verify-versions"));
        assert!(EntryFilter::default().takes_source("verify-versions"));
    }
}
