//! How far a check has come, so that the next invocation goes on where this one has to stop.

use pipeline::records::proof::Depth;
use pipeline::records::seal::Link;
use serde::{Deserialize, Serialize};

use crate::tally::Tally;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Checkpoint {
    pub(crate) depth: Depth,
    /// The keys of the report's parts; another report is another check.
    pub(crate) parts: Vec<String>,
    /// All slices before this one are done.
    pub(crate) slice: u64,
    /// In that slice all paths up to this one are done; empty for none.
    pub(crate) after: String,
    pub(crate) tally: Tally,
    pub(crate) links: Vec<Link>,
}

impl Checkpoint {
    /// Whether a check of these parts at this depth may go on from here.
    pub(crate) fn is_of(&self, parts: &[String], depth: Depth) -> bool {
        self.parts == parts && self.depth == depth
    }
}
