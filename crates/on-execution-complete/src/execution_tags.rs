//! The tags of an execution: `start-execution` sets them to the reason for the start. An execution
//! without them was started elsewhere.

use std::collections::BTreeMap;

use domain::names::{PART_TAG, RETRY_TAG, SLOT_TAG};

/// The reason for the start of an execution.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ExecutionTags {
    pub slot: Option<String>,
    /// The id of the execution whose busy files it copies again.
    pub retry_of: Option<String>,
    /// Whether it copies only a part of the source.
    pub part: bool,
}

impl ExecutionTags {
    pub(crate) fn from_map(tags: &BTreeMap<String, String>) -> Self {
        Self {
            slot: tags.get(SLOT_TAG).cloned(),
            retry_of: tags.get(RETRY_TAG).cloned(),
            part: tags.contains_key(PART_TAG),
        }
    }
}
