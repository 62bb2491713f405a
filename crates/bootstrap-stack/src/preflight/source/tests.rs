//! The findings about the file system and the access point.

use std::collections::BTreeMap;

use reconciler::data_sources::{
    ExistingAccessPoint, ExistingMountTarget, ExistingSecurityGroup, ExistingSubnet,
};

use super::*;
use crate::preflight::finding_lines;
use crate::testing::{config_with, three_zones};

const VPC: &str = "vpc-0123456789abcdef0";
const GROUP: &str = "sg-0123456789abcdef0";
const SUBNET: &str = "subnet-0123456789abcdef0";
const FILE_SYSTEM: &str = "fs-0123456789abcdef0";
const ACCESS_POINT: &str = "fsap-0123456789abcdef0";

/// The findings for valid data sources that `alter` changes.
fn lines_after(alter: impl FnOnce(&mut DataSources)) -> String {
    let config = config_with(&format!(
        "[network]\nvpc_id = \"{VPC}\"\nsubnet_ids = [\"{SUBNET}\"]\n\
         [file_system]\nid = \"{FILE_SYSTEM}\"\n\
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
    let mut all = DataSources {
        file_systems: BTreeMap::from([(FILE_SYSTEM.to_owned(), file_system)]),
        subnets: vec![subnet],
        security_groups: vec![ExistingSecurityGroup { id: GROUP.into(), vpc_id: VPC.into() }],
        access_points: BTreeMap::from([(ACCESS_POINT.to_owned(), access_point)]),
        ..three_zones()
    };
    alter(&mut all);
    finding_lines(|findings| check_source(&config, &all, findings))
}

#[test]
fn valid_data_sources_have_no_findings() {
    assert_eq!(lines_after(|_| {}), "");
}

#[test]
fn missing_resources_are_problems() {
    insta::assert_snapshot!(lines_after(|all| {
        all.file_systems.clear();
        all.access_points.clear();
    }), @"
    ! file_system.id = fs-0123456789abcdef0: there is no such file system in this account and region; correct it, or remove it to let the stack create a file system
    ! source.access_point_id = fsap-0123456789abcdef0: there is no such access point in this account and region; correct it, or remove it
    ");
    assert_eq!(
        lines_after(|all| all.security_groups.clear()),
        "! file_system.security_group_ids: sg-0123456789abcdef0: there is no such security \
         group in this account and region; correct it"
    );
}

#[test]
fn resources_that_do_not_fit_together_are_problems() {
    insta::assert_snapshot!(lines_after(|all| {
        let file_system = all.file_systems.get_mut(FILE_SYSTEM).unwrap();
        file_system.state = "updating".into();
        file_system.encrypted = false;
        file_system.mount_targets[0].availability_zone = "eu-central-1b".into();
        all.security_groups[0].vpc_id = "vpc-2".into();
        let access_point = all.access_points.get_mut(ACCESS_POINT).unwrap();
        access_point.file_system_id = "fs-2".into();
        access_point.enforces_user = true;
    }), @"
    ! file_system.id = fs-0123456789abcdef0: it is updating; wait until it is available
    ! file_system.id = fs-0123456789abcdef0: it has no mount target in eu-central-1a, the zone of subnet-0123456789abcdef0; name a subnet of a zone with a mount target first in network.subnet_ids
    ! file_system.security_group_ids: sg-0123456789abcdef0: it belongs to vpc-2; name only groups of network.vpc_id
    ! source.access_point_id = fsap-0123456789abcdef0: it belongs to fs-2; name an access point of file_system.id
    ? file_system.id = fs-0123456789abcdef0: it is not encrypted; files at rest can only be encrypted in a new file system
    ? source.access_point_id = fsap-0123456789abcdef0: it enforces one user: DataSync reads only what that user may read, and a restore loses owners; use an access point without a user, or none
    ");
}

#[test]
fn mount_targets_of_another_network_are_a_problem() {
    let elsewhere = lines_after(|all| {
        all.file_systems.get_mut(FILE_SYSTEM).unwrap().mount_targets[0].vpc_id = "vpc-2".into();
    });
    insta::assert_snapshot!(elsewhere, @"
    ! file_system.id = fs-0123456789abcdef0: its mount targets are not in vpc-0123456789abcdef0; name their VPC in network.vpc_id
    ");
}
