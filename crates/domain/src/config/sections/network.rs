//! `[network]`: a VPC of our own, or one that exists and stays as it is.

use serde::{Deserialize, Serialize};
use toml::Table;

use crate::config::defaults;
use crate::config::problem::ConfigProblem;
use crate::config::reader::{CountOrNames, Reader};

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

/// What is said of any other count.
pub(in crate::config) const ZONES_ALLOWED: &str =
    "must be 1 to 6: the addresses are divided for two subnets in each of at most 6 zones";

const OF_A_NEW_VPC: [&str; 4] =
    ["cidr", "availability_zones", "nat_gateway", "flow_log_retention_days"];

pub(in crate::config) fn read(
    document: &mut Table,
    problems: &mut Vec<ConfigProblem>,
) -> NetworkConfig {
    let mut read = Reader::section(document, "network", problems);
    let network = if read.has("vpc_id") { existing(&mut read) } else { new(&mut read) };
    read.finish();
    network
}

fn existing(read: &mut Reader<'_>) -> NetworkConfig {
    let network = ExistingNetwork {
        vpc_id: read.required_text("vpc_id", "an existing VPC"),
        subnet_ids: read.required_texts(
            "subnet_ids",
            "the subnets of network.vpc_id, one for each zone in use",
        ),
    };
    for key in OF_A_NEW_VPC {
        read.exclude(
            key,
            "does not go with network.vpc_id: an existing VPC is never changed; remove the one or the other",
        );
    }
    NetworkConfig::Existing(network)
}

fn new(read: &mut Reader<'_>) -> NetworkConfig {
    let network = NewNetwork {
        cidr: read.text("cidr", defaults::NETWORK_CIDR),
        availability_zones: match read.count_or_names(
            "availability_zones",
            defaults::AVAILABILITY_ZONES,
            ZONES_ALLOWED,
        ) {
            CountOrNames::Count(count) => AvailabilityZones::Count(count),
            CountOrNames::Names(names) => AvailabilityZones::Named(names),
        },
        nat_gateway: read.flag("nat_gateway", true),
        flow_log_retention_days: read
            .number("flow_log_retention_days", defaults::FLOW_LOG_RETENTION_DAYS),
    };
    read.exclude(
        "subnet_ids",
        "needs network.vpc_id: subnets of an existing VPC; name it too, or remove this key",
    );
    read.known("vpc_id");
    NetworkConfig::New(network)
}
