//! `[network]`: a new VPC, or an existing one that is never changed.
//!
//! Sources: VPC User Guide, "VPC CIDR blocks" (a VPC is /16 to /28, a subnet no smaller than /28,
//! of which AWS keeps five addresses); "Regions and Zones" (a zone's name is the region's and a
//! letter).

mod rules;
#[cfg(test)]
pub(in crate::config) mod tests;
pub(in crate::config) mod warnings;

use serde::{Deserialize, Serialize};

use crate::config::defaults;
use crate::config::document::Document;
use crate::config::options::NetworkMode;
use crate::config::section_reader::{CountOrNames, SectionReader};

pub(in crate::config) use rules::check_section;

/// In `stack.toml` it is `vpc_id` that makes it an existing one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NetworkConfig {
    New(NewNetwork),
    Existing(ExistingNetwork),
}

impl NetworkConfig {
    /// Whether it is a new VPC without a connection to the internet.
    #[must_use]
    pub fn is_private(&self) -> bool {
        matches!(self, Self::New(NewNetwork { mode: NetworkMode::Private, .. }))
    }
}

/// A private subnet in each zone; in the standard mode a public one, too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewNetwork {
    /// Absent in configurations that were stored before this key existed.
    #[serde(default)]
    pub mode: NetworkMode,
    /// Private IPv4, `/16` to `/24`: `10.42.0.0/16`.
    pub cidr: String,
    pub availability_zones: AvailabilityZones,
    /// The instance's way to the internet; DataSync needs none. Always `false` in private mode.
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

/// The endpoints of an existing VPC are its owner's.
const MODE_OF_EXISTING: &str = "does not go with network.vpc_id: an existing VPC is never \
    changed, its gateways and endpoints are its owner's; remove one of the two";
const NAT_IN_PRIVATE_MODE: &str = "does not go with network.mode = \"private\", which has no \
    gateway to the internet; remove this key, or write mode = \"standard\"";

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
    read.exclude_key("mode", MODE_OF_EXISTING);
    NetworkConfig::Existing(network)
}

fn read_zones(read: &mut SectionReader<'_>) -> AvailabilityZones {
    let (key, default) = ("availability_zones", defaults::AVAILABILITY_ZONES);
    match read.read_count_or_names(key, default, ZONES_ALLOWED) {
        CountOrNames::Count(count) => AvailabilityZones::Count(count),
        CountOrNames::Names(names) => AvailabilityZones::Named(names),
    }
}

fn read_nat_gateway(read: &mut SectionReader<'_>, mode: NetworkMode) -> bool {
    match mode {
        NetworkMode::Standard => read.read_flag("nat_gateway", true),
        NetworkMode::Private => {
            read.exclude_key("nat_gateway", NAT_IN_PRIVATE_MODE);
            false
        }
    }
}

fn read_new(read: &mut SectionReader<'_>) -> NetworkConfig {
    let mode = read.read_choice("mode", NetworkMode::default());
    let network = NewNetwork {
        mode,
        cidr: read.read_text("cidr", defaults::NETWORK_CIDR),
        availability_zones: read_zones(read),
        nat_gateway: read_nat_gateway(read, mode),
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
