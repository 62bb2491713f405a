//! `[proof]`: how closely versions are looked at, when everything proven is looked for again, and
//! how long proofs are locked.

use serde::{Deserialize, Serialize};
use toml::Table;

use crate::config::options::RetentionMode;
use crate::config::problem::ConfigProblem;
use crate::config::reader::Reader;
use crate::records::proof::Depth;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofConfig {
    pub depth: Depth,
    /// EventBridge's `rate(…)` or `cron(…)`, UTC; `None`: audits are asked for.
    pub audit: Option<String>,
    /// Days for which nobody may delete a proof or write over it; `None`: the bucket has no lock.
    #[serde(default)]
    pub object_lock_days: Option<i32>,
    #[serde(default)]
    pub object_lock_mode: RetentionMode,
}

pub(in crate::config) fn read(
    document: &mut Table,
    problems: &mut Vec<ConfigProblem>,
) -> ProofConfig {
    let mut read = Reader::section(document, "proof", problems);
    let section = ProofConfig {
        depth: read.choice("depth", Depth::default()),
        audit: read.optional_text("audit"),
        object_lock_days: read.small_number("object_lock_days"),
        object_lock_mode: read.choice("object_lock_mode", RetentionMode::default()),
    };
    read.finish();
    section
}
