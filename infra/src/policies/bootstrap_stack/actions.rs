//! Every call that `bootstrap-stack` makes on EC2, EFS and IAM, kind by kind, in the order of `crates/stack/src/kinds/`: the
//! list to hold against the code.
//!
//! All of it must fit into 10,240 characters. So what only looks is allowed by wildcards ([`LOOK`]), and what changes never.

/// The calls of one kind of resource, by how they can be limited.
pub(super) struct Actions {
    /// They only look. EC2 knows no resources for them: [`LOOK`] allows them.
    #[cfg_attr(not(test), expect(dead_code, reason = "held against the code by people, against `LOOK` by a test"))]
    pub look: &'static [&'static str],
    /// They make something that bears our tags from the beginning.
    pub make: &'static [&'static str],
    /// They change or delete what bears our tags.
    pub change: &'static [&'static str],
}

/// What the calls that only look come to, for any resource.
pub(super) const LOOK: &[&str] = &[
    "ec2:Describe*",
    "elasticfilesystem:Describe*",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    // `CreateLocationS3` asks for the caller's right to list, not only the role's.
    "s3:ListAllMyBuckets",
];

pub(super) const EC2: &[Actions] = &[
    // default security group
    Actions {
        look: &["ec2:DescribeSecurityGroups"],
        make: &[],
        // Its rules are revoked by a statement of their own: it bears no tags.
        change: &[],
    },
    // elastic IP
    Actions { look: &["ec2:DescribeAddresses"], make: &["ec2:AllocateAddress"], change: &["ec2:ReleaseAddress"] },
    // flow log
    Actions { look: &["ec2:DescribeFlowLogs"], make: &["ec2:CreateFlowLogs"], change: &["ec2:DeleteFlowLogs"] },
    // instance
    Actions {
        look: &["ec2:DescribeInstances", "ec2:DescribeIamInstanceProfileAssociations"],
        make: &["ec2:RunInstances"],
        change: &[
            "ec2:AssociateIamInstanceProfile",
            "ec2:CreateTags",
            "ec2:DeleteTags",
            "ec2:ModifyInstanceAttribute",
            "ec2:ModifyInstanceMetadataOptions",
            "ec2:ReplaceIamInstanceProfileAssociation",
            "ec2:StartInstances",
            "ec2:StopInstances",
            "ec2:TerminateInstances",
        ],
    },
    // internet gateway
    Actions {
        look: &["ec2:DescribeInternetGateways"],
        make: &["ec2:CreateInternetGateway"],
        change: &["ec2:AttachInternetGateway", "ec2:DeleteInternetGateway", "ec2:DetachInternetGateway"],
    },
    // NAT gateway
    Actions { look: &["ec2:DescribeNatGateways"], make: &["ec2:CreateNatGateway"], change: &["ec2:DeleteNatGateway"] },
    // route table
    Actions {
        look: &["ec2:DescribeRouteTables"],
        make: &["ec2:CreateRouteTable"],
        change: &[
            "ec2:AssociateRouteTable",
            "ec2:CreateRoute",
            "ec2:DeleteRoute",
            "ec2:DeleteRouteTable",
            "ec2:DisassociateRouteTable",
            "ec2:ReplaceRoute",
            "ec2:ReplaceRouteTableAssociation",
        ],
    },
    // security group
    Actions {
        look: &["ec2:DescribeSecurityGroupRules"],
        make: &["ec2:CreateSecurityGroup"],
        change: &[
            "ec2:AuthorizeSecurityGroupEgress",
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:DeleteSecurityGroup",
            "ec2:ModifySecurityGroupRules",
            "ec2:RevokeSecurityGroupEgress",
            "ec2:RevokeSecurityGroupIngress",
        ],
    },
    // subnet
    Actions {
        look: &["ec2:DescribeSubnets", "ec2:DescribeAvailabilityZones", "ec2:DescribeInstanceTypeOfferings"],
        make: &["ec2:CreateSubnet"],
        change: &["ec2:DeleteSubnet", "ec2:ModifySubnetAttribute"],
    },
    // VPC
    Actions {
        look: &["ec2:DescribeVpcs", "ec2:DescribeVpcAttribute"],
        make: &["ec2:CreateVpc"],
        change: &["ec2:DeleteVpc", "ec2:ModifyVpcAttribute"],
    },
    // VPC endpoint
    Actions {
        look: &["ec2:DescribeVpcEndpoints"],
        make: &["ec2:CreateVpcEndpoint"],
        change: &["ec2:DeleteVpcEndpoints", "ec2:ModifyVpcEndpoint"],
    },
];

