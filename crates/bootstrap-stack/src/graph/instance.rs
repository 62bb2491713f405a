//! The Ubuntu instance that mounts the file system, for access to the files. It copies nothing.
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
use super::placement::{Placement, SubnetRef};
use super::security_groups::SecurityGroups;
use super::source::StackFileSystem;
use crate::policies;
use crate::user_data::user_data;

/// Canonical's public parameters (Ubuntu on AWS documentation, "Find Ubuntu images with the SSM
/// Parameter Store").
const UBUNTU: &str = "/aws/service/canonical/ubuntu/server/24.04/stable/current";
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
    offering_zones: Option<&[String]>,
) {
    let wanted = &config.instance;
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
    let instance = Instance {
        image: image_reference(wanted.image.as_deref(), &wanted.instance_type),
        instance_type: wanted.instance_type.clone(),
        subnet_id: choose_subnet(subnets, offering_zones),
        security_group_ids: std::iter::once(groups.instance.attribute("id"))
            .chain(source.allowed_groups.clone())
            .collect(),
        instance_profile_name: profile.attribute("name"),
        associate_public_ip: reached_by_ssh,
        key_name: wanted.key_name.clone(),
        root_volume_gb: wanted.root_volume_gb,
        user_data: user_data(
            &source.file_system_id,
            &names.region,
            config.source.access_point_id.as_deref(),
        ),
        imds_v2_only: true,
        duplicates: Vec::new(),
    };
    // Its first boot fetches packages and mounts the file system.
    let after: Vec<_> = placement.internet_access.iter().chain(&source.mountable).collect();
    let instance = graph.add_after(INSTANCE, instance, &after);
    if !wanted.enabled {
        [&role, &profile, &instance, &groups.instance].into_iter().for_each(|id| graph.prune(id));
    }
}

/// The first subnet in a zone that offers the instance's type. If there is none, it is the first of
/// all, and the preflight reports it.
fn choose_subnet(subnets: &[SubnetRef], offering_zones: Option<&[String]>) -> String {
    let offers =
        |subnet: &&SubnetRef| offering_zones.is_none_or(|zones| zones.contains(&subnet.zone));
    let subnet = subnets.iter().find(offers).or_else(|| subnets.first());
    subnet.map(|subnet| subnet.id.clone()).unwrap_or_default()
}

/// The image for `RunInstances`: an image id, or the parameter that contains one.
fn image_reference(configured: Option<&str>, instance_type: &str) -> String {
    match configured {
        Some(image) if image.starts_with("ami-") => image.to_owned(),
        Some(parameter) => format!("resolve:ssm:{parameter}"),
        None => format!(
            "resolve:ssm:{UBUNTU}/{}/hvm/ebs-gp3/ami-id",
            processor_architecture(instance_type)
        ),
    }
}

/// Families with a `g` behind the generation have Graviton processors: `t4g`, `m7gd`, `c6gn` (EC2
/// User Guide, "Instance type naming conventions"); `a1` came before that rule.
fn processor_architecture(instance_type: &str) -> &'static str {
    let family = instance_type.split('.').next().unwrap_or(instance_type);
    let attributes = family
        .trim_start_matches(|c: char| !c.is_ascii_digit())
        .trim_start_matches(|c: char| c.is_ascii_digit());
    if family == "a1" || attributes.starts_with('g') { "arm64" } else { "amd64" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_image_fits_the_processor() {
        for arm in
            ["t4g.micro", "m7gd.large", "c6gn.xlarge", "a1.medium", "im4gn.large", "x2gd.medium"]
        {
            assert_eq!(processor_architecture(arm), "arm64", "{arm}");
        }
        for intel_or_amd in
            ["t3.micro", "m7i.large", "g5.xlarge", "c6a.large", "u-6tb1.metal", "mac2.metal"]
        {
            assert_eq!(processor_architecture(intel_or_amd), "amd64", "{intel_or_amd}");
        }
    }

    #[test]
    fn the_subnet_is_the_first_whose_zone_offers_the_type() {
        let subnet = |zone: &str| SubnetRef {
            id: format!("subnet-{zone}"),
            arn: String::new(),
            zone: zone.to_owned(),
        };
        let subnets = ["a", "b", "c"].map(subnet);
        let chosen = |zones: Option<&[&str]>| {
            let zones =
                zones.map(|zones| zones.iter().map(|zone| (*zone).to_owned()).collect::<Vec<_>>());
            choose_subnet(&subnets, zones.as_deref())
        };
        assert_eq!(chosen(None), "subnet-a");
        assert_eq!(chosen(Some(&["a", "b"])), "subnet-a");
        assert_eq!(chosen(Some(&["c", "b"])), "subnet-b");
        assert_eq!(chosen(Some(&[])), "subnet-a");
    }

    #[test]
    fn a_configured_image_is_used() {
        assert_eq!(
            image_reference(Some("ami-0123456789abcdef0"), "t3.micro"),
            "ami-0123456789abcdef0"
        );
        assert_eq!(
            image_reference(Some("/aws/service/canonical/x"), "t3.micro"),
            "resolve:ssm:/aws/service/canonical/x"
        );
        let newest = image_reference(None, "t4g.micro");
        assert_eq!(
            newest,
            "resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm\
                /ebs-gp3/ami-id"
        );
    }
}
