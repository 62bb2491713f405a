//! Addresses that can't be divided, zones that are none, and existing networks that are named by
//! halves.

use crate::config::refusal_tests::describe_refusals;

pub(in crate::config) const MALFORMED_RANGES: &[&str] = &[
    "[network]\ncidr = \"\"",
    "[network]\ncidr = \"10.42.0.0\"",
    "[network]\ncidr = \"10.42.0.0/33\"",
    "[network]\ncidr = \"10.42.1.0/16\"",
];

pub(in crate::config) const UNUSABLE_RANGES: &[&str] = &[
    "[network]\ncidr = \"10.0.0.0/8\"",
    "[network]\ncidr = \"10.42.0.0/25\"",
    "[network]\ncidr = \"10.42.0.0/28\"",
    "[network]\ncidr = \"8.8.0.0/16\"",
    "[network]\ncidr = \"172.32.0.0/16\"",
    "[network]\ncidr = \"2001:db8::/56\"",
    "[network]\ncidr = 10",
];

pub(in crate::config) const ZONE_COUNTS: &[&str] = &[
    "[network]\navailability_zones = 0",
    "[network]\navailability_zones = 7",
    "[network]\navailability_zones = 300",
    "[network]\navailability_zones = -1",
    "[network]\navailability_zones = []",
    "[network]\navailability_zones = \"eu-central-1a\"",
];

pub(in crate::config) const ZONE_NAMES: &[&str] = &[
    "[network]\navailability_zones = [\"us-east-1a\"]",
    "[network]\navailability_zones = [\"a\"]",
    "[network]\navailability_zones = [\"euc1-az1\"]",
    "[network]\navailability_zones = [\"eu-central-1\"]",
    "[network]\navailability_zones = [\"eu-central-1a\", \"eu-central-1a\"]",
    "[network]\navailability_zones = [\"eu-central-1a\", \"eu-central-1b\", \"eu-central-1c\", \
        \"eu-central-1d\", \"eu-central-1e\", \"eu-central-1f\", \"eu-central-1g\"]",
    "[network]\navailability_zones = [1, 2]",
];

pub(in crate::config) const NEW_VPC: &[&str] = &[
    "[network]\nnat_gateway = \"no\"",
    "[network]\nflow_log_retention_days = 31",
    "[network]\nsubnet_ids = [\"subnet-0123456789abcdef0\"]",
    "[network]\nvpc_cidr = \"10.42.0.0/16\"",
];

pub(in crate::config) const VPC_IDS: &[&str] = &[
    "[network]\nvpc_id = \"vpc-xyz\"\nsubnet_ids = [\"subnet-00000001\"]",
    "[network]\nvpc_id = 7\nsubnet_ids = [\"subnet-00000001\"]",
    "[network]\nvpc_id = \"vpc-00000001\"",
];

pub(in crate::config) const SUBNET_IDS: &[&str] = &[
    "[network]\nvpc_id = \"vpc-00000001\"\nsubnet_ids = []",
    "[network]\nvpc_id = \"vpc-00000001\"\nsubnet_ids = [\"subnet-1\"]",
    "[network]\nvpc_id = \"vpc-00000001\"\nsubnet_ids = [\"subnet-0123456789ABCDEF0\"]",
    "[network]\nvpc_id = \"vpc-00000001\"\nsubnet_ids = \"subnet-00000001\"",
    "[network]\nvpc_id = \"vpc-00000001\"\nsubnet_ids = [\"subnet-00000001\", \"subnet-00000001\"]",
    "[network]\nvpc_id = \"vpc-00000001\"\nsubnet_ids = [\"subnet-00000000\", \
        \"subnet-00000001\", \"subnet-00000002\", \"subnet-00000003\", \"subnet-00000004\", \
        \"subnet-00000005\", \"subnet-00000006\"]",
];

pub(in crate::config) const EXISTING_VPC: &[&str] = &[
    "[network]\nvpc_id = \"vpc-00000001\"\nsubnet_ids = [\"subnet-00000001\"]\ncidr = \
        \"10.42.0.0/16\"",
    "[network]\nvpc_id = \"vpc-00000001\"\nsubnet_ids = [\"subnet-00000001\"]\navailability_zones \
        = 2\nnat_gateway = false",
];

pub(in crate::config) const MODES: &[&str] = &[
    "[network]\nmode = \"isolated\"",
    "[network]\nmode = true",
    "[network]\nmode = \"PRIVATE\"",
    "[network]\nmode = \"private\"\nnat_gateway = true",
    "[network]\nmode = \"private\"\nnat_gateway = false",
    "[network]\nmode = \"private\"\nsubnet_ids = [\"subnet-00000001\"]",
    "[network]\nvpc_id = \"vpc-00000001\"\nsubnet_ids = [\"subnet-00000001\"]\nmode = \"private\"",
    "[network]\nvpc_id = \"vpc-00000001\"\nsubnet_ids = [\"subnet-00000001\"]\nmode = \"standard\"",
];

