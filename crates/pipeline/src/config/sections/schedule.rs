//! `[schedule]`: when executions are started.

use serde::{Deserialize, Serialize};
use toml::Table;

use crate::config::defaults;
use crate::config::problem::ConfigProblem;
use crate::config::reader::Reader;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// EventBridge's `rate(…)` or `cron(…)`, UTC.
    pub expression: String,
    pub enabled: bool,
}

pub(in crate::config) fn read(document: &mut Table, problems: &mut Vec<ConfigProblem>) -> Schedule {
    let mut read = Reader::section(document, "schedule", problems);
    let section =
        Schedule { expression: read.text("expression", defaults::SCHEDULE), enabled: read.flag("enabled", true) };
    read.finish();
    section
}
