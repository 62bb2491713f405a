//! `[source]`: what of the file system is copied.

use serde::{Deserialize, Serialize};
use toml::Table;

use crate::config::defaults;
use crate::config::problem::ConfigProblem;
use crate::config::reader::Reader;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceConfig {
    /// `/`, or a folder, beginning and ending in `/`; seen from the access point, where one is
    /// used.
    pub subdirectory: String,
    /// `fsap-…`: DataSync mounts through it.
    pub access_point_id: Option<String>,
}

pub(in crate::config) fn read(
    document: &mut Table,
    problems: &mut Vec<ConfigProblem>,
) -> SourceConfig {
    let mut read = Reader::section(document, "source", problems);
    let section = SourceConfig {
        subdirectory: read.text("subdirectory", defaults::SUBDIRECTORY),
        access_point_id: read.optional_text("access_point_id"),
    };
    read.refuse(
        "subnet_id",
        "has moved: write network.vpc_id and network.subnet_ids for an existing VPC, or nothing \
            for a new one",
    );
    read.refuse(
        "security_group_ids",
        "has moved: write file_system.security_group_ids beside file_system.id, or nothing for a \
            new file system",
    );
    read.finish();
    section
}
