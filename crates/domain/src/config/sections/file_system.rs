//! `[file_system]`: an EFS file system of our own, or one that exists and stays as it is.

use serde::{Deserialize, Serialize};
use toml::Table;

use crate::config::options::ThroughputMode;
use crate::config::problem::ConfigProblem;
use crate::config::reader::Reader;

/// In `stack.toml` it is `id` that makes it an existing one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileSystemConfig {
    New(NewFileSystem),
    Existing(ExistingFileSystem),
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

const OF_A_NEW_ONE: [&str; 4] =
    ["kms_key_arn", "throughput_mode", "transition_to_ia_days", "backup"];

pub(in crate::config) fn read(
    document: &mut Table,
    problems: &mut Vec<ConfigProblem>,
) -> FileSystemConfig {
    let mut read = Reader::section(document, "file_system", problems);
    let file_system = if read.has("id") { existing(&mut read) } else { new(&mut read) };
    read.finish();
    file_system
}

fn existing(read: &mut Reader<'_>) -> FileSystemConfig {
    let file_system = ExistingFileSystem {
        id: read.required_text("id", "an existing file system"),
        security_group_ids: read.required_texts(
            "security_group_ids",
            "the groups of DataSync's network interfaces, beside file_system.id",
        ),
    };
    for key in OF_A_NEW_ONE {
        read.exclude(
            key,
            "does not go with file_system.id: an existing file system is never changed; remove the one or the other",
        );
    }
    FileSystemConfig::Existing(file_system)
}

fn new(read: &mut Reader<'_>) -> FileSystemConfig {
    let file_system = NewFileSystem {
        kms_key_arn: read.optional_text("kms_key_arn"),
        throughput_mode: read.choice("throughput_mode", ThroughputMode::Elastic),
        transition_to_ia_days: read.small_number("transition_to_ia_days"),
        backup: read.flag("backup", true),
    };
    read.exclude(
        "security_group_ids",
        "needs file_system.id: a file system of our own has groups of its own; remove this key, or name the file \
         system",
    );
    read.known("id");
    FileSystemConfig::New(file_system)
}
