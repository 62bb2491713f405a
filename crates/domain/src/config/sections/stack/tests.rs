//! Names that no bucket could hold, and regions that are none.

use crate::config::refusal_tests::describe_refusals;

pub(in crate::config) const MALFORMED_NAMES: &[&str] = &[
    "[stack]\nname = \"\"\nregion = \"eu-central-1\"",
    "[stack]\nname = \"-a\"\nregion = \"eu-central-1\"",
    "[stack]\nname = \"9a\"\nregion = \"eu-central-1\"",
    "[stack]\nname = \"a-\"\nregion = \"eu-central-1\"",
    "[stack]\nname = \"a_b\"\nregion = \"eu-central-1\"",
    "[stack]\nname = \"Backup\"\nregion = \"eu-central-1\"",
    "[stack]\nname = \"aaaaaaaaaaaaaaaaaaaaa\"\nregion = \"eu-central-1\"",
];

pub(in crate::config) const RESERVED_NAMES: &[&str] = &[
    "[stack]\nname = \"sthree-files\"\nregion = \"eu-central-1\"",
    "[stack]\nname = \"sg\"\nregion = \"eu-central-1\"",
    "[stack]\nname = \"sg-files\"\nregion = \"eu-central-1\"",
    "[stack]\nname = 7\nregion = \"eu-central-1\"",
    "[stack]\nregion = \"eu-central-1\"",
];

pub(in crate::config) const MALFORMED_REGIONS: &[&str] = &[
    "[stack]\nname = \"backup\"\nregion = \"\"",
    "[stack]\nname = \"backup\"\nregion = \"frankfurt\"",
    "[stack]\nname = \"backup\"\nregion = \"eu-central\"",
    "[stack]\nname = \"backup\"\nregion = \"EU-central-1\"",
    "[stack]\nname = \"backup\"\nregion = \"eu-central-1a\"",
];

pub(in crate::config) const FOREIGN_REGIONS: &[&str] = &[
    "[stack]\nname = \"backup\"\nregion = \"us-iso-east-1\"",
    "[stack]\nname = \"backup\"\nregion = \"eu-isoe-west-1\"",
    "[stack]\nname = \"backup\"\nregion = \"moon-base-1\"",
    "[stack]\nname = \"backup\"\nregion = [\"eu-central-1\"]",
];

pub(in crate::config) const BOUNDARIES: &[&str] = &[
    "[stack]\nname = \"backup\"\nregion = \"eu-central-1\"\npermissions_boundary_arn = \
        \"boundary\"",
    "[stack]\nname = \"backup\"\nregion = \"eu-central-1\"\npermissions_boundary_arn = \
        \"arn:aws-cn:iam::111122223333:policy/boundary\"",
    "[stack]\nname = \"backup\"\nregion = \"eu-central-1\"\npermissions_boundary_arn = \
        \"arn:aws:iam::111122223333:role/boundary\"",
    "[stack]\nname = \"backup\"\nregion = \"eu-central-1\"\npermissions_boundary_arn = true",
];

pub(in crate::config) const ACCOUNTS: &[&str] = &[
    "[stack]\nname = \"backup\"\nregion = \"eu-central-1\"\naccount = \"\"",
    "[stack]\nname = \"backup\"\nregion = \"eu-central-1\"\naccount = \"production\"",
    "[stack]\nname = \"backup\"\nregion = \"eu-central-1\"\naccount = \"1111-2222-3333\"",
    "[stack]\nname = \"backup\"\nregion = \"eu-central-1\"\naccount = 111122223333",
];

