//! The findings about zones, VPC and subnets.

use reconciler::data_sources::ExistingVpc;

use super::*;
use crate::preflight::finding_lines;
use crate::testing::{config_with, three_zones};

fn vpc_with(id: &str, cidr: &str) -> ExistingVpc {
    ExistingVpc {
        id: id.into(),
        cidrs: vec![cidr.into()],
        tenancy: "default".into(),
        dns_support: true,
        dns_hostnames: true,
    }
}

fn subnet_in(id: &str, zone: &str, free_addresses: i32) -> ExistingSubnet {
    ExistingSubnet {
        id: id.into(),
        vpc_id: VPC.into(),
        availability_zone: zone.into(),
        cidr: "10.0.0.0/24".into(),
        free_addresses,
    }
}

const VPC: &str = "vpc-0123456789abcdef0";
const SUBNETS: [&str; 2] = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"];

fn check_existing(vpc: Option<ExistingVpc>, subnets: Vec<ExistingSubnet>) -> String {
    let config = config_with(&format!("[network]\nvpc_id = \"{VPC}\"\nsubnet_ids = {SUBNETS:?}"));
    finding_lines(|findings| {
        check_network(&config, &DataSources { vpc, subnets, ..three_zones() }, findings)
    })
}

#[test]
fn zones_must_exist() {
    let lines_for = |zones: &str| {
        let config = config_with(&format!("[network]\navailability_zones = {zones}"));
        finding_lines(|findings| check_network(&config, &three_zones(), findings))
    };
    assert_eq!(lines_for("3"), "");
    assert_eq!(
        lines_for("4"),
        "! network.availability_zones = 4: this account has 3 in the region: eu-central-1a, \
         eu-central-1b, eu-central-1c; use fewer zones"
    );
    insta::assert_snapshot!(lines_for(r#"["eu-central-1a", "eu-central-1f"]"#), @"! network.availability_zones: eu-central-1f: this account has no such zone in the region; choose from eu-central-1a, eu-central-1b, eu-central-1c");
}

#[test]
fn overlapping_addresses_are_a_warning() {
    let vpcs = vec![
        vpc_with("vpc-other", "10.0.0.0/8"),
        vpc_with("vpc-far", "172.31.0.0/16"),
        vpc_with("vpc-ours", "10.42.0.0/16"),
    ];
    let found = finding_lines(|findings| {
        check_network(&config_with(""), &DataSources { vpcs, ..three_zones() }, findings)
    });
    assert_eq!(
        found,
        "? network.cidr = 10.42.0.0/16: overlaps with 10.0.0.0/8 of vpc-other; choose other \
         addresses if the VPCs may be peered later"
    );
}

fn good_subnets() -> Vec<ExistingSubnet> {
    vec![subnet_in(SUBNETS[0], "eu-central-1a", 4), subnet_in(SUBNETS[1], "eu-central-1b", 1)]
}

#[test]
fn an_existing_network_is_checked() {
    assert_eq!(check_existing(Some(vpc_with(VPC, "10.0.0.0/16")), good_subnets()), "");
    insta::assert_snapshot!(check_existing(None, Vec::new()), @"
    ! network.vpc_id = vpc-0123456789abcdef0: there is no such VPC in this account and region; correct it, or remove [network] to let the stack create a VPC
    ! network.subnet_ids: subnet-0123456789abcdef0: there is no such subnet in this account and region; correct it
    ! network.subnet_ids: subnet-0123456789abcdef1: there is no such subnet in this account and region; correct it
    ");
    let dedicated = ExistingVpc { tenancy: "dedicated".into(), ..vpc_with(VPC, "10.0.0.0/16") };
    let full_and_same_zone =
        vec![subnet_in(SUBNETS[0], "eu-central-1a", 3), subnet_in(SUBNETS[1], "eu-central-1a", 9)];
    insta::assert_snapshot!(check_existing(Some(dedicated), full_and_same_zone), @"
    ! network.vpc_id = vpc-0123456789abcdef0: its tenancy is dedicated, and DataSync works in VPCs with default tenancy only; name another VPC
    ! network.subnet_ids: subnet-0123456789abcdef0: it has 3 free addresses, and 4 are needed; free addresses, or name another subnet
    ! network.subnet_ids: subnet-0123456789abcdef1: it is in the same zone as subnet-0123456789abcdef0, eu-central-1a; name one subnet for each zone: a file system has one mount target in a zone
    ");
}

#[test]
fn subnets_of_another_network_and_missing_dns_names_are_told() {
    let mute = ExistingVpc { dns_hostnames: false, ..vpc_with(VPC, "10.0.0.0/16") };
    let mut elsewhere = good_subnets();
    elsewhere[1].vpc_id = "vpc-2".into();
    insta::assert_snapshot!(check_existing(Some(mute), elsewhere), @"
    ! network.subnet_ids: subnet-0123456789abcdef1: it belongs to vpc-2; name only subnets of network.vpc_id
    ? network.vpc_id = vpc-0123456789abcdef0: DNS support or DNS host names are off: the file system's DNS name does not resolve in it; turn both on, or mount by the mount target's address
    ");
}
