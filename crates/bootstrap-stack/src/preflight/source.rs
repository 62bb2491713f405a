//! The file system that the configuration names, and the access point.

use domain::config::{ExistingFileSystem, FileSystemConfig, NetworkConfig, StackConfig};
use reconciler::data_sources;

use super::Findings;
use crate::surroundings::Surroundings;

pub(super) fn check(config: &StackConfig, surroundings: &Surroundings, findings: &mut Findings) {
    if let FileSystemConfig::Existing(named) = &config.file_system {
        match &surroundings.file_system {
            None => findings.problem(
                format!("file_system.id = {}", named.id),
                "there is no such file system in this account and region",
                "correct it, or leave it out for a file system of the stack's own",
            ),
            Some(found) => existing(config, named, found, surroundings, findings),
        }
    }
    if let Some(id) = &config.source.access_point_id {
        access_point(config, id, surroundings, findings);
    }
}

fn existing(
    config: &StackConfig,
    named: &ExistingFileSystem,
    found: &data_sources::ExistingEfs,
    surroundings: &Surroundings,
    findings: &mut Findings,
) {
    let key = format!("file_system.id = {}", named.id);
    if found.state != "available" {
        findings.problem(&key, format!("it is {}", found.state), "wait until it is available");
    }
    if !found.encrypted {
        let next = "files at rest can only be encrypted in a new file system";
        findings.warning(&key, "it is not encrypted", next);
    }
    if let NetworkConfig::Existing(network) = &config.network {
        let first = network
            .subnet_ids
            .first()
            .and_then(|id| surroundings.subnets.iter().find(|subnet| subnet.id == *id));
        if found.mount_targets.iter().any(|target| target.vpc_id != network.vpc_id) {
            findings.problem(
                &key,
                format!("its mount targets are not in {}", network.vpc_id),
                "name their VPC in network.vpc_id",
            );
        } else if let Some(subnet) = first
            && !found
                .mount_targets
                .iter()
                .any(|target| target.availability_zone == subnet.availability_zone)
        {
            let why = format!(
                "it has no mount target in {}, the zone of {}",
                subnet.availability_zone, subnet.id
            );
            findings.problem(
                &key,
                why,
                "name a subnet of a zone with a mount target first in network.subnet_ids",
            );
        }
        security_groups(named, &network.vpc_id, surroundings, findings);
    }
}

fn security_groups(
    named: &ExistingFileSystem,
    vpc_id: &str,
    surroundings: &Surroundings,
    findings: &mut Findings,
) {
    for id in &named.security_group_ids {
        let key = format!("file_system.security_group_ids: {id}");
        match surroundings.security_groups.iter().find(|group| group.id == *id) {
            None => findings.problem(
                key,
                "there is no such security group in this account and region",
                "correct it",
            ),
            Some(group) if group.vpc_id != vpc_id => {
                findings.problem(
                    key,
                    format!("it belongs to {}", group.vpc_id),
                    "name groups of network.vpc_id alone",
                );
            }
            Some(_) => {}
        }
    }
}

fn access_point(
    config: &StackConfig,
    id: &str,
    surroundings: &Surroundings,
    findings: &mut Findings,
) {
    let key = format!("source.access_point_id = {id}");
    let Some(found) = &surroundings.access_point else {
        findings.problem(
            key,
            "there is no such access point in this account and region",
            "correct it, or leave it out",
        );
        return;
    };
    if let FileSystemConfig::Existing(named) = &config.file_system
        && found.file_system_id != named.id
    {
        findings.problem(
            &key,
            format!("it belongs to {}", found.file_system_id),
            "name an access point of file_system.id",
        );
    }
    if found.enforces_user {
        let why = "it makes everybody one user: DataSync then reads only what that user may, and \
            a restore loses owners";
        findings.warning(&key, why, "use an access point without a user, or none");
    }
}

#[cfg(test)]
mod tests {
    use reconciler::data_sources::{
        ExistingAccessPoint, ExistingMountTarget, ExistingSecurityGroup, ExistingSubnet,
    };

    use super::super::lines;
    use super::*;
    use crate::fixtures::{configured, surroundings};

    const VPC: &str = "vpc-0123456789abcdef0";
    const GROUP: &str = "sg-0123456789abcdef0";
    const SUBNET: &str = "subnet-0123456789abcdef0";
    const FILE_SYSTEM: &str = "fs-0123456789abcdef0";
    const ACCESS_POINT: &str = "fsap-0123456789abcdef0";

