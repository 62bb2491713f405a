//! Data sources: reads of resources that the stack does not manage. These are availability zones,
//! and existing resources that a configuration names by id.
//!
//! An absent resource is `None` or not part of the result.

mod access_point;
mod bucket;
mod endpoint_service;
mod file_system;
mod instance_type;
mod network;

use crate::resource_kind::Actions;

pub(crate) const ACTIONS: Actions = Actions {
    look: &[
        "ec2:DescribeAvailabilityZones",
        "ec2:DescribeInstanceTypeOfferings",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcAttribute",
        "ec2:DescribeVpcEndpointServices",
        "ec2:DescribeVpcs",
        "elasticfilesystem:DescribeAccessPoints",
        "elasticfilesystem:DescribeFileSystems",
        "elasticfilesystem:DescribeMountTargets",
        "s3:GetBucketOwnershipControls",
        "s3:GetBucketVersioning",
        "s3:GetEncryptionConfiguration",
        "s3:ListBucket",
    ],
    make: &[],
    change: &[],
    implied: &[],
};

pub use access_point::{ExistingAccessPoint, read_access_point};
pub use bucket::{BucketPlace, ExistingBucket, ForeignBucket, read_bucket};
pub use endpoint_service::{EndpointService, read_endpoint_services};
pub use file_system::{ExistingEfs, ExistingMountTarget, read_file_system};
pub use instance_type::zones_offering;
pub use network::{
    ExistingSecurityGroup, ExistingSubnet, ExistingVpc, read_availability_zones,
    read_security_groups, read_subnets, read_vpcs,
};
