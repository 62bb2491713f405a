//! Warnings about SSH access to the instance.

use crate::config::{ConfigWarning, NetworkConfig, StackConfig};

/// Warnings about an instance that everybody or nobody reaches.
pub(in crate::config) fn find_warnings(config: &StackConfig) -> Vec<ConfigWarning> {
    let instance = &config.instance;
    if !instance.enabled || instance.ssh_cidrs.is_empty() {
        return Vec::new();
    }
    let mut messages = Vec::new();
    if instance.ssh_from_anywhere {
        messages
            .push("lets everybody on the internet try to log in; name your own addresses instead");
    }
    if instance.key_name.is_none() {
        messages.push(
            "opens SSH to an instance without a key pair: only EC2 Instance Connect can log in; \
                set instance.key_name",
        );
    }
    if matches!(config.network, NetworkConfig::Existing(_)) {
        messages.push(
            "gives the instance a public address in the first of network.subnet_ids: it can be \
                reached only if this subnet has a route to an internet gateway",
        );
    } else if instance.ssh_cidrs.iter().any(|range| range.contains(':')) {
        messages
            .push("contains IPv6 addresses, but a new VPC has none: they can't reach the instance");
    }
    let key = "instance.ssh_cidrs";
    messages
        .into_iter()
        .map(|message| ConfigWarning::new(key, &instance.ssh_cidrs, message))
        .collect()
}
