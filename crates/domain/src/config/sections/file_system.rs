//! `[file_system]`: a new EFS file system, or an existing one that is never changed.
//!
//! Sources: EFS API, `LifecyclePolicy.TransitionToIA`, `FileSystemId`; DataSync API, `Ec2Config` (1
//! to 5 groups).

#[cfg(test)]
pub(in crate::config) mod tests;

use serde::{Deserialize, Serialize};

use crate::config::document::Document;
use crate::config::ids::{check_kms_key, is_id};
use crate::config::options::ThroughputMode;
use crate::config::rule_problems::RuleProblems;
use crate::config::section_reader::SectionReader;
use crate::config::{NetworkConfig, StackConfig};

/// In `stack.toml` it is `id` that makes it an existing one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileSystemConfig {
    New(NewFileSystem),
    Existing(ExistingFileSystem),
}

impl FileSystemConfig {
    /// The existing file system; `None` if the stack creates it.
    #[must_use]
    pub fn existing(&self) -> Option<&ExistingFileSystem> {
        match self {
            Self::New(_) => None,
            Self::Existing(existing) => Some(existing),
        }
    }
}

/// Always encrypted, general purpose, with a mount target in each private subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewFileSystem {
    /// `None` is AWS's own key for EFS.
    pub kms_key_arn: Option<String>,
    pub throughput_mode: ThroughputMode,
    /// Days without access after which a file moves to Infrequent Access; `None` keeps all in
    /// Standard.
    pub transition_to_ia_days: Option<i32>,
    /// AWS Backup's daily copy.
    pub backup: bool,
}

/// Needs an existing network: the mount targets are there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExistingFileSystem {
    /// `fs-…`
    pub id: String,
    /// `sg-…`, 1 to 5, each once: of DataSync's network interfaces, to be let in by those of the
    /// mount targets.
    pub security_group_ids: Vec<String>,
}

pub(in crate::config) const OF_A_NEW_FILE_SYSTEM: [&str; 4] =
    ["kms_key_arn", "throughput_mode", "transition_to_ia_days", "backup"];

pub(in crate::config) fn read_section(document: &mut Document) -> FileSystemConfig {
    let mut read = SectionReader::open(document, "file_system");
    let file_system =
        if read.has_key("id") { read_existing(&mut read) } else { read_new(&mut read) };
    read.finish();
    file_system
}

fn read_existing(read: &mut SectionReader<'_>) -> FileSystemConfig {
    let file_system = ExistingFileSystem {
        id: read.read_required_text("id", "an existing file system"),
        security_group_ids: read.read_required_texts(
            "security_group_ids",
            "the security groups of DataSync's network interfaces",
        ),
    };
    for key in OF_A_NEW_FILE_SYSTEM {
        read.exclude_key(
            key,
            "does not go with file_system.id: an existing file system is never changed; remove \
                one of the two",
        );
    }
    FileSystemConfig::Existing(file_system)
}

fn read_new(read: &mut SectionReader<'_>) -> FileSystemConfig {
    let file_system = NewFileSystem {
        kms_key_arn: read.read_optional_text("kms_key_arn"),
        throughput_mode: read.read_choice("throughput_mode", ThroughputMode::Elastic),
        transition_to_ia_days: read.read_small_number("transition_to_ia_days"),
        backup: read.read_flag("backup", true),
    };
    read.exclude_key(
        "security_group_ids",
        "needs file_system.id: a new file system has its own security groups; remove this key, or \
            set file_system.id",
    );
    read.declare_key("id");
    FileSystemConfig::New(file_system)
}

const DAYS_TO_INFREQUENT_ACCESS: [i32; 9] = [1, 7, 14, 30, 60, 90, 180, 270, 365];

pub(in crate::config) fn check_section(config: &StackConfig, problems: &mut RuleProblems) {
    match &config.file_system {
        FileSystemConfig::New(file_system) => {
            check_new(file_system, &config.stack.region, problems)
        }
        FileSystemConfig::Existing(file_system) => {
            check_existing(file_system, &config.network, problems)
        }
    }
}

fn check_new(file_system: &NewFileSystem, region: &str, problems: &mut RuleProblems) {
    if let Some(arn) = &file_system.kms_key_arn
        && let Err(message) = check_kms_key(arn, region)
    {
        problems.add_combined("file_system.kms_key_arn", arn, &["stack.region"], message);
    }
    if let Some(days) = file_system.transition_to_ia_days
        && !DAYS_TO_INFREQUENT_ACCESS.contains(&days)
    {
        let allowed = DAYS_TO_INFREQUENT_ACCESS.map(|days| days.to_string()).join(", ");
        let message = format!(
            "must be one of the days that EFS offers: {allowed}; remove the key to keep all files \
                in Standard"
        );
        problems.add_problem("file_system.transition_to_ia_days", days, message);
    }
}

fn check_existing(
    file_system: &ExistingFileSystem,
    network: &NetworkConfig,
    problems: &mut RuleProblems,
) {
    let allowed = "must be the id of a file system, fs- and 8 or 17 hexadecimal digits; `aws efs \
                   describe-file-systems` lists them";
    let id = &file_system.id;
    problems.require_value(is_id(id, "fs-"), "file_system.id", id, allowed);
    let why = "a limit of DataSync; the security groups of the mount targets must allow them on \
        TCP port 2049";
    problems.check_ids(
        "file_system.security_group_ids",
        &file_system.security_group_ids,
        "sg-",
        5,
        why,
    );
    if matches!(network, NetworkConfig::New(_)) {
        report_new_network(file_system, problems);
    }
}

fn report_new_network(file_system: &ExistingFileSystem, problems: &mut RuleProblems) {
    let message = "needs network.vpc_id: its mount targets are in an existing VPC, which a \
            new VPC can't reach; write network.vpc_id and network.subnet_ids";
    problems.add_combined(
        "file_system.id",
        &file_system.id,
        &["network", "network.vpc_id"],
        message,
    );
}
