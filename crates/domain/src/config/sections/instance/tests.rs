//! Instances that EC2 has not, and doors that would be open to everybody.

use crate::config::refusal_tests::describe_refusals;

pub(in crate::config) const TYPES: &[&str] = &[
    "[instance]\nenabled = \"no\"",
    "[instance]\ntype = \"micro\"",
    "[instance]\ntype = \"t3\"",
    "[instance]\ntype = \"T3.micro\"",
    "[instance]\ntype = \"t3.\"",
    "[instance]\ntype = \"3.micro\"",
    "[instance]\ntype = \"t3.micro \"",
    "[instance]\ninstance_type = \"t3.micro\"",
];

pub(in crate::config) const IMAGES: &[&str] = &[
    "[instance]\nimage = \"ubuntu\"",
    "[instance]\nimage = \"ami-xyz\"",
    "[instance]\nimage = \"/aws/service/ami-amazon-linux-latest/al2023\"",
    "[instance]\nimage = \"/aws/service/canonical/\"",
    "[instance]\nimage = \"resolve:ssm:/aws/service/canonical/ubuntu\"",
    "[instance]\nroot_volume_gb = 7",
    "[instance]\nroot_volume_gb = 16385",
];

pub(in crate::config) const SSH_RANGES: &[&str] = &[
    "[instance]\nssh_cidrs = \"203.0.113.7/32\"",
    "[instance]\nssh_cidrs = [\"203.0.113.7\"]",
    "[instance]\nssh_cidrs = [\"203.0.113.7/24\"]",
    "[instance]\nssh_cidrs = [\"home\"]",
    "[instance]\nssh_cidrs = [\"203.0.113.7/32\", \"203.0.113.7/32\"]",
];

pub(in crate::config) const SSH_DOORS: &[&str] = &[
    "[instance]\nssh_cidrs = [\"0.0.0.0/0\"]",
    "[instance]\nssh_cidrs = [\"::/0\"]",
    "[instance]\nssh_cidrs = [\"0.0.0.0/1\", \"128.0.0.0/1\"]",
    "[instance]\nssh_cidrs = [\"0.0.0.0/0\"]\nssh_from_anywhere = \"yes\"",
    "[instance]\nssh_from_anywhere = true",
    "[instance]\nssh_cidrs = [\"203.0.113.7/32\"]\nssh_from_anywhere = true",
];

pub(in crate::config) const KEY_NAMES: &[&str] = &[
    "[instance]\nkey_name = \"\"",
    "[instance]\nkey_name = \" key\"",
    "[instance]\nkey_name = \"schlüssel\"",
];

pub(in crate::config) const IN_PRIVATE_MODE: &[&str] = &[
    "[network]\nmode = \"private\"\n[instance]\nssh_cidrs = [\"203.0.113.7/32\"]",
    "[network]\nmode = \"private\"\n[instance]\nenabled = false\nssh_cidrs = [\"10.0.0.0/8\"]",
    "[network]\nmode = \"private\"\n[instance]\nssh_from_anywhere = true",
    "[network]\nmode = \"private\"\n[instance]\nimage = \"ubuntu\"",
    "[network]\nmode = \"private\"\n[instance]\nimage = \
        \"/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id\"",
    "[network]\nmode = \"private\"\n[instance]\nimage = \
        \"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-\"",
    "[network]\nmode = \"private\"\n[instance]\nimage = \
        \"/aws/service/ami-amazon-linux-latest/al2023-ami-minimal-kernel-default-arm64\"",
    "[network]\nmode = \"private\"\n[instance]\nimage = \
        \"/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2\"",
];

