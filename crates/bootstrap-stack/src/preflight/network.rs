//! The availability zones, the VPC and the subnets.

use std::collections::BTreeMap;

use domain::config::{
    AvailabilityZones, ExistingNetwork, FileSystemConfig, NetworkConfig, NewNetwork, StackConfig,
};
use ipnet::Ipv4Net;
use reconciler::data_sources::{ExistingSubnet, ExistingVpc};

use super::PreflightFindings;
use crate::data_sources::DataSources;

/// The number of network interfaces of a task without an agent (DataSync User Guide, "Required
/// network interfaces").
const DATASYNC_ADDRESSES: i32 = 2;

pub(super) fn check_network(
    config: &StackConfig,
    data_sources: &DataSources,
    findings: &mut PreflightFindings,
) {
    match &config.network {
        NetworkConfig::New(network) => check_new_network(network, data_sources, findings),
        NetworkConfig::Existing(network) => {
            check_existing_network(config, network, data_sources, findings)
        }
    }
}

fn check_new_network(
    network: &NewNetwork,
    data_sources: &DataSources,
    findings: &mut PreflightFindings,
) {
    let zones = &data_sources.availability_zones;
    match &network.availability_zones {
        AvailabilityZones::Count(count) if usize::from(*count) > zones.len() => findings
            .add_problem(
                format!("network.availability_zones = {count}"),
                format!("this account has {} in the region: {}", zones.len(), zones.join(", ")),
                "use fewer zones",
            ),
        AvailabilityZones::Count(_) => {}
        AvailabilityZones::Named(named) => check_named_zones(named, zones, findings),
    }
    check_overlap(network, data_sources, findings);
}

fn check_named_zones(named: &[String], zones: &[String], findings: &mut PreflightFindings) {
    for unknown in named.iter().filter(|zone| !zones.contains(zone)) {
        findings.add_problem(
            format!("network.availability_zones: {unknown}"),
            "this account has no such zone in the region",
            format!("choose from {}", zones.join(", ")),
        );
    }
}

/// Warns about overlapping addresses: two VPCs with the same addresses work, but can't be peered.
fn check_overlap(
    network: &NewNetwork,
    data_sources: &DataSources,
    findings: &mut PreflightFindings,
) {
    let Ok(wanted) = network.cidr.parse::<Ipv4Net>() else { return };
    let overlaps = |cidr: &String| {
        let other = cidr.parse::<Ipv4Net>().ok()?;
        (other != wanted && (other.contains(&wanted) || wanted.contains(&other))).then_some(other)
    };
    for vpc in &data_sources.vpcs {
        if let Some(other) = vpc.cidrs.iter().find_map(overlaps) {
            findings.add_warning(
                format!("network.cidr = {wanted}"),
                format!("overlaps with {other} of {}", vpc.id),
                "choose other addresses if the VPCs may be peered later",
            );
        }
    }
}

fn check_existing_network(
    config: &StackConfig,
    network: &ExistingNetwork,
    data_sources: &DataSources,
    findings: &mut PreflightFindings,
) {
    let key = format!("network.vpc_id = {}", network.vpc_id);
    match &data_sources.vpc {
        None => findings.add_problem(
            key,
            "there is no such VPC in this account and region",
            "correct it, or remove [network] to let the stack create a VPC",
        ),
        Some(vpc) => check_vpc(key, vpc, findings),
    }
    check_subnets(config, network, data_sources, findings);
}

fn check_vpc(key: String, vpc: &ExistingVpc, findings: &mut PreflightFindings) {
    if vpc.tenancy != "default" {
        let why = format!(
            "its tenancy is {}, and DataSync works in VPCs with default tenancy only",
            vpc.tenancy
        );
        findings.add_problem(key, why, "name another VPC");
    } else if !(vpc.dns_support && vpc.dns_hostnames) {
        findings.add_warning(
            key,
            "DNS support or DNS host names are off: the file system's DNS name does not resolve \
                in it",
            "turn both on, or mount by the mount target's address",
        );
    }
}

fn check_subnets(
    config: &StackConfig,
    network: &ExistingNetwork,
    data_sources: &DataSources,
    findings: &mut PreflightFindings,
) {
    let mut zones = BTreeMap::new();
    for (index, id) in network.subnet_ids.iter().enumerate() {
        match data_sources.subnets.iter().find(|subnet| subnet.id == *id) {
            None => add_missing_subnet(id, findings),
            Some(subnet) if subnet.vpc_id != network.vpc_id => {
                add_foreign_subnet(subnet, findings);
            }
            Some(subnet) => match zones.insert(&subnet.availability_zone, id) {
                Some(other) => add_same_zone(subnet, other, findings),
                None => check_free_addresses(config, index, subnet, findings),
            },
        }
    }
}

fn add_missing_subnet(id: &str, findings: &mut PreflightFindings) {
    let why = "there is no such subnet in this account and region";
    findings.add_problem(subnet_key(id), why, "correct it");
}

fn add_foreign_subnet(subnet: &ExistingSubnet, findings: &mut PreflightFindings) {
    let why = format!("it belongs to {}", subnet.vpc_id);
    findings.add_problem(subnet_key(&subnet.id), why, "name only subnets of network.vpc_id");
}

fn subnet_key(id: &str) -> String {
    format!("network.subnet_ids: {id}")
}

fn add_same_zone(subnet: &ExistingSubnet, other: &str, findings: &mut PreflightFindings) {
    findings.add_problem(
        subnet_key(&subnet.id),
        format!("it is in the same zone as {other}, {}", subnet.availability_zone),
        "name one subnet for each zone: a file system has one mount target in a zone",
    );
}

fn check_free_addresses(
    config: &StackConfig,
    index: usize,
    subnet: &ExistingSubnet,
    findings: &mut PreflightFindings,
) {
    let for_mount_target = i32::from(matches!(config.file_system, FileSystemConfig::New(_)));
    let for_first =
        if index == 0 { DATASYNC_ADDRESSES + i32::from(config.instance.enabled) } else { 0 };
    let needed = for_mount_target + for_first;
    if subnet.free_addresses < needed {
        findings.add_problem(
            subnet_key(&subnet.id),
            format!("it has {} free addresses, and {needed} are needed", subnet.free_addresses),
            "free addresses, or name another subnet",
        );
    }
}

#[cfg(test)]
mod tests;
