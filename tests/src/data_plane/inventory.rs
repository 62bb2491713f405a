//! Everything there is in an account, counted by type, asked straight of the local cloud: what no
//! graph knows shows too.

use std::collections::BTreeMap;

use anyhow::Result;
use aws_sdk_ec2::types::{InstanceStateName, NatGatewayState, State};
use reconciler::Aws;

/// The number of resources of each type.
pub type Inventory = BTreeMap<&'static str, usize>;

/// Counts.
///
/// # Errors
/// When a list cannot be read.
pub async fn read_inventory(aws: &Aws) -> Result<Inventory> {
    let mut all = read_network(aws).await?;
    let instances = aws.ec2.describe_instances().send().await?;
    let gone = [InstanceStateName::Terminated, InstanceStateName::ShuttingDown];
    let instances = instances.reservations().iter().flat_map(|reservation| reservation.instances());
    let instances = instances.filter(|instance| {
        let state = instance.state().and_then(|state| state.name());
        !state.is_some_and(|state| gone.contains(state))
    });
    all.insert("instances", instances.count());
    let file_systems =
        aws.efs.describe_file_systems().send().await?.file_systems.unwrap_or_default();
    let mut mount_targets = 0;
    for file_system in &file_systems {
        let targets = aws
            .efs
            .describe_mount_targets()
            .file_system_id(&file_system.file_system_id)
            .send()
            .await?;
        mount_targets += targets.mount_targets().len();
    }
    all.insert("file systems", file_systems.len());
    all.insert("mount targets", mount_targets);
    all.insert(
        "access points",
        aws.efs.describe_access_points().send().await?.access_points().len(),
    );
    all.insert("roles", aws.iam.list_roles().send().await?.roles.len());
    all.insert(
        "instance profiles",
        aws.iam.list_instance_profiles().send().await?.instance_profiles.len(),
    );
    all.insert("buckets", aws.s3.list_buckets().send().await?.buckets().len());
    all.insert("log groups", aws.logs.describe_log_groups().send().await?.log_groups().len());
    all.insert(
        "log policies",
        aws.logs.describe_resource_policies().send().await?.resource_policies().len(),
    );
    all.insert("locations", aws.datasync.list_locations().send().await?.locations().len());
    all.insert("tasks", aws.datasync.list_tasks().send().await?.tasks().len());
    Ok(all)
}

async fn read_network(aws: &Aws) -> Result<Inventory> {
    let ec2 = &aws.ec2;
    let nat_gateways = ec2.describe_nat_gateways().send().await?;
    let nat_gateways = nat_gateways
        .nat_gateways()
        .iter()
        .filter(|gateway| gateway.state() != Some(&NatGatewayState::Deleted));
    // What was deleted may be listed for a while; EC2 answers the state in lower case, though its
    // own model has it capitalised.
    let endpoints = ec2.describe_vpc_endpoints().send().await?;
    let is_deleted = |state: &State| state.as_str().eq_ignore_ascii_case(State::Deleted.as_str());
    let endpoints = endpoints
        .vpc_endpoints()
        .iter()
        .filter(|endpoint| !endpoint.state().is_some_and(is_deleted));
    Ok(BTreeMap::from([
        ("VPCs", ec2.describe_vpcs().send().await?.vpcs().len()),
        ("subnets", ec2.describe_subnets().send().await?.subnets().len()),
        (
            "internet gateways",
            ec2.describe_internet_gateways().send().await?.internet_gateways().len(),
        ),
        ("addresses", ec2.describe_addresses().send().await?.addresses().len()),
        ("NAT gateways", nat_gateways.count()),
        ("route tables", ec2.describe_route_tables().send().await?.route_tables().len()),
        ("endpoints", endpoints.count()),
        ("security groups", ec2.describe_security_groups().send().await?.security_groups().len()),
        ("flow logs", ec2.describe_flow_logs().send().await?.flow_logs().len()),
    ]))
}