#[test]
fn what_needs_the_internet_beside_a_private_network() {
    insta::assert_snapshot!(describe_refusals(IN_PRIVATE_MODE), @r#"
    [network] mode = "private" [instance] ssh_cidrs = ["203.0.113.7/32"]
        instance.ssh_cidrs = ["203.0.113.7/32"]: does not go with network.mode = "private", in which nothing has a public address; remove this key: Session Manager reaches the instance
    [network] mode = "private" [instance] enabled = false ssh_cidrs = ["10.0.0.0/8"]
        instance.ssh_cidrs = ["10.0.0.0/8"]: does not go with network.mode = "private", in which nothing has a public address; remove this key: Session Manager reaches the instance
    [network] mode = "private" [instance] ssh_from_anywhere = true
        instance.ssh_from_anywhere = true: has no effect alone: it confirms a range such as 0.0.0.0/0 in instance.ssh_cidrs; add the range, or remove this key
    [network] mode = "private" [instance] image = "ubuntu"
        instance.image = "ubuntu": must be an image of Amazon Linux 2023, ami- and 8 or 17 hexadecimal digits, or the SSM parameter of one, /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-…: with network.mode = "private" the EFS client can be installed in no other; remove the key for the newest
    [network] mode = "private" [instance] image = "/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id"
        instance.image = "/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id": must be an image of Amazon Linux 2023, ami- and 8 or 17 hexadecimal digits, or the SSM parameter of one, /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-…: with network.mode = "private" the EFS client can be installed in no other; remove the key for the newest
    [network] mode = "private" [instance] image = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-"
        instance.image = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-": must be an image of Amazon Linux 2023, ami- and 8 or 17 hexadecimal digits, or the SSM parameter of one, /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-…: with network.mode = "private" the EFS client can be installed in no other; remove the key for the newest
    [network] mode = "private" [instance] image = "/aws/service/ami-amazon-linux-latest/al2023-ami-minimal-kernel-default-arm64"
        instance.image = "/aws/service/ami-amazon-linux-latest/al2023-ami-minimal-kernel-default-arm64": must be an image of Amazon Linux 2023, ami- and 8 or 17 hexadecimal digits, or the SSM parameter of one, /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-…: with network.mode = "private" the EFS client can be installed in no other; remove the key for the newest
    [network] mode = "private" [instance] image = "/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2"
        instance.image = "/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2": must be an image of Amazon Linux 2023, ami- and 8 or 17 hexadecimal digits, or the SSM parameter of one, /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-…: with network.mode = "private" the EFS client can be installed in no other; remove the key for the newest
    "#);
}

#[test]
fn refused_instance_types() {
    insta::assert_snapshot!(describe_refusals(TYPES), @r#"
    [instance] enabled = "no"
        instance.enabled = "no": must be true or false, without quotes
    [instance] type = "micro"
        instance.type = "micro": must be an EC2 instance type, a family and a size, such as t3.micro; `aws ec2 describe-instance-type-offerings` lists them
    [instance] type = "t3"
        instance.type = "t3": must be an EC2 instance type, a family and a size, such as t3.micro; `aws ec2 describe-instance-type-offerings` lists them
    [instance] type = "T3.micro"
        instance.type = "T3.micro": must be an EC2 instance type, a family and a size, such as t3.micro; `aws ec2 describe-instance-type-offerings` lists them
    [instance] type = "t3."
        instance.type = "t3.": must be an EC2 instance type, a family and a size, such as t3.micro; `aws ec2 describe-instance-type-offerings` lists them
    [instance] type = "3.micro"
        instance.type = "3.micro": must be an EC2 instance type, a family and a size, such as t3.micro; `aws ec2 describe-instance-type-offerings` lists them
    [instance] type = "t3.micro "
        instance.type = "t3.micro ": must be an EC2 instance type, a family and a size, such as t3.micro; `aws ec2 describe-instance-type-offerings` lists them
    [instance] instance_type = "t3.micro"
        instance.instance_type = "t3.micro": is not a known key; known keys: enabled, type, image, root_volume_gb, ssh_cidrs, ssh_from_anywhere, key_name
    "#);
}

#[test]
fn refused_images_and_volumes() {
    insta::assert_snapshot!(describe_refusals(IMAGES), @r#"
    [instance] image = "ubuntu"
        instance.image = "ubuntu": must be an image of Ubuntu, ami- and 8 or 17 hexadecimal digits, or the SSM parameter of one, /aws/service/canonical/…; remove the key for the newest
    [instance] image = "ami-xyz"
        instance.image = "ami-xyz": must be an image of Ubuntu, ami- and 8 or 17 hexadecimal digits, or the SSM parameter of one, /aws/service/canonical/…; remove the key for the newest
    [instance] image = "/aws/service/ami-amazon-linux-latest/al2023"
        instance.image = "/aws/service/ami-amazon-linux-latest/al2023": must be an image of Ubuntu, ami- and 8 or 17 hexadecimal digits, or the SSM parameter of one, /aws/service/canonical/…; remove the key for the newest
    [instance] image = "/aws/service/canonical/"
        instance.image = "/aws/service/canonical/": must be an image of Ubuntu, ami- and 8 or 17 hexadecimal digits, or the SSM parameter of one, /aws/service/canonical/…; remove the key for the newest
    [instance] image = "resolve:ssm:/aws/service/canonical/ubuntu"
        instance.image = "resolve:ssm:/aws/service/canonical/ubuntu": must be an image of Ubuntu, ami- and 8 or 17 hexadecimal digits, or the SSM parameter of one, /aws/service/canonical/…; remove the key for the newest
    [instance] root_volume_gb = 7
        instance.root_volume_gb = 7: must be 8 to 16384, in GB: the image of Ubuntu needs 8, and a gp3 volume has at most 16384
    [instance] root_volume_gb = 16385
        instance.root_volume_gb = 16385: must be 8 to 16384, in GB: the image of Ubuntu needs 8, and a gp3 volume has at most 16384
    "#);
}

#[test]
fn refused_ssh_ranges() {
    insta::assert_snapshot!(describe_refusals(SSH_RANGES), @r#"
    [instance] ssh_cidrs = "203.0.113.7/32"
        instance.ssh_cidrs = "203.0.113.7/32": must be a list of texts, ["…", "…"]
    [instance] ssh_cidrs = ["203.0.113.7"]
        instance.ssh_cidrs = "203.0.113.7": must be a range of addresses; for this address alone, write 203.0.113.7/32
    [instance] ssh_cidrs = ["203.0.113.7/24"]
        instance.ssh_cidrs = "203.0.113.7/24": must begin with the first address of the range, as AWS stores it: 203.0.113.0/24
    [instance] ssh_cidrs = ["home"]
        instance.ssh_cidrs = "home": must be a range of addresses in CIDR notation, such as 10.42.0.0/16
    [instance] ssh_cidrs = ["203.0.113.7/32", "203.0.113.7/32"]
        instance.ssh_cidrs = "203.0.113.7/32": is listed twice; remove one of them
    "#);
}

#[test]
fn ssh_doors_open_to_everybody() {
    insta::assert_snapshot!(describe_refusals(SSH_DOORS), @r#"
    [instance] ssh_cidrs = ["0.0.0.0/0"]
        instance.ssh_cidrs = "0.0.0.0/0": opens SSH to the internet, which requires ssh_from_anywhere = true; or name your own addresses
    [instance] ssh_cidrs = ["::/0"]
        instance.ssh_cidrs = "::/0": opens SSH to the internet, which requires ssh_from_anywhere = true; or name your own addresses
    [instance] ssh_cidrs = ["0.0.0.0/1", "128.0.0.0/1"]
        instance.ssh_cidrs = "0.0.0.0/1": opens SSH to the internet, which requires ssh_from_anywhere = true; or name your own addresses
        instance.ssh_cidrs = "128.0.0.0/1": opens SSH to the internet, which requires ssh_from_anywhere = true; or name your own addresses
    [instance] ssh_cidrs = ["0.0.0.0/0"] ssh_from_anywhere = "yes"
        instance.ssh_from_anywhere = "yes": must be true or false, without quotes
    [instance] ssh_from_anywhere = true
        instance.ssh_from_anywhere = true: has no effect alone: it confirms a range such as 0.0.0.0/0 in instance.ssh_cidrs; add the range, or remove this key
    [instance] ssh_cidrs = ["203.0.113.7/32"] ssh_from_anywhere = true
        instance.ssh_from_anywhere = true: has no effect alone: it confirms a range such as 0.0.0.0/0 in instance.ssh_cidrs; add the range, or remove this key
    "#);
}

#[test]
fn refused_key_names() {
    insta::assert_snapshot!(describe_refusals(KEY_NAMES), @r#"
    [instance] key_name = ""
        instance.key_name = "": must be the name of a key pair, 1 to 255 ASCII characters without a space at either end; `aws ec2 describe-key-pairs` lists them
    [instance] key_name = " key"
        instance.key_name = " key": must be the name of a key pair, 1 to 255 ASCII characters without a space at either end; `aws ec2 describe-key-pairs` lists them
    [instance] key_name = "schlüssel"
        instance.key_name = "schlüssel": must be the name of a key pair, 1 to 255 ASCII characters without a space at either end; `aws ec2 describe-key-pairs` lists them
    "#);
}
