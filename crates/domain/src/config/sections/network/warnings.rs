//! Warnings about addresses that AWS uses itself, about an instance without internet access, and
//! about what the endpoints of private mode cost.

use ipnet::Ipv4Net;

use crate::config::{ConfigWarning, NetworkConfig, NetworkMode, NewNetwork, StackConfig};

/// Source: VPC User Guide, "VPC CIDR blocks": Cloud9 and `SageMaker` AI, for instance, use it on
/// their hosts, as Docker does.
const USED_BY_AWS: &str = "172.17.0.0/16";

pub(in crate::config) fn find_warnings(config: &StackConfig) -> Vec<ConfigWarning> {
    let mut found = Vec::new();
    if let NetworkConfig::New(network) = &config.network {
        found.extend(warn_of_taken_addresses(network));
    }
    if config.instance.enabled {
        found.extend(warn_of_missing_gateway(config));
        found.extend(warn_of_endpoint_price(config));
    }
    found
}

fn warn_of_taken_addresses(network: &NewNetwork) -> Option<ConfigWarning> {
    let (ours, theirs) =
        (network.cidr.parse::<Ipv4Net>().ok()?, USED_BY_AWS.parse::<Ipv4Net>().ok()?);
    let message = "overlaps 172.17.0.0/16, which Docker and some services of AWS use on their own \
        hosts: they can't reach this VPC; choose another range if they need to";
    let overlaps = ours.contains(&theirs) || theirs.contains(&ours);
    overlaps.then(|| ConfigWarning::new("network.cidr", &network.cidr, message))
}

fn warn_of_missing_gateway(config: &StackConfig) -> Option<ConfigWarning> {
    let NetworkConfig::New(network) = &config.network else { return None };
    let message = "leaves the instance in a private subnet without internet access: it can't \
        install packages or reach Session Manager; write instance.enabled = false, or nat_gateway \
        = true";
    (network.mode == NetworkMode::Standard
        && !network.nat_gateway
        && config.instance.ssh_cidrs.is_empty())
    .then(|| ConfigWarning::new("network.nat_gateway", false, message))
}

/// Source: AWS `PrivateLink` pricing: an interface endpoint is billed by the hour and zone, and
/// by the gigabyte.
fn warn_of_endpoint_price(config: &StackConfig) -> Option<ConfigWarning> {
    let message = "bills two interface endpoints by the hour, used or not, in one zone (in \
        us-east-1 about 15 USD a month, less than half of a NAT gateway): Session Manager reaches \
        the instance through them; instance.enabled = false has none";
    let is_private = config.network.is_private();
    is_private.then(|| ConfigWarning::new("network.mode", NetworkMode::Private.as_str(), message))
}