    /// All is well, then altered.
    fn found(alter: impl FnOnce(&mut Surroundings)) -> String {
        let config = configured(&format!(
            "[network]\nvpc_id = \"{VPC}\"\nsubnet_ids = [\"{SUBNET}\"]\n[file_system]\nid = \"{FILE_SYSTEM}\"\n\
             security_group_ids = [\"{GROUP}\"]"
        ));
        let config = StackConfig {
            source: domain::config::SourceConfig {
                access_point_id: Some(ACCESS_POINT.into()),
                ..config.source
            },
            ..config
        };
        let zone = "eu-central-1a".to_owned();
        let target = ExistingMountTarget {
            id: "fsmt-1".into(),
            subnet_id: "subnet-2".into(),
            availability_zone: zone.clone(),
            vpc_id: VPC.into(),
            state: "available".into(),
        };
        let file_system = data_sources::ExistingEfs {
            id: FILE_SYSTEM.into(),
            arn: "arn:fs".into(),
            encrypted: true,
            state: "available".into(),
            mount_targets: vec![target],
        };
        let subnet = ExistingSubnet {
            id: SUBNET.into(),
            vpc_id: VPC.into(),
            availability_zone: zone,
            cidr: "10.0.0.0/24".into(),
            free_addresses: 100,
        };
        let access_point = ExistingAccessPoint {
            arn: "arn:fsap".into(),
            file_system_id: FILE_SYSTEM.into(),
            enforces_user: false,
        };
        let mut all = Surroundings {
            file_system: Some(file_system),
            subnets: vec![subnet],
            security_groups: vec![ExistingSecurityGroup { id: GROUP.into(), vpc_id: VPC.into() }],
            access_point: Some(access_point),
            ..surroundings()
        };
        alter(&mut all);
        lines(|findings| check(&config, &all, findings))
    }

    #[test]
    fn what_fits_together_is_not_mentioned() {
        assert_eq!(found(|_| {}), "");
    }

    #[test]
    fn what_is_not_there_is_named() {
        insta::assert_snapshot!(found(|all| {
            all.file_system = None;
            all.access_point = None;
        }), @"
        ! file_system.id = fs-0123456789abcdef0: there is no such file system in this account and region; correct it, or leave it out for a file system of the stack's own
        ! source.access_point_id = fsap-0123456789abcdef0: there is no such access point in this account and region; correct it, or leave it out
        ");
        insta::assert_snapshot!(found(|all| all.security_groups.clear()), @"! file_system.security_group_ids: sg-0123456789abcdef0: there is no such security group in this account and region; correct it");
    }

    #[test]
    fn what_does_not_fit_together_is_named() {
        insta::assert_snapshot!(found(|all| {
            let file_system = all.file_system.as_mut().unwrap();
            file_system.state = "updating".into();
            file_system.encrypted = false;
            file_system.mount_targets[0].availability_zone = "eu-central-1b".into();
            all.security_groups[0].vpc_id = "vpc-2".into();
            let access_point = all.access_point.as_mut().unwrap();
            access_point.file_system_id = "fs-2".into();
            access_point.enforces_user = true;
        }), @"
        ! file_system.id = fs-0123456789abcdef0: it is updating; wait until it is available
        ! file_system.id = fs-0123456789abcdef0: it has no mount target in eu-central-1a, the zone of subnet-0123456789abcdef0; name a subnet of a zone with a mount target first in network.subnet_ids
        ! file_system.security_group_ids: sg-0123456789abcdef0: it belongs to vpc-2; name groups of network.vpc_id alone
        ! source.access_point_id = fsap-0123456789abcdef0: it belongs to fs-2; name an access point of file_system.id
        ? file_system.id = fs-0123456789abcdef0: it is not encrypted; files at rest can only be encrypted in a new file system
        ? source.access_point_id = fsap-0123456789abcdef0: it makes everybody one user: DataSync then reads only what that user may, and a restore loses owners; use an access point without a user, or none
        ");
        insta::assert_snapshot!(found(|all| all.file_system.as_mut().unwrap().mount_targets[0].vpc_id = "vpc-2".into()), @"! file_system.id = fs-0123456789abcdef0: its mount targets are not in vpc-0123456789abcdef0; name their VPC in network.vpc_id");
    }
}
