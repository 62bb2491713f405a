//! `[stack]`: the only section that no default stands for.

use serde::{Deserialize, Serialize};
use toml::Table;

use crate::config::problem::ConfigProblem;
use crate::config::reader::Reader;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackSettings {
    /// 1 to 20 of `a-z 0-9 -`, beginning with a letter, not ending in `-`.
    pub name: String,
    pub region: String,
    /// The managed policy beyond which no role of the stack reaches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions_boundary_arn: Option<String>,
}

pub(in crate::config) fn read(
    document: &mut Table,
    problems: &mut Vec<ConfigProblem>,
) -> StackSettings {
    let mut read = Reader::section(document, "stack", problems);
    let section = StackSettings {
        name: read.required_text("name", "the beginning of every name, such as backup"),
        region: read.required_text("region", "where everything is, such as eu-central-1"),
        permissions_boundary_arn: read.optional_text("permissions_boundary_arn"),
    };
    read.finish();
    section
}
