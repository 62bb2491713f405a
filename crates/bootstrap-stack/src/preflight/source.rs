//! The file system that the configuration names, and the access point.

use domain::config::{
    ExistingFileSystem, ExistingNetwork, FileSystemConfig, NetworkConfig, StackConfig,
};
use reconciler::data_sources;

use super::PreflightFindings;
use crate::data_sources::DataSources;

const ENFORCED_USER: &str = "it enforces one user: DataSync reads only what that user may read, \
    and a restore loses owners";

const NO_ACCESS_POINT: &str = "there is no such access point in this account and region";
const SUBNET_TO_NAME: &str =
    "name a subnet of a zone with a mount target first in network.subnet_ids";

pub(super) fn check_source(
    config: &StackConfig,
    data_sources: &DataSources,
    findings: &mut PreflightFindings,
) {
    if let FileSystemConfig::Existing(named) = &config.file_system {
        match data_sources.file_systems.get(&named.id) {
            None => findings.add_problem(
                format!("file_system.id = {}", named.id),
                "there is no such file system in this account and region",
                "correct it, or remove it to let the stack create a file system",
            ),
            Some(found) => check_existing(config, named, found, data_sources, findings),
        }
    }
    if let Some(id) = &config.source.access_point_id {
        check_access_point(config, id, data_sources, findings);
    }
}

fn check_existing(
    config: &StackConfig,
    named: &ExistingFileSystem,
    found: &data_sources::ExistingEfs,
    data_sources: &DataSources,
    findings: &mut PreflightFindings,
) {
    let key = format!("file_system.id = {}", named.id);
    if found.state != "available" {
        findings.add_problem(&key, format!("it is {}", found.state), "wait until it is available");
    }
    if !found.encrypted {
        let next = "files at rest can only be encrypted in a new file system";
        findings.add_warning(&key, "it is not encrypted", next);
    }
    if let NetworkConfig::Existing(network) = &config.network {
        check_mount_targets(&key, network, &found.mount_targets, data_sources, findings);
        check_security_groups(named, &network.vpc_id, data_sources, findings);
    }
}

fn check_mount_targets(
    key: &str,
    network: &ExistingNetwork,
    targets: &[data_sources::ExistingMountTarget],
    data_sources: &DataSources,
    findings: &mut PreflightFindings,
) {
    let first = network.subnet_ids.first();
    let first = first.and_then(|id| data_sources.subnets.iter().find(|subnet| subnet.id == *id));
    if targets.iter().any(|target| target.vpc_id != network.vpc_id) {
        let why = format!("its mount targets are not in {}", network.vpc_id);
        findings.add_problem(key, why, "name their VPC in network.vpc_id");
    } else if let Some(subnet) = first
        && !targets.iter().any(|target| target.availability_zone == subnet.availability_zone)
    {
        let zone = &subnet.availability_zone;
        let why = format!("it has no mount target in {zone}, the zone of {}", subnet.id);
        findings.add_problem(key, why, SUBNET_TO_NAME);
    }
}

fn check_security_groups(
    named: &ExistingFileSystem,
    vpc_id: &str,
    data_sources: &DataSources,
    findings: &mut PreflightFindings,
) {
    for id in &named.security_group_ids {
        let key = format!("file_system.security_group_ids: {id}");
        let Some(group) = data_sources.security_groups.iter().find(|group| group.id == *id) else {
            let why = "there is no such security group in this account and region";
            findings.add_problem(key, why, "correct it");
            continue;
        };
        if group.vpc_id != vpc_id {
            let why = format!("it belongs to {}", group.vpc_id);
            findings.add_problem(key, why, "name only groups of network.vpc_id");
        }
    }
}

fn check_access_point(
    config: &StackConfig,
    id: &str,
    data_sources: &DataSources,
    findings: &mut PreflightFindings,
) {
    let key = format!("source.access_point_id = {id}");
    let Some(found) = data_sources.access_points.get(id) else {
        return findings.add_problem(key, NO_ACCESS_POINT, "correct it, or remove it");
    };
    if let FileSystemConfig::Existing(named) = &config.file_system
        && found.file_system_id != named.id
    {
        let why = format!("it belongs to {}", found.file_system_id);
        findings.add_problem(&key, why, "name an access point of file_system.id");
    }
    if found.enforces_user {
        findings.add_warning(&key, ENFORCED_USER, "use an access point without a user, or none");
    }
}

#[cfg(test)]
mod tests;
