//! What an execution was started for: its tags, which `start-execution` gave it. One that bears
//! none was started by somebody else.

use std::collections::BTreeMap;

use domain::names::{PART_TAG, RETRY_TAG, SLOT_TAG};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Origin {
    pub slot: Option<String>,
    /// The id of the execution whose busy files it copies again.
    pub retry_of: Option<String>,
    /// Whether it looks at a part of the source only.
    pub part: bool,
}

impl Origin {
    pub(crate) fn of_tags(tags: &BTreeMap<String, String>) -> Self {
        Self {
            slot: tags.get(SLOT_TAG).cloned(),
            retry_of: tags.get(RETRY_TAG).cloned(),
            part: tags.contains_key(PART_TAG),
        }
    }
}
