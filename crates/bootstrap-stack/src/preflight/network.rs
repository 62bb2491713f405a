//! Zones, VPC and subnets.

use std::collections::BTreeMap;

use domain::config::{
    AvailabilityZones, ExistingNetwork, FileSystemConfig, NetworkConfig, NewNetwork, StackConfig,
};
use ipnet::Ipv4Net;
use reconciler::data_sources::ExistingSubnet;

use super::Findings;
use crate::surroundings::Surroundings;

/// Network interfaces that a task without agent takes (DataSync User Guide, "Required network
/// interfaces").
const DATASYNC_ADDRESSES: i32 = 2;

pub(super) fn check(config: &StackConfig, surroundings: &Surroundings, findings: &mut Findings) {
    match &config.network {
        NetworkConfig::New(network) => new_network(network, surroundings, findings),
        NetworkConfig::Existing(network) => {
            existing_network(config, network, surroundings, findings)
        }
    }
}

fn new_network(network: &NewNetwork, surroundings: &Surroundings, findings: &mut Findings) {
    let zones = &surroundings.availability_zones;
    match &network.availability_zones {
        AvailabilityZones::Count(count) if usize::from(*count) > zones.len() => findings.problem(
            format!("network.availability_zones = {count}"),
            format!("this account has {} in the region: {}", zones.len(), zones.join(", ")),
            "ask for fewer",
        ),
        AvailabilityZones::Count(_) => {}
        AvailabilityZones::Named(named) => {
            for unknown in named.iter().filter(|zone| !zones.contains(zone)) {
                findings.problem(
                    format!("network.availability_zones: {unknown}"),
                    "this account has no such zone in the region",
                    format!("choose from {}", zones.join(", ")),
                );
            }
        }
    }
    overlap(network, surroundings, findings);
}

/// Two VPCs with the same addresses work, but can't be peered.
fn overlap(network: &NewNetwork, surroundings: &Surroundings, findings: &mut Findings) {
    let Ok(wanted) = network.cidr.parse::<Ipv4Net>() else { return };
    let overlaps = |cidr: &String| {
        let other = cidr.parse::<Ipv4Net>().ok()?;
        (other != wanted && (other.contains(&wanted) || wanted.contains(&other))).then_some(other)
    };
    for vpc in &surroundings.vpcs {
        if let Some(other) = vpc.cidrs.iter().find_map(overlaps) {
            findings.warning(
                format!("network.cidr = {wanted}"),
                format!("overlaps with {other} of {}", vpc.id),
                "choose other addresses if the two are ever to be peered",
            );
        }
    }
}

fn existing_network(
    config: &StackConfig,
    network: &ExistingNetwork,
    surroundings: &Surroundings,
    findings: &mut Findings,
) {
    let id = &network.vpc_id;
    match &surroundings.vpc {
        None => findings.problem(
            format!("network.vpc_id = {id}"),
            "there is no such VPC in this account and region",
            "correct it, or leave [network] out for a VPC of the stack's own",
        ),
        Some(vpc) if vpc.tenancy != "default" => findings.problem(
            format!("network.vpc_id = {id}"),
            format!(
                "its tenancy is {}, and DataSync works in VPCs with default tenancy only",
                vpc.tenancy
            ),
            "name another VPC",
        ),
        Some(vpc) if !(vpc.dns_support && vpc.dns_hostnames) => findings.warning(
            format!("network.vpc_id = {id}"),
            "DNS support or DNS host names are off: the file system's DNS name does not resolve \
                in it",
            "turn both on, or mount by the mount target's address",
        ),
        Some(_) => {}
    }
    subnets(config, network, surroundings, findings);
}

fn subnets(
    config: &StackConfig,
    network: &ExistingNetwork,
    surroundings: &Surroundings,
    findings: &mut Findings,
) {
    let mut zones: BTreeMap<&str, &str> = BTreeMap::new();
    for (index, id) in network.subnet_ids.iter().enumerate() {
        let key = format!("network.subnet_ids: {id}");
        let Some(subnet) = surroundings.subnets.iter().find(|subnet| subnet.id == *id) else {
            findings.problem(
                key,
                "there is no such subnet in this account and region",
                "correct it",
            );
            continue;
        };
        if subnet.vpc_id != network.vpc_id {
            findings.problem(
                key,
                format!("it belongs to {}", subnet.vpc_id),
                "name subnets of network.vpc_id alone",
            );
        } else if let Some(other) = zones.insert(&subnet.availability_zone, id) {
            let why = format!("it lies in the same zone as {other}, {}", subnet.availability_zone);
            findings.problem(
                key,
                why,
                "name one subnet for each zone: a file system has one mount target in a zone",
            );
        } else {
            free_addresses(config, index, subnet, findings);
        }
    }
}

fn free_addresses(
    config: &StackConfig,
    index: usize,
    subnet: &ExistingSubnet,
    findings: &mut Findings,
) {
    let for_mount_target = i32::from(matches!(config.file_system, FileSystemConfig::New(_)));
    let for_first =
        if index == 0 { DATASYNC_ADDRESSES + i32::from(config.instance.enabled) } else { 0 };
    let needed = for_mount_target + for_first;
    if subnet.free_addresses < needed {
        findings.problem(
            format!("network.subnet_ids: {}", subnet.id),
            format!("it has {} free addresses, and {needed} are needed", subnet.free_addresses),
            "free some, or name another subnet",
        );
    }
}

