//! `[source]`: what of the file system is copied.

#[cfg(test)]
pub(in crate::config) mod tests;

use serde::{Deserialize, Serialize};

use crate::config::defaults;
use crate::config::document::Document;
use crate::config::ids::is_id;
use crate::config::location_path;
use crate::config::rule_problems::RuleProblems;
use crate::config::section_reader::SectionReader;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceConfig {
    /// `/`, or a folder, beginning and ending in `/`; seen from the access point, where one is
    /// used.
    pub subdirectory: String,
    /// `fsap-…`: DataSync mounts through it.
    pub access_point_id: Option<String>,
}

pub(in crate::config) fn read_section(document: &mut Document) -> SourceConfig {
    let mut read = SectionReader::open(document, "source");
    let section = SourceConfig {
        subdirectory: read.read_text("subdirectory", defaults::SUBDIRECTORY),
        access_point_id: read.read_optional_text("access_point_id"),
    };
    read.refuse_key(
        "subnet_id",
        "has moved: write network.vpc_id and network.subnet_ids for an existing VPC, or nothing \
            for a new one",
    );
    read.refuse_key(
        "security_group_ids",
        "has moved: write file_system.security_group_ids beside file_system.id, or nothing for a \
            new file system",
    );
    read.finish();
    section
}

pub(in crate::config) fn check_section(source: &SourceConfig, problems: &mut RuleProblems) {
    problems.add_refusal(
        "source.subdirectory",
        &source.subdirectory,
        location_path::check_folder(&source.subdirectory),
    );
    if let Some(id) = &source.access_point_id {
        let allowed = "must be the id of an access point, fsap- and 8 or 17 hexadecimal digits; \
            `aws efs describe-access-points` lists them";
        problems.require_value(is_id(id, "fsap-"), "source.access_point_id", id, allowed);
    }
}
