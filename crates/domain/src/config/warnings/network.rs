//! Ways in and out: addresses that AWS uses itself, an instance that nobody reaches or everybody.

use ipnet::Ipv4Net;

use super::ConfigWarning;
use crate::config::{NetworkConfig, NewNetwork, StackConfig};

/// Source: VPC User Guide, "VPC CIDR blocks": Cloud9 and `SageMaker` AI, for instance, use it on
/// their hosts, as Docker does.
const USED_BY_AWS: &str = "172.17.0.0/16";

pub(super) fn of(config: &StackConfig) -> Vec<ConfigWarning> {
    let mut found = Vec::new();
    if let NetworkConfig::New(network) = &config.network {
        found.extend(taken_addresses(network));
    }
    if config.instance.enabled {
        found.extend(no_way_out(config));
        found.extend(ssh(config));
    }
    found
}

fn taken_addresses(network: &NewNetwork) -> Option<ConfigWarning> {
    let (ours, theirs) =
        (network.cidr.parse::<Ipv4Net>().ok()?, USED_BY_AWS.parse::<Ipv4Net>().ok()?);
    let message = "overlaps 172.17.0.0/16, which Docker and some services of AWS use on their own hosts: \
                   they can't reach this VPC; take other addresses if they shall";
    let overlaps = ours.contains(&theirs) || theirs.contains(&ours);
    overlaps.then(|| ConfigWarning::new("network.cidr", &network.cidr, message))
}

fn no_way_out(config: &StackConfig) -> Option<ConfigWarning> {
    let NetworkConfig::New(network) = &config.network else { return None };
    let message = "leaves the instance in a private subnet without a way out: it can't install what mounts the file \
                   system, nor reach Session Manager; write instance.enabled = false too, or \
                   nat_gateway = true";
    (!network.nat_gateway && config.instance.ssh_cidrs.is_empty())
        .then(|| ConfigWarning::new("network.nat_gateway", false, message))
}

fn ssh(config: &StackConfig) -> Vec<ConfigWarning> {
    let instance = &config.instance;
    if instance.ssh_cidrs.is_empty() {
        return Vec::new();
    }
    let mut messages = Vec::new();
    if instance.ssh_from_anywhere {
        messages.push(
            "lets everybody on the internet try to log in; name the addresses you come \
            from instead",
        );
    }
    if instance.key_name.is_none() {
        messages.push(
            "opens SSH to an instance without a key: only EC2 Instance Connect gets in; set \
                instance.key_name",
        );
    }
    if matches!(config.network, NetworkConfig::Existing(_)) {
        messages.push(
            "gives the instance a public address in the first of network.subnet_ids: \
             nobody reaches it unless that subnet's route leads to an internet gateway",
        );
    } else if instance.ssh_cidrs.iter().any(|range| range.contains(':')) {
        messages.push(
            "names IPv6 addresses, and a VPC of ours has none: nobody reaches the \
            instance from there",
        );
    }
    let key = "instance.ssh_cidrs";
    messages
        .into_iter()
        .map(|message| ConfigWarning::new(key, &instance.ssh_cidrs, message))
        .collect()
}
