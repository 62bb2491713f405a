//! The three security groups: for the mount targets, for DataSync and for the instance.
//!
//! DataSync and the instance may connect by NFS to the addresses of the VPC. The group of the mount
//! targets allows only these two. If the groups named each other, they would form a cycle.

use domain::config::StackConfig;
use reconciler::graph::{Graph, ResourceId};
use reconciler::resources::ec2::security_group::{SecurityGroup, SecurityGroupRule};

use super::placement::Placement;

const NFS: i32 = 2049;
const SSH: i32 = 22;

/// The three groups.
pub(super) struct SecurityGroups {
    pub mount_targets: ResourceId,
    pub datasync: ResourceId,
    pub instance: ResourceId,
}

/// Adds the groups. The caller prunes those that the configuration does not need.
pub(super) fn add_security_groups(
    graph: &mut Graph,
    config: &StackConfig,
    stack: &str,
    placement: &Placement,
) -> SecurityGroups {
    let to_mount_targets: Vec<_> = placement
        .cidrs
        .iter()
        .map(|cidr| tcp_rule(NFS, cidr, "NFS to the mount targets"))
        .collect();
    let group = |suffix: &str, description: &str, ingress, egress| SecurityGroup {
        name: format!("{stack}-{suffix}"),
        description: description.to_owned(),
        vpc_id: placement.vpc_id.clone(),
        ingress,
        egress,
    };
    let datasync =
        group("datasync", "DataSync network interfaces", Vec::new(), to_mount_targets.clone());
    let datasync = graph.add("datasync-security-group", datasync);

    let ssh = config
        .instance
        .ssh_cidrs
        .iter()
        .map(|cidr| tcp_rule(SSH, cidr, "SSH, as configured"))
        .collect();
    let mut out = to_mount_targets;
    out.push(tcp_rule(443, "0.0.0.0/0", "HTTPS: Systems Manager and packages"));
    if !config.network.is_private() {
        out.push(tcp_rule(80, "0.0.0.0/0", "HTTP: packages of the Ubuntu archive"));
    }
    let instance = graph.add(
        "instance-security-group",
        group("instance", "Instance that mounts the file system", ssh, out),
    );

    let mut nfs_rules = vec![tcp_rule(NFS, &datasync.attribute("id"), "NFS from DataSync")];
    if config.instance.enabled {
        nfs_rules.push(tcp_rule(NFS, &instance.attribute("id"), "NFS from the instance"));
    }
    let mount_targets =
        group("mount-targets", "Mount targets of the file system", nfs_rules, Vec::new());
    let mount_targets = graph.add("mount-target-security-group", mount_targets);
    SecurityGroups { mount_targets, datasync, instance }
}

pub(super) fn tcp_rule(port: i32, peer: &str, description: &str) -> SecurityGroupRule {
    SecurityGroupRule {
        protocol: "tcp".to_owned(),
        from_port: port,
        to_port: port,
        peer: peer.to_owned(),
        description: description.to_owned(),
    }
}
