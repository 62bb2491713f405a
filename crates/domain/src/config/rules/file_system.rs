//! `[file_system]`: what EFS offers for a new one, and what an existing one needs beside it.
//!
//! Sources: EFS API, `LifecyclePolicy.TransitionToIA`, `FileSystemId`; DataSync API, `Ec2Config` (1
//! to 5 groups).

use super::Problems;
use crate::config::ids::{check_kms_key, is_id};
use crate::config::{
    ExistingFileSystem, FileSystemConfig, NetworkConfig, NewFileSystem, StackConfig,
};

const DAYS_TO_INFREQUENT_ACCESS: [i32; 9] = [1, 7, 14, 30, 60, 90, 180, 270, 365];

pub(super) fn check(config: &StackConfig, problems: &mut Problems) {
    match &config.file_system {
        FileSystemConfig::New(file_system) => new(file_system, &config.stack.region, problems),
        FileSystemConfig::Existing(file_system) => existing(file_system, &config.network, problems),
    }
}

fn new(file_system: &NewFileSystem, region: &str, problems: &mut Problems) {
    if let Some(arn) = &file_system.kms_key_arn
        && let Err(message) = check_kms_key(arn, region)
    {
        problems.add_with("file_system.kms_key_arn", arn, &["stack.region"], message);
    }
    if let Some(days) = file_system.transition_to_ia_days
        && !DAYS_TO_INFREQUENT_ACCESS.contains(&days)
    {
        let allowed = DAYS_TO_INFREQUENT_ACCESS.map(|days| days.to_string()).join(", ");
        let message = format!(
            "must be one of the days that EFS offers: {allowed}; leave it out to keep all in \
                Standard"
        );
        problems.add("file_system.transition_to_ia_days", days, message);
    }
}

fn existing(file_system: &ExistingFileSystem, network: &NetworkConfig, problems: &mut Problems) {
    let allowed = "must be the id of a file system, fs- and 8 or 17 hexadecimal digits; `aws efs \
                   describe-file-systems` lists them";
    problems.require(is_id(&file_system.id, "fs-"), "file_system.id", &file_system.id, allowed);
    let why = "which is what DataSync takes; the groups of the mount targets must let them in on \
        TCP 2049";
    problems.ids("file_system.security_group_ids", &file_system.security_group_ids, "sg-", 5, why);
    if matches!(network, NetworkConfig::New(_)) {
        let message = "needs network.vpc_id: its mount targets are in a VPC that exists, out of reach from a new one; \
                       write network.vpc_id and network.subnet_ids";
        problems.add_with(
            "file_system.id",
            &file_system.id,
            &["network", "network.vpc_id"],
            message,
        );
    }
}
