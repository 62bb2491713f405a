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