#[test]
fn modes_that_do_not_exist_or_go_together_with_nothing() {
    insta::assert_snapshot!(describe_refusals(MODES), @r#"
    [network] mode = "isolated"
        network.mode = "isolated": must be one of standard, private
    [network] mode = true
        network.mode = true: must be one of standard, private, in quotes
    [network] mode = "PRIVATE"
        network.mode = "PRIVATE": must be one of standard, private
    [network] mode = "private" nat_gateway = true
        network.nat_gateway = true: does not go with network.mode = "private", which has no gateway to the internet; remove this key, or write mode = "standard"
    [network] mode = "private" nat_gateway = false
        network.nat_gateway = false: does not go with network.mode = "private", which has no gateway to the internet; remove this key, or write mode = "standard"
    [network] mode = "private" subnet_ids = ["subnet-00000001"]
        network.subnet_ids = ["subnet-00000001"]: needs network.vpc_id: the subnets are in an existing VPC; set network.vpc_id, or remove this key
    [network] vpc_id = "vpc-00000001" subnet_ids = ["subnet-00000001"] mode = "private"
        network.mode = "private": does not go with network.vpc_id: an existing VPC is never changed, its gateways and endpoints are its owner's; remove one of the two
    [network] vpc_id = "vpc-00000001" subnet_ids = ["subnet-00000001"] mode = "standard"
        network.mode = "standard": does not go with network.vpc_id: an existing VPC is never changed, its gateways and endpoints are its owner's; remove one of the two
    "#);
}

#[test]
fn malformed_address_ranges() {
    insta::assert_snapshot!(describe_refusals(MALFORMED_RANGES), @r#"
    [network] cidr = ""
        network.cidr = "": must be a range of addresses in CIDR notation, such as 10.42.0.0/16
    [network] cidr = "10.42.0.0"
        network.cidr = "10.42.0.0": must be a range of addresses; for this address alone, write 10.42.0.0/32
    [network] cidr = "10.42.0.0/33"
        network.cidr = "10.42.0.0/33": must be a range of addresses in CIDR notation, such as 10.42.0.0/16
    [network] cidr = "10.42.1.0/16"
        network.cidr = "10.42.1.0/16": must begin with the first address of the range, as AWS stores it: 10.42.0.0/16
    "#);
}

#[test]
fn address_ranges_no_vpc_can_have() {
    insta::assert_snapshot!(describe_refusals(UNUSABLE_RANGES), @r#"
    [network] cidr = "10.0.0.0/8"
        network.cidr = "10.0.0.0/8": must be /16 to /24: EC2 has no VPC larger than /16
    [network] cidr = "10.42.0.0/25"
        network.cidr = "10.42.0.0/25": must be /16 to /24: a smaller range can't be divided into two subnets of at least /28, the minimum of EC2, in each of 6 zones
    [network] cidr = "10.42.0.0/28"
        network.cidr = "10.42.0.0/28": must be /16 to /24: a smaller range can't be divided into two subnets of at least /28, the minimum of EC2, in each of 6 zones
    [network] cidr = "8.8.0.0/16"
        network.cidr = "8.8.0.0/16": must be in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10: other addresses belong to hosts on the internet, which the VPC could not reach
    [network] cidr = "172.32.0.0/16"
        network.cidr = "172.32.0.0/16": must be in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10: other addresses belong to hosts on the internet, which the VPC could not reach
    [network] cidr = "2001:db8::/56"
        network.cidr = "2001:db8::/56": must be a range of IPv4 addresses, such as 10.42.0.0/16: EFS mount targets need one
    [network] cidr = 10
        network.cidr = 10: must be a text in quotes
    "#);
}

#[test]
fn refused_zone_counts() {
    insta::assert_snapshot!(describe_refusals(ZONE_COUNTS), @r#"
    [network] availability_zones = 0
        network.availability_zones = 0: must be 1 to 6: the address range is divided into two subnets in each of at most 6 zones
    [network] availability_zones = 7
        network.availability_zones = 7: must be 1 to 6: the address range is divided into two subnets in each of at most 6 zones
    [network] availability_zones = 300
        network.availability_zones = 300: must be 1 to 6: the address range is divided into two subnets in each of at most 6 zones
    [network] availability_zones = -1
        network.availability_zones = -1: must be 1 to 6: the address range is divided into two subnets in each of at most 6 zones
    [network] availability_zones = []
        network.availability_zones = []: must name 1 to 6 zones: the address range is divided into two subnets in each of at most 6
    [network] availability_zones = "eu-central-1a"
        network.availability_zones = "eu-central-1a": must be a whole number, or a list of texts, ["…", "…"]
    "#);
}

#[test]
fn refused_zone_names() {
    insta::assert_snapshot!(describe_refusals(ZONE_NAMES), @r#"
    [network] availability_zones = ["us-east-1a"]
        network.availability_zones = "us-east-1a": must be a zone of stack.region, its name and a letter, such as eu-central-1a: EFS supports no other zones; `aws ec2 describe-availability-zones` lists them
    [network] availability_zones = ["a"]
        network.availability_zones = "a": must be a zone of stack.region, its name and a letter, such as eu-central-1a: EFS supports no other zones; `aws ec2 describe-availability-zones` lists them
    [network] availability_zones = ["euc1-az1"]
        network.availability_zones = "euc1-az1": must be a zone of stack.region, its name and a letter, such as eu-central-1a: EFS supports no other zones; `aws ec2 describe-availability-zones` lists them
    [network] availability_zones = ["eu-central-1"]
        network.availability_zones = "eu-central-1": must be a zone of stack.region, its name and a letter, such as eu-central-1a: EFS supports no other zones; `aws ec2 describe-availability-zones` lists them
    [network] availability_zones = ["eu-central-1a", "eu-central-1a"]
        network.availability_zones = "eu-central-1a": is listed twice; remove one of them
    [network] availability_zones = ["eu-central-1a", "eu-central-1b", "eu-central-1c", "eu-central-1d", "eu-central-1e", "eu-central-1f", "eu-central-1g"]
        network.availability_zones = ["eu-central-1a", "eu-central-1b", "eu-central-1c", "eu-central-1d", "eu-central-1e", "eu-central-1f…: must name 1 to 6 zones: the address range is divided into two subnets in each of at most 6
    [network] availability_zones = [1, 2]
        network.availability_zones = [1, 2]: must be a whole number, or a list of texts, ["…", "…"]
    "#);
}

#[test]
fn other_keys_of_a_new_vpc() {
    insta::assert_snapshot!(describe_refusals(NEW_VPC), @r#"
    [network] nat_gateway = "no"
        network.nat_gateway = "no": must be true or false, without quotes
    [network] flow_log_retention_days = 31
        network.flow_log_retention_days = 31: must be one of the days that CloudWatch Logs offers: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
    [network] subnet_ids = ["subnet-0123456789abcdef0"]
        network.subnet_ids = ["subnet-0123456789abcdef0"]: needs network.vpc_id: the subnets are in an existing VPC; set network.vpc_id, or remove this key
    [network] vpc_cidr = "10.42.0.0/16"
        network.vpc_cidr = "10.42.0.0/16": is not a known key; did you mean `vpc_id`?
    "#);
}

#[test]
fn refused_vpc_ids() {
    insta::assert_snapshot!(describe_refusals(VPC_IDS), @r#"
    [network] vpc_id = "vpc-xyz" subnet_ids = ["subnet-00000001"]
        network.vpc_id = "vpc-xyz": must be the id of a VPC, vpc- and 8 or 17 hexadecimal digits; `aws ec2 describe-vpcs` lists them
    [network] vpc_id = 7 subnet_ids = ["subnet-00000001"]
        network.vpc_id = 7: must be a text in quotes
    [network] vpc_id = "vpc-00000001"
        network.subnet_ids: is required and missing: the subnets of network.vpc_id, one for each zone in use
    "#);
}

#[test]
fn refused_subnet_ids() {
    insta::assert_snapshot!(describe_refusals(SUBNET_IDS), @r#"
    [network] vpc_id = "vpc-00000001" subnet_ids = []
        network.subnet_ids = []: must be 1 to 6 ids, one for each zone in use, the first for DataSync's network interfaces
    [network] vpc_id = "vpc-00000001" subnet_ids = ["subnet-1"]
        network.subnet_ids = "subnet-1": must be subnet- and 8 or 17 hexadecimal digits: a rule of AWS for ids
    [network] vpc_id = "vpc-00000001" subnet_ids = ["subnet-0123456789ABCDEF0"]
        network.subnet_ids = "subnet-0123456789ABCDEF0": must be subnet- and 8 or 17 hexadecimal digits: a rule of AWS for ids
    [network] vpc_id = "vpc-00000001" subnet_ids = "subnet-00000001"
        network.subnet_ids = "subnet-00000001": must be a list of texts, ["…", "…"]
    [network] vpc_id = "vpc-00000001" subnet_ids = ["subnet-00000001", "subnet-00000001"]
        network.subnet_ids = "subnet-00000001": is listed twice; remove one of them
    [network] vpc_id = "vpc-00000001" subnet_ids = ["subnet-00000000", "subnet-00000001", "subnet-00000002", "subnet-00000003", "subnet-00000004", "subnet-00000005", "subnet-00000006"]
        network.subnet_ids = ["subnet-00000000", "subnet-00000001", "subnet-00000002", "subnet-00000003", "subnet-00000004", "sub…: must be 1 to 6 ids, one for each zone in use, the first for DataSync's network interfaces
    "#);
}

#[test]
fn keys_of_a_new_vpc_beside_an_existing_one() {
    insta::assert_snapshot!(describe_refusals(EXISTING_VPC), @r#"
    [network] vpc_id = "vpc-00000001" subnet_ids = ["subnet-00000001"] cidr = "10.42.0.0/16"
        network.cidr = "10.42.0.0/16": does not go with network.vpc_id: an existing VPC is never changed; remove one of the two
    [network] vpc_id = "vpc-00000001" subnet_ids = ["subnet-00000001"] availability_zones = 2 nat_gateway = false
        network.availability_zones = 2: does not go with network.vpc_id: an existing VPC is never changed; remove one of the two
        network.nat_gateway = false: does not go with network.vpc_id: an existing VPC is never changed; remove one of the two
    "#);
}
