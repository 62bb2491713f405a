//! `[instance]`: the instance that mounts the file system. It runs Ubuntu, or Amazon Linux 2023 in
//! a network without internet access.
//!
//! Sources: EC2 API, `RunInstances`, `ImportKeyPair` (`KeyName`: at most 255 ASCII characters, no
//! space at either end); EC2 User Guide, "Instance type naming conventions"; EBS User Guide, gp3.

mod image;
#[cfg(test)]
pub(in crate::config) mod tests;
pub(in crate::config) mod warnings;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::config::StackConfig;
use crate::config::cidr;
use crate::config::defaults;
use crate::config::document::Document;
use crate::config::rule_problems::RuleProblems;
use crate::config::section_reader::SectionReader;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceConfig {
    pub enabled: bool,
    /// `type` in `stack.toml`: `t3.micro`.
    pub instance_type: String,
    /// `ami-…`, or the public SSM parameter of an image, such as `/aws/service/canonical/…`; `None`
    /// is the newest Ubuntu LTS, or Amazon Linux 2023 in private mode.
    pub image: Option<String>,
    pub root_volume_gb: i32,
    /// The ranges that may connect to the SSH port. With one, the instance has a public address;
    /// without one, access is by Session Manager only.
    pub ssh_cidrs: Vec<String>,
    /// Confirms a range that covers the whole internet.
    pub ssh_from_anywhere: bool,
    pub key_name: Option<String>,
}

pub(in crate::config) fn read_section(document: &mut Document) -> InstanceConfig {
    let mut read = SectionReader::open(document, "instance");
    let section = InstanceConfig {
        enabled: read.read_flag("enabled", true),
        instance_type: read.read_text("type", defaults::INSTANCE_TYPE),
        image: read.read_optional_text("image"),
        root_volume_gb: read.read_number("root_volume_gb", defaults::ROOT_VOLUME_GB),
        ssh_cidrs: read.read_texts("ssh_cidrs"),
        ssh_from_anywhere: read.read_flag("ssh_from_anywhere", false),
        key_name: read.read_optional_text("key_name"),
    };
    read.finish();
    section
}

/// Whatever is wider than this is as good as the whole internet: two halves of it would be, too.
const WIDEST_IPV4: u8 = 8;
const WIDEST_IPV6: u8 = 16;

pub(in crate::config) fn check_section(config: &StackConfig, problems: &mut RuleProblems) {
    let instance = &config.instance;
    let allowed = "must be an EC2 instance type, a family and a size, such as t3.micro; `aws ec2 \
        describe-instance-type-offerings` lists them";
    problems.require_value(
        is_type(&instance.instance_type),
        "instance.type",
        &instance.instance_type,
        allowed,
    );
    if let Some(image) = &instance.image {
        image::check_image(image, config.network.is_private(), problems);
    }
    let size = instance.root_volume_gb;
    let allowed = "must be 8 to 16384, in GB: the image of Ubuntu needs 8, and a gp3 volume has \
        at most 16384";
    problems.require_value((8..=16_384).contains(&size), "instance.root_volume_gb", size, allowed);
    if let Some(name) = &instance.key_name {
        let allowed = "must be the name of a key pair, 1 to 255 ASCII characters without a space \
            at either end; `aws ec2 describe-key-pairs` lists them";
        problems.require_value(is_key_name(name), "instance.key_name", name, allowed);
    }
    check_ssh(instance, problems);
    if config.network.is_private() && !instance.ssh_cidrs.is_empty() {
        let message = "does not go with network.mode = \"private\", in which nothing has a public \
            address; remove this key: Session Manager reaches the instance";
        let others = ["network.mode"];
        problems.add_combined("instance.ssh_cidrs", &instance.ssh_cidrs, &others, message);
    }
}

fn require_consent(instance: &InstanceConfig, range: &str, problems: &mut RuleProblems) {
    if !instance.ssh_from_anywhere {
        let message = "opens SSH to the internet, which requires ssh_from_anywhere = true; or name \
            your own addresses";
        let others = ["instance.ssh_from_anywhere"];
        problems.add_combined("instance.ssh_cidrs", range, &others, message);
    }
}

fn check_ssh(instance: &InstanceConfig, problems: &mut RuleProblems) {
    let mut from_anywhere = false;
    for range in &instance.ssh_cidrs {
        match cidr::parse_range(range) {
            Err(message) => problems.add_problem("instance.ssh_cidrs", range, message),
            Ok(parsed) if is_anywhere(&parsed) => {
                from_anywhere = true;
                require_consent(instance, range, problems);
            }
            Ok(_) => {}
        }
    }
    problems.check_duplicates("instance.ssh_cidrs", &instance.ssh_cidrs);
    if instance.ssh_from_anywhere && !from_anywhere {
        let message = "has no effect alone: it confirms a range such as 0.0.0.0/0 in \
            instance.ssh_cidrs; add the range, or remove this key";
        problems.add_combined("instance.ssh_from_anywhere", true, &["instance.ssh_cidrs"], message);
    }
}

fn is_anywhere(range: &IpNet) -> bool {
    match range {
        IpNet::V4(range) => range.prefix_len() < WIDEST_IPV4,
        IpNet::V6(range) => range.prefix_len() < WIDEST_IPV6,
    }
}

/// `t3.micro`, `u-6tb1.metal`, `m7g.metal-48xl`.
fn is_type(text: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty()
            && !word.starts_with('-')
            && !word.ends_with('-')
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    let Some((family, size)) = text.split_once('.') else { return false };
    family.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase())
        && family.bytes().any(|byte| byte.is_ascii_digit())
        && is_word(family)
        && is_word(size)
}

fn is_key_name(name: &str) -> bool {
    (1..=255).contains(&name.len())
        && name.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
        && name.trim() == name
}
