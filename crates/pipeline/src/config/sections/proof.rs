//! `[proof]`: how closely versions are looked at, and when everything proven is looked for again.

use serde::{Deserialize, Serialize};
use toml::Table;

use crate::config::problem::ConfigProblem;
use crate::config::reader::Reader;
use crate::records::proof::Depth;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proving {
    pub depth: Depth,
    /// EventBridge's `rate(…)` or `cron(…)`, UTC; `None`: audits are asked for.
    pub audit: Option<String>,
}

pub(in crate::config) fn read(document: &mut Table, problems: &mut Vec<ConfigProblem>) -> Proving {
    let mut read = Reader::section(document, "proof", problems);
    let section = Proving { depth: read.choice("depth", Depth::default()), audit: read.optional_text("audit") };
    read.finish();
    section
}
