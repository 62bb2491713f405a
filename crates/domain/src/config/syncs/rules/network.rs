//! The addresses that the tasks need in a new VPC.
//!
//! Sources: DataSync User Guide, "Network interfaces for AWS DataSync transfers": without an agent
//! each task has two network interfaces for an EFS location, each with an address of its subnet;
//! VPC User Guide, "Subnet CIDR blocks": AWS keeps five addresses of each subnet.

use crate::config::problem::ConfigProblem;
use crate::config::{NetworkConfig, StackConfig};

const PER_TASK: usize = 2;
/// Those that AWS keeps, and that of the mount target.
const TAKEN: usize = 6;
/// A new VPC is divided into sixteen subnets, all tasks being in the first private one.
const SUBNET_BITS: u32 = 4;

pub(super) fn check_addresses(config: &StackConfig, syncs: usize) -> Option<ConfigProblem> {
    let NetworkConfig::New(network) = &config.network else { return None };
    let prefix: u32 = network.cidr.rsplit_once('/')?.1.parse().ok()?;
    let (free, needed) = (count_addresses(prefix)?, syncs * PER_TASK);
    if needed <= free {
        return None;
    }
    let larger = (0..prefix).rev().find(|larger| count_addresses(*larger) >= Some(needed))?;
    let message = format!(
        "leaves {free} addresses in the subnet of DataSync, and {syncs} syncs need {needed}, two \
            for each task: write a range of size /{larger} or larger"
    );
    Some(ConfigProblem::new("network.cidr", Some(format!("{:?}", network.cidr)), message))
}

/// The free addresses of a subnet of a VPC of this prefix length.
fn count_addresses(prefix: u32) -> Option<usize> {
    let bits = 32_u32.checked_sub(prefix + SUBNET_BITS)?;
    2_usize.checked_pow(bits)?.checked_sub(TAKEN)
}