#[test]
fn accounts() {
    insta::assert_snapshot!(describe_refusals(ACCOUNTS), @r#"
    [stack] name = "backup" region = "eu-central-1" account = ""
        stack.account = "": must be an account id of 12 digits in quotes, such as 111122223333; `aws sts get-caller-identity` shows that of the credentials
    [stack] name = "backup" region = "eu-central-1" account = "production"
        stack.account = "production": must be an account id of 12 digits in quotes, such as 111122223333; `aws sts get-caller-identity` shows that of the credentials
    [stack] name = "backup" region = "eu-central-1" account = "1111-2222-3333"
        stack.account = "1111-2222-3333": must be an account id of 12 digits in quotes, such as 111122223333; `aws sts get-caller-identity` shows that of the credentials
    [stack] name = "backup" region = "eu-central-1" account = 111122223333
        stack.account = 111122223333: must be a text in quotes
    "#);
}

#[test]
fn permissions_boundaries() {
    insta::assert_snapshot!(describe_refusals(BOUNDARIES), @r#"
    [stack] name = "backup" region = "eu-central-1" permissions_boundary_arn = "boundary"
        stack.permissions_boundary_arn = "boundary": must be the ARN of a managed policy, arn:aws:iam::ACCOUNT:policy/NAME; see `aws iam list-policies`
    [stack] name = "backup" region = "eu-central-1" permissions_boundary_arn = "arn:aws-cn:iam::111122223333:policy/boundary"
        stack.permissions_boundary_arn = "arn:aws-cn:iam::111122223333:policy/boundary": must be the ARN of a managed policy in the partition of stack.region, arn:aws:iam::ACCOUNT:policy/NAME
    [stack] name = "backup" region = "eu-central-1" permissions_boundary_arn = "arn:aws:iam::111122223333:role/boundary"
        stack.permissions_boundary_arn = "arn:aws:iam::111122223333:role/boundary": must be the ARN of a managed policy, arn:aws:iam::ACCOUNT:policy/NAME, with 12 digits and the policy's path and name
    [stack] name = "backup" region = "eu-central-1" permissions_boundary_arn = true
        stack.permissions_boundary_arn = true: must be a text in quotes
    "#);
}

#[test]
fn malformed_names() {
    insta::assert_snapshot!(describe_refusals(MALFORMED_NAMES), @r#"
    [stack] name = "" region = "eu-central-1"
        stack.name = "": must be 1 to 20 of a-z, 0-9 and -, begin with a letter and not end in -: it becomes part of bucket names
    [stack] name = "-a" region = "eu-central-1"
        stack.name = "-a": must be 1 to 20 of a-z, 0-9 and -, begin with a letter and not end in -: it becomes part of bucket names
    [stack] name = "9a" region = "eu-central-1"
        stack.name = "9a": must be 1 to 20 of a-z, 0-9 and -, begin with a letter and not end in -: it becomes part of bucket names
    [stack] name = "a-" region = "eu-central-1"
        stack.name = "a-": must be 1 to 20 of a-z, 0-9 and -, begin with a letter and not end in -: it becomes part of bucket names
    [stack] name = "a_b" region = "eu-central-1"
        stack.name = "a_b": must be 1 to 20 of a-z, 0-9 and -, begin with a letter and not end in -: it becomes part of bucket names
    [stack] name = "Backup" region = "eu-central-1"
        stack.name = "Backup": must be 1 to 20 of a-z, 0-9 and -, begin with a letter and not end in -: it becomes part of bucket names
    [stack] name = "aaaaaaaaaaaaaaaaaaaaa" region = "eu-central-1"
        stack.name = "aaaaaaaaaaaaaaaaaaaaa": must be 1 to 20 of a-z, 0-9 and -, begin with a letter and not end in -: it becomes part of bucket names
    "#);
}

#[test]
fn reserved_and_missing_names() {
    insta::assert_snapshot!(describe_refusals(RESERVED_NAMES), @r#"
    [stack] name = "sthree-files" region = "eu-central-1"
        stack.name = "sthree-files": must not begin with sthree-: S3 reserves such bucket names
    [stack] name = "sg" region = "eu-central-1"
        stack.name = "sg": must not be sg or begin with sg-: EC2 reads such names of security groups as ids
    [stack] name = "sg-files" region = "eu-central-1"
        stack.name = "sg-files": must not be sg or begin with sg-: EC2 reads such names of security groups as ids
    [stack] name = 7 region = "eu-central-1"
        stack.name = 7: must be a text in quotes
    [stack] region = "eu-central-1"
        stack.name: is required and missing: the first part of every resource name, such as backup
    "#);
}

#[test]
fn malformed_regions() {
    insta::assert_snapshot!(describe_refusals(MALFORMED_REGIONS), @r#"
    [stack] name = "backup" region = ""
        stack.region = "": must be a region such as eu-central-1; `aws account list-regions` lists yours
    [stack] name = "backup" region = "frankfurt"
        stack.region = "frankfurt": must be a region such as eu-central-1; `aws account list-regions` lists yours
    [stack] name = "backup" region = "eu-central"
        stack.region = "eu-central": must be a region such as eu-central-1; `aws account list-regions` lists yours
    [stack] name = "backup" region = "EU-central-1"
        stack.region = "EU-central-1": must be a region such as eu-central-1; `aws account list-regions` lists yours
    [stack] name = "backup" region = "eu-central-1a"
        stack.region = "eu-central-1a": must be a region such as eu-central-1; `aws account list-regions` lists yours
    "#);
}

#[test]
fn regions_of_other_partitions() {
    insta::assert_snapshot!(describe_refusals(FOREIGN_REGIONS), @r#"
    [stack] name = "backup" region = "us-iso-east-1"
        stack.region = "us-iso-east-1": must be in one of the partitions aws, aws-cn, aws-us-gov and aws-eusc: the names of others are not public
    [stack] name = "backup" region = "eu-isoe-west-1"
        stack.region = "eu-isoe-west-1": must be in one of the partitions aws, aws-cn, aws-us-gov and aws-eusc: the names of others are not public
    [stack] name = "backup" region = "moon-base-1"
        stack.region = "moon-base-1": must be in one of the partitions aws, aws-cn, aws-us-gov and aws-eusc: the names of others are not public
    [stack] name = "backup" region = ["eu-central-1"]
        stack.region = ["eu-central-1"]: must be a text in quotes
    "#);
}