pub(super) const EFS: &[Actions] = &[
    // access point
    Actions {
        look: &["elasticfilesystem:DescribeAccessPoints"],
        make: &["elasticfilesystem:CreateAccessPoint"],
        change: &["elasticfilesystem:DeleteAccessPoint"],
    },
    // backup policy
    Actions {
        look: &["elasticfilesystem:DescribeBackupPolicy"],
        make: &[],
        change: &["elasticfilesystem:PutBackupPolicy"],
    },
    // file system
    Actions {
        look: &["elasticfilesystem:DescribeFileSystems", "elasticfilesystem:DescribeLifecycleConfiguration"],
        make: &["elasticfilesystem:CreateFileSystem"],
        change: &[
            "elasticfilesystem:DeleteFileSystem",
            "elasticfilesystem:PutLifecycleConfiguration",
            "elasticfilesystem:TagResource",
            "elasticfilesystem:UpdateFileSystem",
        ],
    },
    // file system policy
    Actions {
        look: &["elasticfilesystem:DescribeFileSystemPolicy"],
        make: &[],
        change: &["elasticfilesystem:DeleteFileSystemPolicy", "elasticfilesystem:PutFileSystemPolicy"],
    },
    // mount target
    Actions {
        look: &["elasticfilesystem:DescribeMountTargetSecurityGroups", "elasticfilesystem:DescribeMountTargets"],
        make: &[],
        change: &[
            "elasticfilesystem:CreateMountTarget",
            "elasticfilesystem:DeleteMountTarget",
            "elasticfilesystem:ModifyMountTargetSecurityGroups",
        ],
    },
];

/// On roles and the instance profile of fixed names.
pub(super) const IAM: &[&str] = &[
    // Role.
    "iam:GetRole",
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:TagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:ListRolePolicies",
    "iam:GetRolePolicy",
    "iam:PutRolePolicy",
    "iam:DeleteRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:DetachRolePolicy",
    // Instance profile.
    "iam:GetInstanceProfile",
    "iam:CreateInstanceProfile",
    "iam:DeleteInstanceProfile",
    "iam:TagInstanceProfile",
    "iam:AddRoleToInstanceProfile",
    "iam:RemoveRoleFromInstanceProfile",
];

/// On the destination bucket, while it is ours.
pub(super) const S3: &[&str] = &[
    "s3:CreateBucket",
    "s3:DeleteBucket",
    "s3:TagResource",
    // The bucket itself, its versions and its unfinished uploads.
    "s3:ListBucket*",
    "s3:GetBucket*",
    "s3:GetLifecycleConfiguration",
    "s3:GetEncryptionConfiguration",
    "s3:PutBucketTagging",
    "s3:PutBucketVersioning",
    "s3:PutBucketNotification",
    "s3:PutLifecycleConfiguration",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketOwnershipControls",
    "s3:PutEncryptionConfiguration",
    "s3:PutBucketPolicy",
];

/// What makes and reads: ids come from DataSync, so no name can narrow these. An execution that somebody else started bears
/// no tag of ours, and must be cancelled all the same before the task can go.
pub(super) const DATASYNC: &[&str] = &[
    "datasync:Describe*",
    "datasync:List*",
    "datasync:CreateLocationEfs",
    "datasync:CreateLocationS3",
    "datasync:CreateTask",
    "datasync:CancelTaskExecution",
    "datasync:TagResource",
];

/// On locations and tasks that bear our tags.
pub(super) const OWN_DATASYNC: &[&str] = &[
    "datasync:UpdateLocationEfs",
    "datasync:UpdateLocationS3",
    "datasync:DeleteLocation",
    "datasync:UpdateTask",
    "datasync:DeleteTask",
];

/// All of one sort, sorted.
pub(super) fn all(table: &[Actions], of: impl Fn(&Actions) -> &'static [&'static str]) -> Vec<&'static str> {
    let mut actions: Vec<&str> = table.iter().flat_map(|kind| of(kind).iter().copied()).collect();
    actions.sort_unstable();
    actions
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_call_is_listed_twice() {
        for table in [EC2, EFS] {
            let everything = |kind: &Actions| [kind.look, kind.make, kind.change].concat();
            let listed: Vec<_> = table.iter().flat_map(everything).collect();
            assert_eq!(listed.iter().collect::<BTreeSet<_>>().len(), listed.len(), "{listed:?}");
        }
    }

    #[test]
    fn whatever_only_looks_is_allowed_and_nothing_else_by_a_wildcard() {
        for action in [EC2, EFS].into_iter().flat_map(|table| all(table, |kind| kind.look)) {
            let allowed = LOOK.iter().any(|look| action.starts_with(look.trim_end_matches('*')));
            assert!(allowed, "{action}");
        }
        for action in [LOOK, IAM, S3, DATASYNC, OWN_DATASYNC].concat().iter().filter(|action| action.ends_with('*')) {
            let looks = ["Describe", "Get", "List"].iter().any(|verb| action.contains(verb));
            assert!(looks, "{action}");
        }
    }
}
