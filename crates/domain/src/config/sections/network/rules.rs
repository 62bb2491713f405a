//! The rules for addresses, zones and ids.
//!
//! Sources: see the section.

use super::{AvailabilityZones, ExistingNetwork, NetworkConfig, NewNetwork, ZONES_ALLOWED};
use crate::config::cidr;
use crate::config::rule_problems::RuleProblems;

/// The most zones that a new VPC is divided for, with two subnets in each.
const MOST_ZONES: usize = 6;
/// Sixteen subnets of a /24 are /28: the smallest there are, with eleven free addresses. DataSync
/// needs two.
const SMALLEST_PREFIX: u8 = 24;
const LARGEST_PREFIX: u8 = 16;

pub(in crate::config) fn check_section(
    network: &NetworkConfig,
    region: &str,
    problems: &mut RuleProblems,
) {
    match network {
        NetworkConfig::New(network) => check_new(network, region, problems),
        NetworkConfig::Existing(network) => check_existing(network, problems),
    }
}

fn check_new(network: &NewNetwork, region: &str, problems: &mut RuleProblems) {
    problems.add_refusal("network.cidr", &network.cidr, check_addresses(&network.cidr));
    match &network.availability_zones {
        AvailabilityZones::Count(count) => {
            problems.require_value(
                (1..=6).contains(count),
                "network.availability_zones",
                count,
                ZONES_ALLOWED,
            );
        }
        AvailabilityZones::Named(zones) => check_zones(zones, region, problems),
    }
    problems.check_retention("network.flow_log_retention_days", network.flow_log_retention_days);
}

fn check_addresses(text: &str) -> Result<(), String> {
    let range = cidr::parse_ipv4(text)?;
    if range.prefix_len() < LARGEST_PREFIX {
        return Err("must be /16 to /24: EC2 has no VPC larger than /16".to_owned());
    }
    if range.prefix_len() > SMALLEST_PREFIX {
        let message = "must be /16 to /24: a smaller range can't be divided into two subnets of at \
            least /28, the minimum of EC2, in each of 6 zones";
        return Err(message.to_owned());
    }
    if !cidr::is_private(&range) {
        let message = "must be in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10: \
            other addresses belong to hosts on the internet, which the VPC could not reach";
        return Err(message.to_owned());
    }
    Ok(())
}

fn is_zone_of(region: &str, zone: &str) -> bool {
    let letter = zone.strip_prefix(region).filter(|letter| letter.len() == 1);
    letter.is_some_and(|letter| letter.bytes().all(|byte| byte.is_ascii_lowercase()))
}

fn check_zones(zones: &[String], region: &str, problems: &mut RuleProblems) {
    const KEY: &str = "network.availability_zones";
    if !(1..=MOST_ZONES).contains(&zones.len()) {
        let message = "must name 1 to 6 zones: the address range is divided into two subnets in \
            each of at most 6";
        problems.add_problem(KEY, zones, message);
    }
    for zone in zones {
        if !is_zone_of(region, zone) {
            let message = format!(
                "must be a zone of stack.region, its name and a letter, such as {region}a: EFS \
                    supports no other zones; `aws ec2 describe-availability-zones` lists them"
            );
            problems.add_combined(KEY, zone, &["stack.region"], message);
        }
    }
    problems.check_duplicates(KEY, zones);
}

fn check_existing(network: &ExistingNetwork, problems: &mut RuleProblems) {
    let allowed = "must be the id of a VPC, vpc- and 8 or 17 hexadecimal digits; `aws ec2 \
        describe-vpcs` lists them";
    let id = &network.vpc_id;
    problems.require_value(crate::config::ids::is_id(id, "vpc-"), "network.vpc_id", id, allowed);
    let why = "one for each zone in use, the first for DataSync's network interfaces";
    problems.check_ids("network.subnet_ids", &network.subnet_ids, "subnet-", MOST_ZONES, why);
}