#[cfg(test)]
mod tests {
    use reconciler::data_sources::ExistingVpc;

    use super::super::lines;
    use super::*;
    use crate::fixtures::{configured, surroundings};

    fn vpc(id: &str, cidr: &str) -> ExistingVpc {
        ExistingVpc {
            id: id.into(),
            cidrs: vec![cidr.into()],
            tenancy: "default".into(),
            dns_support: true,
            dns_hostnames: true,
        }
    }

    fn subnet(id: &str, zone: &str, free_addresses: i32) -> ExistingSubnet {
        ExistingSubnet {
            id: id.into(),
            vpc_id: VPC.into(),
            availability_zone: zone.into(),
            cidr: "10.0.0.0/24".into(),
            free_addresses,
        }
    }

    const VPC: &str = "vpc-0123456789abcdef0";
    const SUBNETS: [&str; 2] = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"];

    fn existing(vpc: Option<ExistingVpc>, subnets: Vec<ExistingSubnet>) -> String {
        let config =
            configured(&format!("[network]\nvpc_id = \"{VPC}\"\nsubnet_ids = {SUBNETS:?}"));
        lines(|findings| check(&config, &Surroundings { vpc, subnets, ..surroundings() }, findings))
    }

    #[test]
    fn zones_must_exist() {
        let found = |zones: &str| {
            let config = configured(&format!("[network]\navailability_zones = {zones}"));
            lines(|findings| check(&config, &surroundings(), findings))
        };
        assert_eq!(found("3"), "");
        insta::assert_snapshot!(found("4"), @"! network.availability_zones = 4: this account has 3 in the region: eu-central-1a, eu-central-1b, eu-central-1c; ask for fewer");
        insta::assert_snapshot!(found(r#"["eu-central-1a", "eu-central-1f"]"#), @"! network.availability_zones: eu-central-1f: this account has no such zone in the region; choose from eu-central-1a, eu-central-1b, eu-central-1c");
    }

    #[test]
    fn addresses_that_overlap_are_worth_knowing() {
        let vpcs = vec![
            vpc("vpc-other", "10.0.0.0/8"),
            vpc("vpc-far", "172.31.0.0/16"),
            vpc("vpc-ours", "10.42.0.0/16"),
        ];
        let found = lines(|findings| {
            check(&configured(""), &Surroundings { vpcs, ..surroundings() }, findings)
        });
        insta::assert_snapshot!(found, @"? network.cidr = 10.42.0.0/16: overlaps with 10.0.0.0/8 of vpc-other; choose other addresses if the two are ever to be peered");
    }

    #[test]
    fn an_existing_network_is_looked_at_closely() {
        let good =
            || vec![subnet(SUBNETS[0], "eu-central-1a", 4), subnet(SUBNETS[1], "eu-central-1b", 1)];
        assert_eq!(existing(Some(vpc(VPC, "10.0.0.0/16")), good()), "");
        insta::assert_snapshot!(existing(None, Vec::new()), @"
        ! network.vpc_id = vpc-0123456789abcdef0: there is no such VPC in this account and region; correct it, or leave [network] out for a VPC of the stack's own
        ! network.subnet_ids: subnet-0123456789abcdef0: there is no such subnet in this account and region; correct it
        ! network.subnet_ids: subnet-0123456789abcdef1: there is no such subnet in this account and region; correct it
        ");
        let dedicated = ExistingVpc { tenancy: "dedicated".into(), ..vpc(VPC, "10.0.0.0/16") };
        let full_and_same_zone =
            vec![subnet(SUBNETS[0], "eu-central-1a", 3), subnet(SUBNETS[1], "eu-central-1a", 9)];
        insta::assert_snapshot!(existing(Some(dedicated), full_and_same_zone), @"
        ! network.vpc_id = vpc-0123456789abcdef0: its tenancy is dedicated, and DataSync works in VPCs with default tenancy only; name another VPC
        ! network.subnet_ids: subnet-0123456789abcdef0: it has 3 free addresses, and 4 are needed; free some, or name another subnet
        ! network.subnet_ids: subnet-0123456789abcdef1: it lies in the same zone as subnet-0123456789abcdef0, eu-central-1a; name one subnet for each zone: a file system has one mount target in a zone
        ");
        let mute = ExistingVpc { dns_hostnames: false, ..vpc(VPC, "10.0.0.0/16") };
        let elsewhere =
            vec![good().remove(0), ExistingSubnet { vpc_id: "vpc-2".into(), ..good().remove(1) }];
        insta::assert_snapshot!(existing(Some(mute), elsewhere), @"
        ! network.subnet_ids: subnet-0123456789abcdef1: it belongs to vpc-2; name subnets of network.vpc_id alone
        ? network.vpc_id = vpc-0123456789abcdef0: DNS support or DNS host names are off: the file system's DNS name does not resolve in it; turn both on, or mount by the mount target's address
        ");
    }
}
