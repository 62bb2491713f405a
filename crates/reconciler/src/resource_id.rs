//! The name of a resource within its graph.

use serde::{Deserialize, Serialize};

/// A resource's name within its graph, and its `efs-s3:resource` tag: `a-z 0-9 -`; behind a dot the
/// sync, behind `@` another region.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ResourceId(String);

impl ResourceId {
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text that stands for an attribute of this resource in a field of another.
    #[must_use]
    pub fn attribute(&self, name: &str) -> String {
        format!("${{{}.{name}}}", self.0)
    }
}

impl std::fmt::Display for ResourceId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
