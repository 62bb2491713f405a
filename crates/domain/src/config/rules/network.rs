//! `[network]`: addresses that can be divided, zones that the region has.
//!
//! Sources: VPC User Guide, "VPC CIDR blocks" (a VPC is /16 to /28, a subnet no smaller than /28,
//! of which AWS keeps five addresses); "Regions and Zones" (a zone's name is the region's and a
//! letter).

use super::Problems;
use crate::config::sections::network::ZONES_ALLOWED;
use crate::config::{AvailabilityZones, ExistingNetwork, NetworkConfig, NewNetwork, cidr};

/// As many zones as a VPC of ours is divided for, two subnets in each.
const MOST_ZONES: usize = 6;
/// Sixteen subnets of a /24 are /28: the smallest there are, with eleven free addresses. DataSync
/// needs two.
const SMALLEST_PREFIX: u8 = 24;
const LARGEST_PREFIX: u8 = 16;

pub(super) fn check(network: &NetworkConfig, region: &str, problems: &mut Problems) {
    match network {
        NetworkConfig::New(network) => new(network, region, problems),
        NetworkConfig::Existing(network) => existing(network, problems),
    }
}

fn new(network: &NewNetwork, region: &str, problems: &mut Problems) {
    problems.refused("network.cidr", &network.cidr, check_addresses(&network.cidr));
    match &network.availability_zones {
        AvailabilityZones::Count(count) => {
            problems.require(
                (1..=6).contains(count),
                "network.availability_zones",
                count,
                ZONES_ALLOWED,
            );
        }
        AvailabilityZones::Named(zones) => check_zones(zones, region, problems),
    }
    problems.retention("network.flow_log_retention_days", network.flow_log_retention_days);
}

fn check_addresses(text: &str) -> Result<(), String> {
    let range = cidr::parse_ipv4(text)?;
    if range.prefix_len() < LARGEST_PREFIX {
        return Err("must be /16 to /24: EC2 makes no VPC that is larger than /16".to_owned());
    }
    if range.prefix_len() > SMALLEST_PREFIX {
        return Err(
            "must be /16 to /24: less can't be divided into two subnets in each of 6 zones, of at least /28 each, \
             which EC2 asks for and which leaves DataSync the 2 free addresses it needs"
                .to_owned(),
        );
    }
    if !cidr::is_private(&range) {
        return Err("must lie in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10: \
             others on the internet have these addresses, and the VPC could not reach them"
            .to_owned());
    }
    Ok(())
}

fn check_zones(zones: &[String], region: &str, problems: &mut Problems) {
    const KEY: &str = "network.availability_zones";
    if !(1..=MOST_ZONES).contains(&zones.len()) {
        problems.add(
            KEY,
            zones,
            "must name 1 to 6 zones: the addresses are divided for two subnets in each of at most \
                6",
        );
    }
    for zone in zones {
        let letter = zone.strip_prefix(region).filter(|letter| letter.len() == 1);
        if !letter.is_some_and(|letter| letter.bytes().all(|byte| byte.is_ascii_lowercase())) {
            let message = format!(
                "must be a zone of stack.region, its name and a letter, such as {region}a: \
                 EFS has mount targets in no others; `aws ec2 describe-availability-zones` lists \
                 them"
            );
            problems.add_with(KEY, zone, &["stack.region"], message);
        }
    }
    problems.each_once(KEY, zones);
}

fn existing(network: &ExistingNetwork, problems: &mut Problems) {
    let allowed = "must be the id of a VPC, vpc- and 8 or 17 hexadecimal digits; `aws ec2 \
        describe-vpcs` lists them";
    let id = &network.vpc_id;
    problems.require(crate::config::ids::is_id(id, "vpc-"), "network.vpc_id", id, allowed);
    let why = "one for each zone in use, the first for DataSync's network interfaces";
    problems.ids("network.subnet_ids", &network.subnet_ids, "subnet-", MOST_ZONES, why);
}
