//! Everything there is in an account, counted by type, asked straight of the local cloud: what no
//! graph knows shows too.

use std::collections::BTreeMap;

use anyhow::Result;
use aws_config::Region;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{InstanceStateName, NatGatewayState, State};
use reconciler::Aws;

use crate::three_syncs::OTHER_REGION;

/// The number of resources of each type.
pub type Inventory = BTreeMap<&'static str, usize>;

/// Counts.
///
/// # Errors
/// When a list cannot be read.
pub async fn read_inventory(aws: &Aws) -> Result<Inventory> {
    let mut all = read_network(aws).await?;
    all.insert("instances", count_instances(aws).await?);
    all.extend(read_file_systems(aws).await?);
    all.insert("roles", aws.iam.list_roles().send().await?.roles.len());
    let profiles = aws.iam.list_instance_profiles().send().await?.instance_profiles;
    all.insert("instance profiles", profiles.len());
    all.insert("buckets", aws.s3.list_buckets().send().await?.buckets().len());
    all.insert("log groups", aws.logs.describe_log_groups().send().await?.log_groups().len());
    let log_policies = aws.logs.describe_resource_policies().send().await?;
    all.insert("log policies", log_policies.resource_policies().len());
    all.insert("locations", aws.datasync.list_locations().send().await?.locations().len());
    let elsewhere = datasync_in(aws, OTHER_REGION).list_locations().send().await?;
    all.insert("locations elsewhere", elsewhere.locations().len());
    all.insert("tasks", aws.datasync.list_tasks().send().await?.tasks().len());
    Ok(all)
}

/// The client of another region.
fn datasync_in(aws: &Aws, region: &'static str) -> aws_sdk_datasync::Client {
    let there = Region::from_static(region);
    let config = aws.datasync.config().to_builder().region(there);
    aws_sdk_datasync::Client::from_conf(config.build())
}

async fn count_instances(aws: &Aws) -> Result<usize> {
    let instances = aws.ec2.describe_instances().send().await?;
    let gone = [InstanceStateName::Terminated, InstanceStateName::ShuttingDown];
    let instances = instances.reservations().iter().flat_map(|reservation| reservation.instances());
    let instances = instances.filter(|instance| {
        let state = instance.state().and_then(|state| state.name());
        !state.is_some_and(|state| gone.contains(state))
    });
    Ok(instances.count())
}

async fn read_file_systems(aws: &Aws) -> Result<Inventory> {
    let file_systems =
        aws.efs.describe_file_systems().send().await?.file_systems.unwrap_or_default();
    let mut mount_targets = 0;
    for file_system in &file_systems {
        let targets = aws.efs.describe_mount_targets();
        let targets = targets.file_system_id(&file_system.file_system_id).send().await?;
        mount_targets += targets.mount_targets().len();
    }
    let access_points = aws.efs.describe_access_points().send().await?;
    Ok(BTreeMap::from([
        ("file systems", file_systems.len()),
        ("mount targets", mount_targets),
        ("access points", access_points.access_points().len()),
    ]))
}

async fn count_nat_gateways(ec2: &Client) -> Result<usize> {
    let listed = ec2.describe_nat_gateways().send().await?;
    let all = listed.nat_gateways().iter();
    Ok(all.filter(|gateway| gateway.state() != Some(&NatGatewayState::Deleted)).count())
}

/// Counts the endpoints but for deleted ones, which EC2 may list for a while. It writes the state
/// in lower case, though its own model has it capitalised.
async fn count_endpoints(ec2: &Client) -> Result<usize> {
    let listed = ec2.describe_vpc_endpoints().send().await?;
    let is_deleted = |state: &State| state.as_str().eq_ignore_ascii_case(State::Deleted.as_str());
    let all = listed.vpc_endpoints().iter();
    Ok(all.filter(|endpoint| !endpoint.state().is_some_and(is_deleted)).count())
}

async fn read_network(aws: &Aws) -> Result<Inventory> {
    let ec2 = &aws.ec2;
    let internet_gateways = ec2.describe_internet_gateways().send().await?;
    Ok(BTreeMap::from([
        ("VPCs", ec2.describe_vpcs().send().await?.vpcs().len()),
        ("subnets", ec2.describe_subnets().send().await?.subnets().len()),
        ("internet gateways", internet_gateways.internet_gateways().len()),
        ("addresses", ec2.describe_addresses().send().await?.addresses().len()),
        ("NAT gateways", count_nat_gateways(ec2).await?),
        ("route tables", ec2.describe_route_tables().send().await?.route_tables().len()),
        ("endpoints", count_endpoints(ec2).await?),
        ("security groups", ec2.describe_security_groups().send().await?.security_groups().len()),
        ("flow logs", ec2.describe_flow_logs().send().await?.flow_logs().len()),
    ]))
}
