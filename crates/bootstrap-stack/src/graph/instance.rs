//! The Ubuntu instance that mounts the file system: for looking at files, not for copying them.
//!
//! It sits in a private subnet and is reached by Session Manager. Only a configuration that lists
//! networks for SSH moves it into a public subnet with a public address.

use domain::config::StackConfig;
use domain::names::Names;
use reconciler::graph::Graph;
use reconciler::kinds::instance::Instance;
use reconciler::kinds::instance_profile::InstanceProfile;
use reconciler::kinds::role::Role;

use super::INSTANCE;
use super::network::{Place, Placement};
use super::security_groups::SecurityGroups;
use super::source::Source;
use crate::policies;
use crate::user_data::user_data;

/// Canonical's public parameters (Ubuntu on AWS documentation, "Find Ubuntu images with the SSM
/// Parameter Store").
const UBUNTU: &str = "/aws/service/canonical/ubuntu/server/24.04/stable/current";
/// Session Manager: managed by AWS so that the agent's needs stay its concern.
const MANAGED_POLICIES: [&str; 1] = ["AmazonSSMManagedInstanceCore"];

pub(super) fn add(
    graph: &mut Graph,
    config: &StackConfig,
    names: &Names,
    placement: &Placement,
    groups: &SecurityGroups,
    source: &Source,
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
        image: image(wanted.image.as_deref(), &wanted.instance_type),
        instance_type: wanted.instance_type.clone(),
        subnet_id: subnet_offering(subnets, offering_zones),
        security_group_ids: std::iter::once(groups.instance.attribute("id"))
            .chain(source.let_in.clone())
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
    // Its first boot fetches packages and mounts.
    let after: Vec<_> = placement.way_out.iter().chain(&source.mountable).collect();
    let instance = graph.add_after(INSTANCE, instance, &after);
    if !wanted.enabled {
        [&role, &profile, &instance, &groups.instance].into_iter().for_each(|id| graph.retire(id));
    }
}

/// The first subnet in a zone that offers the instance's type. The first of all where none is: the
/// preflight says so.
fn subnet_offering(subnets: &[Place], offering_zones: Option<&[String]>) -> String {
    let offers = |subnet: &&Place| offering_zones.is_none_or(|zones| zones.contains(&subnet.zone));
    let subnet = subnets.iter().find(offers).or_else(|| subnets.first());
    subnet.map(|subnet| subnet.id.clone()).unwrap_or_default()
}

/// What `RunInstances` takes: an image, or the parameter that names one.
fn image(configured: Option<&str>, instance_type: &str) -> String {
    match configured {
        Some(image) if image.starts_with("ami-") => image.to_owned(),
        Some(parameter) => format!("resolve:ssm:{parameter}"),
        None => format!("resolve:ssm:{UBUNTU}/{}/hvm/ebs-gp3/ami-id", architecture(instance_type)),
    }
}

/// Families with a `g` behind the generation have Graviton processors: `t4g`, `m7gd`, `c6gn` (EC2
/// User Guide, "Instance type naming conventions"); `a1` came before that rule.
fn architecture(instance_type: &str) -> &'static str {
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
            assert_eq!(architecture(arm), "arm64", "{arm}");
        }
        for intel_or_amd in
            ["t3.micro", "m7i.large", "g5.xlarge", "c6a.large", "u-6tb1.metal", "mac2.metal"]
        {
            assert_eq!(architecture(intel_or_amd), "amd64", "{intel_or_amd}");
        }
    }

    #[test]
    fn the_subnet_is_the_first_whose_zone_offers_the_type() {
        let place = |zone: &str| Place {
            id: format!("subnet-{zone}"),
            arn: String::new(),
            zone: zone.to_owned(),
        };
        let subnets = ["a", "b", "c"].map(place);
        let chosen = |zones: Option<&[&str]>| {
            let zones =
                zones.map(|zones| zones.iter().map(|zone| (*zone).to_owned()).collect::<Vec<_>>());
            subnet_offering(&subnets, zones.as_deref())
        };
        assert_eq!(chosen(None), "subnet-a");
        assert_eq!(chosen(Some(&["a", "b"])), "subnet-a");
        assert_eq!(chosen(Some(&["c", "b"])), "subnet-b");
        assert_eq!(chosen(Some(&[])), "subnet-a");
    }

    #[test]
    fn an_image_is_taken_as_configured() {
        assert_eq!(image(Some("ami-0123456789abcdef0"), "t3.micro"), "ami-0123456789abcdef0");
        assert_eq!(
            image(Some("/aws/service/canonical/x"), "t3.micro"),
            "resolve:ssm:/aws/service/canonical/x"
        );
        let newest = image(None, "t4g.micro");
        assert_eq!(
            newest,
            "resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id"
        );
    }
}
