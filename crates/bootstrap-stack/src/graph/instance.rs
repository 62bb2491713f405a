//! The instance that mounts the file system, for access to the files. It copies nothing.
//!
//! It is in a private subnet and is accessed by Session Manager. Only if the configuration lists
//! networks for SSH, it is in a public subnet with a public address.

use domain::config::StackConfig;
use domain::names::Names;
use reconciler::graph::Graph;
use reconciler::resources::ec2::instance::Instance;
use reconciler::resources::iam::instance_profile::InstanceProfile;
use reconciler::resources::iam::role::Role;

use super::INSTANCE;
use super::placement::{Placement, choose_subnet};
use super::security_groups::SecurityGroups;
use super::source::StackFileSystem;
use crate::platform::Platform;
use crate::policies;
use crate::user_data::user_data;

/// The policy for Session Manager. AWS manages it, because it depends on AWS's agent.
const MANAGED_POLICIES: [&str; 1] = ["AmazonSSMManagedInstanceCore"];

/// Adds the instance with its role. Without one in the configuration, both are pruned.
pub(super) fn add_instance(
    graph: &mut Graph,
    config: &StackConfig,
    names: &Names,
    placement: &Placement,
    groups: &SecurityGroups,
    source: &StackFileSystem,
    suitable_zones: Option<&[String]>,
) {
    let wanted = &config.instance;
    let platform = Platform::for_network(&config.network);
    let access = policies::instance_access(&names.file_system_arn(&source.file_system_id));
    let managed =
        MANAGED_POLICIES.map(|name| format!("arn:{}:iam::aws:policy/{name}", names.partition()));
    let role = Role::new(names.role_name("instance"), policies::ec2_trust(names), access);
    let role = graph.add("instance-role", role.with_managed_policies(managed.to_vec()));
    let profile =
        InstanceProfile { name: names.role_name("instance"), role_name: role.attribute("name") };
    let profile = graph.add("instance-profile", profile);
    let reached_by_ssh = !wanted.ssh_cidrs.is_empty();
    let subnets = if reached_by_ssh && !placement.public_subnets.is_empty() {
        &placement.public_subnets
    } else {
        &placement.private_subnets
    };
    let subnet = choose_subnet(subnets, suitable_zones);
    let instance = Instance {
        image: platform.image_reference(wanted.image.as_deref(), &wanted.instance_type),
        instance_type: wanted.instance_type.clone(),
        subnet_id: subnet.map(|subnet| subnet.id.clone()).unwrap_or_default(),
        security_group_ids: std::iter::once(groups.instance.attribute("id"))
            .chain(source.allowed_groups.clone())
            .collect(),
        instance_profile_name: profile.attribute("name"),
        associate_public_ip: reached_by_ssh,
        key_name: wanted.key_name.clone(),
        root_volume_gb: wanted.root_volume_gb,
        root_device: platform.root_device().to_owned(),
        user_data: user_data(
            platform,
            &source.file_system_id,
            &names.region,
            config.source.access_point_id.as_deref(),
        ),
        imds_v2_only: true,
        duplicates: Vec::new(),
    };
    // Its first boot fetches packages and mounts the file system.
    let after: Vec<_> = placement.service_access.iter().chain(&source.mountable).collect();
    let instance = graph.add_after(INSTANCE, instance, &after);
    if !wanted.enabled {
        [&role, &profile, &instance, &groups.instance].into_iter().for_each(|id| graph.prune(id));
    }
}
