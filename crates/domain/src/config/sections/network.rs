//! `[network]`: a new VPC, or an existing one that is never changed.
//!
//! Sources: VPC User Guide, "VPC CIDR blocks" (a VPC is /16 to /28, a subnet no smaller than /28,
//! of which AWS keeps five addresses); "Regions and Zones" (a zone's name is the region's and a
//! letter).

#[cfg(test)]
pub(in crate::config) mod tests;
pub(in crate::config) mod warnings;

use serde::{Deserialize, Serialize};

use crate::config::cidr;
use crate::config::defaults;
use crate::config::document::Document;
use crate::config::rule_problems::RuleProblems;
use crate::config::section_reader::{CountOrNames, SectionReader};

/// In `stack.toml` it is `vpc_id` that makes it an existing one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NetworkConfig {
    New(NewNetwork),
    Existing(ExistingNetwork),
}

/// A public and a private subnet in each zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewNetwork {
    /// Private IPv4, `/16` to `/24`: `10.42.0.0/16`.
    pub cidr: String,
    pub availability_zones: AvailabilityZones,
    /// The instance's way to the internet; DataSync needs none.
    pub nat_gateway: bool,
    pub flow_log_retention_days: i32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AvailabilityZones {
    /// The first so many of the region, 1 to 6.
    Count(u8),
    /// 1 to 6 names of zones in `stack.region`, each once: `eu-central-1a`.
    Named(Vec<String>),
}

/// Never changed by us beyond what we place in its subnets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExistingNetwork {
    /// `vpc-…`
    pub vpc_id: String,
    /// `subnet-…`, 1 to 6, each once; DataSync's network interfaces go to the first.
    pub subnet_ids: Vec<String>,
}

/// The message for any other number of zones.
pub(in crate::config) const ZONES_ALLOWED: &str =
    "must be 1 to 6: the address range is divided into two subnets in each of at most 6 zones";

const OF_A_NEW_VPC: [&str; 4] =
    ["cidr", "availability_zones", "nat_gateway", "flow_log_retention_days"];

pub(in crate::config) fn read_section(document: &mut Document) -> NetworkConfig {
    let mut read = SectionReader::open(document, "network");
    let network =
        if read.has_key("vpc_id") { read_existing(&mut read) } else { read_new(&mut read) };
    read.finish();
    network
}

fn read_existing(read: &mut SectionReader<'_>) -> NetworkConfig {
    let network = ExistingNetwork {
        vpc_id: read.read_required_text("vpc_id", "an existing VPC"),
        subnet_ids: read.read_required_texts(
            "subnet_ids",
            "the subnets of network.vpc_id, one for each zone in use",
        ),
    };
    for key in OF_A_NEW_VPC {
        read.exclude_key(
            key,
            "does not go with network.vpc_id: an existing VPC is never changed; remove one of the \
                two",
        );
    }
    NetworkConfig::Existing(network)
}

fn read_zones(read: &mut SectionReader<'_>) -> AvailabilityZones {
    let (key, default) = ("availability_zones", defaults::AVAILABILITY_ZONES);
    match read.read_count_or_names(key, default, ZONES_ALLOWED) {
        CountOrNames::Count(count) => AvailabilityZones::Count(count),
        CountOrNames::Names(names) => AvailabilityZones::Named(names),
    }
}

fn read_new(read: &mut SectionReader<'_>) -> NetworkConfig {
    let network = NewNetwork {
        cidr: read.read_text("cidr", defaults::NETWORK_CIDR),
        availability_zones: read_zones(read),
        nat_gateway: read.read_flag("nat_gateway", true),
        flow_log_retention_days: read
            .read_number("flow_log_retention_days", defaults::FLOW_LOG_RETENTION_DAYS),
    };
    read.exclude_key(
        "subnet_ids",
        "needs network.vpc_id: the subnets are in an existing VPC; set network.vpc_id, or remove \
            this key",
    );
    read.declare_key("vpc_id");
    NetworkConfig::New(network)
}

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
