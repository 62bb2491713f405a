//! `[instance]`: the Ubuntu instance that mounts the file system.

use serde::{Deserialize, Serialize};
use toml::Table;

use crate::config::defaults;
use crate::config::problem::ConfigProblem;
use crate::config::reader::Reader;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceConfig {
    pub enabled: bool,
    /// `type` in `stack.toml`: `t3.micro`.
    pub instance_type: String,
    /// `ami-…`, or a public SSM parameter of Canonical's, `/aws/service/canonical/…`; `None` is the
    /// newest Ubuntu LTS.
    pub image: Option<String>,
    pub root_volume_gb: i32,
    /// Who reaches its SSH port, and thereby whether it has a public address. Empty: Session
    /// Manager alone.
    pub ssh_cidrs: Vec<String>,
    /// What a CIDR that stands for the whole internet needs beside it.
    pub ssh_from_anywhere: bool,
    pub key_name: Option<String>,
}

pub(in crate::config) fn read(
    document: &mut Table,
    problems: &mut Vec<ConfigProblem>,
) -> InstanceConfig {
    let mut read = Reader::section(document, "instance", problems);
    let section = InstanceConfig {
        enabled: read.flag("enabled", true),
        instance_type: read.text("type", defaults::INSTANCE_TYPE),
        image: read.optional_text("image"),
        root_volume_gb: read.number("root_volume_gb", defaults::ROOT_VOLUME_GB),
        ssh_cidrs: read.texts("ssh_cidrs"),
        ssh_from_anywhere: read.flag("ssh_from_anywhere", false),
        key_name: read.optional_text("key_name"),
    };
    read.finish();
    section
}
