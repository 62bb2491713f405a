//! The ways from the VPC to services of AWS and to the internet that a configuration asks for.

use domain::config::{NetworkMode, NewNetwork, StackConfig};

/// Only the instance needs any of them. DataSync reaches S3 outside of the VPC and has only network
/// interfaces for the file system in it (DataSync User Guide, "Required network interfaces"), flow
/// logs are delivered by the service, and the functions are outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::graph) struct VpcAccess {
    /// An internet gateway with public subnets.
    pub internet: bool,
    /// It costs by the hour.
    pub nat_gateway: bool,
    /// They cost by the hour and zone.
    pub interface_endpoints: bool,
}

impl VpcAccess {
    /// For the largest network, which is pruned.
    pub(super) const ALL: Self =
        Self { internet: true, nat_gateway: true, interface_endpoints: true };

    pub(in crate::graph) fn from_config(config: &StackConfig, network: &NewNetwork) -> Self {
        let instance = &config.instance;
        match network.mode {
            NetworkMode::Standard => Self {
                internet: true,
                nat_gateway: network.nat_gateway
                    && instance.enabled
                    && instance.ssh_cidrs.is_empty(),
                interface_endpoints: false,
            },
            NetworkMode::Private => {
                Self { internet: false, nat_gateway: false, interface_endpoints: instance.enabled }
            }
        }
    }
}
