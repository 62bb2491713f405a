//! File systems and access points that an entry can't have, and networks too small for the syncs.

use crate::config::refusal_tests::describe_refusals;

pub(in crate::config) const FILE_SYSTEMS: &[&str] = &[
    "[[sync]]\nname = \"home\"\nfile_system.security_group_ids = [\"sg-00000001\"]",
    "[[sync]]\nname = \"home\"\nfile_system.backup = false",
    "[[sync]]\nname = \"home\"\nfile_system.id = \"fs-00000002\"\n\
     file_system.security_group_ids = [\"sg-00000001\"]",
    "[network]\nvpc_id = \"vpc-00000001\"\nsubnet_ids = [\"subnet-00000001\"]\n\
     [[sync]]\nname = \"home\"\nfile_system.id = \"fs-00000002\"",
    "[network]\nvpc_id = \"vpc-00000001\"\nsubnet_ids = [\"subnet-00000001\"]\n\
     [[sync]]\nname = \"home\"\nfile_system.id = \"fs-00000002\"\n\
     file_system.security_group_ids = [\"sg-00000001\"]\nfile_system.throughput_mode = \
        \"elastic\"",
    "[network]\nvpc_id = \"vpc-00000001\"\nsubnet_ids = [\"subnet-00000001\"]\n\
     [[sync]]\nname = \"home\"\nfile_system.id = \"home\"\n\
     file_system.security_group_ids = [\"default\"]",
    "[[sync]]\nname = \"home\"\nsource.access_point_id = \"home\"",
];

pub(in crate::config) const SMALL_NETWORKS: &[&str] = &[concat!(
    "[network]\ncidr = \"10.0.0.0/24\"\n",
    "[[sync]]\nname = \"a\"\ndestination.prefix = \"a/\"\n",
    "[[sync]]\nname = \"b\"\ndestination.prefix = \"b/\"\n",
    "[[sync]]\nname = \"c\"\ndestination.prefix = \"c/\"\n",
    "[[sync]]\nname = \"d\"\ndestination.prefix = \"d/\"\n",
    "[[sync]]\nname = \"e\"\ndestination.prefix = \"e/\"\n",
    "[[sync]]\nname = \"f\"\ndestination.prefix = \"f/\"",
)];

#[test]
fn refused_file_systems_and_access_points() {
    insta::assert_snapshot!(describe_refusals(FILE_SYSTEMS), @r#"
    [[sync]] name = "home" file_system.security_group_ids = ["sg-00000001"]
        sync.home.file_system.id: is required and missing: a sync may name another file system, which exists; the stack's own is described in [file_system]
    [[sync]] name = "home" file_system.backup = false
        sync.home.file_system.id: is required and missing: a sync may name another file system, which exists; the stack's own is described in [file_system]
    [[sync]] name = "home" file_system.id = "fs-00000002" file_system.security_group_ids = ["sg-00000001"]
        sync.home.file_system.id = "fs-00000002": needs network.vpc_id: its mount targets are in an existing VPC, which a new VPC can't reach; write network.vpc_id and network.subnet_ids
    [network] vpc_id = "vpc-00000001" subnet_ids = ["subnet-00000001"] [[sync]] name = "home" file_system.id = "fs-00000002"
        sync.home.file_system.security_group_ids: is required and missing: the security groups of DataSync's network interfaces
    [network] vpc_id = "vpc-00000001" subnet_ids = ["subnet-00000001"] [[sync]] name = "home" file_system.id = "fs-00000002" file_system.security_group_ids = ["sg-00000001"] file_system.throughput_mode = "elastic"
        sync.home.file_system.throughput_mode = "elastic": does not go with file_system.id: an existing file system is never changed; remove one of the two
    [network] vpc_id = "vpc-00000001" subnet_ids = ["subnet-00000001"] [[sync]] name = "home" file_system.id = "home" file_system.security_group_ids = ["default"]
        sync.home.file_system.id = "home": must be the id of a file system, fs- and 8 or 17 hexadecimal digits; `aws efs describe-file-systems` lists them
        sync.home.file_system.security_group_ids = "default": must be sg- and 8 or 17 hexadecimal digits: a rule of AWS for ids
    [[sync]] name = "home" source.access_point_id = "home"
        sync.home.source.access_point_id = "home": must be the id of an access point, fsap- and 8 or 17 hexadecimal digits; `aws efs describe-access-points` lists them
    "#);
}

#[test]
fn networks_without_enough_addresses() {
    insta::assert_snapshot!(describe_refusals(SMALL_NETWORKS), @r#"
    [network] cidr = "10.0.0.0/24" [[sync]] name = "a" destination.prefix = "a/" [[sync]] name = "b" destination.prefix = "b/" [[sync]] name = "c" destination.prefix = "c/" [[sync]] name = "d" destination.prefix = "d/" [[sync]] name = "e" destination.prefix = "e/" [[sync]] name = "f" destination.prefix = "f/"
        network.cidr = "10.0.0.0/24": leaves 10 addresses in the subnet of DataSync, and 6 syncs need 12, two for each task: write a range of size /23 or larger
    "#);
}
