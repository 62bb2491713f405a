//! The resource types of each action that a policy grants: rows of service, ARNs without partition
//! and service, and actions. Without an ARN the action takes no resource and is granted on `*`. `*`
//! matches characters other than `/` and `:`, `**` matches anything.
//!
//! Source: Service Authorization Reference, "Actions, resources, and condition keys" of each
//! service (2026-11). Of actions with dozens of types only those that a stack has are listed.

pub(super) const TYPES: &[(&str, &[&str], &str)] = &[
    ("cloudwatch", &["*:*:alarm:*"], "DeleteAlarms DescribeAlarms PutMetricAlarm"),
    ("cloudwatch", &["*:*:alarm:*", ":*:dashboard/*"], "ListTagsForResource TagResource"),
    ("cloudwatch", &[":*:dashboard/*"], "DeleteDashboards GetDashboard PutDashboard"),
    (
        "datasync",
        &[],
        "CreateLocationEfs CreateLocationS3 ListLocations ListTaskExecutions ListTasks",
    ),
    (
        "datasync",
        &["*:*:location/*"],
        "CreateTask DeleteLocation DescribeLocationEfs DescribeLocationS3 UpdateLocationEfs \
         UpdateLocationS3",
    ),
    (
        "datasync",
        &["*:*:location/*", "*:*:task/*", "*:*:task/*/execution/*"],
        "ListTagsForResource TagResource",
    ),
    ("datasync", &["*:*:task/*"], "DeleteTask DescribeTask StartTaskExecution UpdateTask"),
    ("datasync", &["*:*:task/*/execution/*"], "CancelTaskExecution DescribeTaskExecution"),
    (
        "ec2",
        &[],
        "DescribeAddresses DescribeAvailabilityZones DescribeFlowLogs \
         DescribeIamInstanceProfileAssociations DescribeInstanceTypeOfferings DescribeInstances DescribeInternetGateways \
         DescribeNatGateways DescribeNetworkInterfaceAttribute DescribeNetworkInterfaces \
         DescribeRouteTables DescribeSecurityGroupRules DescribeSecurityGroups DescribeSubnets \
         DescribeVpcEndpointServices DescribeVpcEndpoints DescribeVpcs",
    ),
    ("ec2", &["*:*:elastic-ip/*"], "AllocateAddress ReleaseAddress"),
    (
        "ec2",
        &[
            "*:*:elastic-ip/*",
            "*:*:instance/*",
            "*:*:internet-gateway/*",
            "*:*:key-pair/*",
            "*:*:natgateway/*",
            "*:*:network-interface/*",
            "*:*:route-table/*",
            "*:*:security-group-rule/*",
            "*:*:security-group/*",
            "*:*:subnet/*",
            "*:*:volume/*",
            "*:*:vpc-endpoint/*",
            "*:*:vpc-flow-log/*",
            "*:*:vpc/*",
            "*::image/*",
        ],
        "CreateTags DeleteTags",
    ),
    (
        "ec2",
        &["*:*:elastic-ip/*", "*:*:natgateway/*", "*:*:subnet/*", "*:*:vpc/*"],
        "CreateNatGateway",
    ),
    (
        "ec2",
        &["*:*:instance/*"],
        "AssociateIamInstanceProfile ModifyInstanceMetadataOptions \
         ReplaceIamInstanceProfileAssociation StartInstances StopInstances TerminateInstances",
    ),
    (
        "ec2",
        &[
            "*:*:instance/*",
            "*:*:key-pair/*",
            "*:*:network-interface/*",
            "*:*:security-group/*",
            "*:*:subnet/*",
            "*:*:volume/*",
            "*::image/*",
        ],
        "RunInstances",
    ),
    (
        "ec2",
        &["*:*:instance/*", "*:*:network-interface/*", "*:*:security-group/*", "*:*:subnet/*"],
        "ModifyNetworkInterfaceAttribute",
    ),
    ("ec2", &["*:*:instance/*", "*:*:security-group/*", "*:*:volume/*"], "ModifyInstanceAttribute"),
    ("ec2", &["*:*:internet-gateway/*"], "CreateInternetGateway DeleteInternetGateway"),
    (
        "ec2",
        &["*:*:internet-gateway/*", "*:*:route-table/*", "*:*:subnet/*"],
        "AssociateRouteTable DisassociateRouteTable ReplaceRouteTableAssociation",
    ),
    (
        "ec2",
        &["*:*:internet-gateway/*", "*:*:vpc/*"],
        "AttachInternetGateway DetachInternetGateway",
    ),
    ("ec2", &["*:*:natgateway/*"], "DeleteNatGateway"),
    (
        "ec2",
        &[
            "*:*:natgateway/*",
            "*:*:network-interface/*",
            "*:*:subnet/*",
            "*:*:vpc-flow-log/*",
            "*:*:vpc/*",
        ],
        "CreateFlowLogs",
    ),
    (
        "ec2",
        &["*:*:network-interface/*"],
        "CreateNetworkInterfacePermission DeleteNetworkInterface",
    ),
    (
        "ec2",
        &["*:*:network-interface/*", "*:*:security-group/*", "*:*:subnet/*"],
        "CreateNetworkInterface",
    ),
    ("ec2", &["*:*:route-table/*"], "CreateRoute DeleteRoute DeleteRouteTable ReplaceRoute"),
    (
        "ec2",
        &["*:*:route-table/*", "*:*:security-group/*", "*:*:subnet/*", "*:*:vpc-endpoint/*"],
        "ModifyVpcEndpoint",
    ),
    (
        "ec2",
        &[
            "*:*:route-table/*",
            "*:*:security-group/*",
            "*:*:subnet/*",
            "*:*:vpc-endpoint/*",
            "*:*:vpc/*",
        ],
        "CreateVpcEndpoint",
    ),
    ("ec2", &["*:*:route-table/*", "*:*:vpc/*"], "CreateRouteTable"),
    (
        "ec2",
        &["*:*:security-group-rule/*", "*:*:security-group/*"],
        "AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress ModifySecurityGroupRules",
    ),
    (
        "ec2",
        &["*:*:security-group/*"],
        "DeleteSecurityGroup RevokeSecurityGroupEgress RevokeSecurityGroupIngress",
    ),
    ("ec2", &["*:*:security-group/*", "*:*:vpc/*"], "CreateSecurityGroup"),
    ("ec2", &["*:*:subnet/*"], "DeleteSubnet ModifySubnetAttribute"),
    ("ec2", &["*:*:subnet/*", "*:*:vpc/*"], "CreateSubnet"),
    ("ec2", &["*:*:vpc-endpoint/*"], "DeleteVpcEndpoints"),
    ("ec2", &["*:*:vpc-flow-log/*"], "DeleteFlowLogs"),
    ("ec2", &["*:*:vpc/*"], "CreateVpc DeleteVpc DescribeVpcAttribute ModifyVpcAttribute"),
    ("elasticfilesystem", &[], "CreateFileSystem"),
    ("elasticfilesystem", &["*:*:access-point/*"], "DeleteAccessPoint"),
    (
        "elasticfilesystem",
        &["*:*:access-point/*", "*:*:file-system/*"],
        "DescribeAccessPoints DescribeMountTargets TagResource",
    ),
    (
        "elasticfilesystem",
        &["*:*:file-system/*"],
        "ClientMount ClientRootAccess ClientWrite CreateAccessPoint CreateMountTarget \
         DeleteFileSystem DeleteFileSystemPolicy DeleteMountTarget DescribeBackupPolicy \
         DescribeFileSystemPolicy DescribeFileSystems DescribeLifecycleConfiguration \
         DescribeMountTargetSecurityGroups ModifyMountTargetSecurityGroups PutBackupPolicy \
         PutFileSystemPolicy PutLifecycleConfiguration UpdateFileSystem",
    ),
    ("events", &[], "ListRuleNamesByTarget ListRules"),
    (
        "events",
        &["*:*:rule/*"],
        "DeleteRule DescribeRule DisableRule EnableRule ListTagsForResource ListTargetsByRule \
         PutRule PutTargets RemoveTargets TagResource",
    ),
    ("iam", &[], "ListAccountAliases"),
    (
        "iam",
        &[":*:instance-profile/**"],
        "AddRoleToInstanceProfile CreateInstanceProfile DeleteInstanceProfile GetInstanceProfile \
         RemoveRoleFromInstanceProfile TagInstanceProfile",
    ),
    (
        "iam",
        &[":*:role/**"],
        "AttachRolePolicy CreateRole CreateServiceLinkedRole DeleteRole \
         DeleteRolePermissionsBoundary DeleteRolePolicy DetachRolePolicy GetRole GetRolePolicy \
         ListAttachedRolePolicies ListRolePolicies PassRole PutRolePermissionsBoundary \
         PutRolePolicy TagRole UpdateAssumeRolePolicy",
    ),
    (
        "kms",
        &["*:*:key/*"],
        "CreateGrant Decrypt DescribeKey Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext",
    ),
    (
        "lambda",
        &["*:*:function:*"],
        "AddPermission CreateFunction DeleteFunction DeleteFunctionEventInvokeConfig GetFunction \
         GetFunctionConfiguration GetFunctionEventInvokeConfig GetPolicy InvokeFunction \
         ListAliases ListVersionsByFunction PutFunctionEventInvokeConfig RemovePermission TagResource UntagResource \
         UpdateFunctionCode UpdateFunctionConfiguration",
    ),
    (
        "logs",
        &[],
        "DeleteResourcePolicy DescribeLogGroups DescribeResourcePolicies PutResourcePolicy",
    ),
    (
        "logs",
        &["*:*:log-group:**"],
        "CreateLogGroup DeleteLogGroup DescribeLogStreams FilterLogEvents ListTagsForResource \
         PutRetentionPolicy TagResource",
    ),
    ("logs", &["*:*:log-group:**:log-stream:**"], "CreateLogStream PutLogEvents"),
    ("route53", &["::hostedzone/*"], "AssociateVPCWithHostedZone"),
    ("s3", &[], "ListAllMyBuckets"),
    (
        "s3",
        &["::*"],
        "CreateBucket DeleteBucket GetBucketLocation GetBucketNotification \
         GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPolicy \
         GetBucketPublicAccessBlock GetBucketTagging GetBucketVersioning \
         GetEncryptionConfiguration GetLifecycleConfiguration ListBucket \
         ListBucketMultipartUploads ListBucketVersions PutBucketNotification \
         PutBucketObjectLockConfiguration PutBucketOwnershipControls PutBucketPolicy \
         PutBucketPublicAccessBlock PutBucketTagging PutBucketVersioning \
         PutEncryptionConfiguration PutLifecycleConfiguration TagResource",
    ),
    (
        "s3",
        &["::*/**"],
        "AbortMultipartUpload DeleteObject DeleteObjectVersion GetObject GetObjectTagging \
         GetObjectVersion GetObjectVersionTagging ListMultipartUploadParts PutObject \
         PutObjectRetention PutObjectTagging",
    ),
    (
        "sns",
        &["*:*:*"],
        "CreateTopic DeleteTopic GetTopicAttributes ListSubscriptionsByTopic ListTagsForResource \
         Publish SetTopicAttributes Subscribe TagResource Unsubscribe",
    ),
    (
        "sqs",
        &["*:*:*"],
        "ChangeMessageVisibility CreateQueue DeleteMessage DeleteQueue GetQueueAttributes \
         GetQueueUrl ListQueueTags ReceiveMessage SendMessage SetQueueAttributes TagQueue",
    ),
    ("ssm", &["*:*:parameter/**"], "GetParameters"),
];
