use super::*;
use crate::commands::iam_policy::split::{LIMIT, split_into_policies};
use crate::deploy::policies::bootstrap_stack::tests::{largest_config, smallest_config};
use crate::deploy::policies::resource_types;
use crate::deploy::policies::tests::many_syncs::config_everywhere;

const DUTIES: [&[Duty]; 4] =
    [&[Duty::ReadOnly], &[Duty::Operate], &[Duty::Deploy], &[Duty::Operate, Duty::Deploy]];

fn names() -> Names {
    Names::new("backup", "111122223333", "eu-central-1")
}

fn granted_actions(duties: &[Duty]) -> BTreeSet<String> {
    let statements = statements_for_duties(duties, &smallest_config(), &names());
    let actions = statements
        .iter()
        .map(|statement| serde_json::from_value(statement["Action"].clone()).unwrap());
    actions.flat_map(|actions: Vec<String>| actions).collect()
}

/// `actions -> resources, condition`, a line a statement.
fn statement_lines(duties: &[Duty]) -> String {
    let short = |value: &Value| {
        let texts: Vec<String> = serde_json::from_value(value.clone()).unwrap();
        texts.join(" ").replace("eu-central-1:111122223333", "…")
    };
    let statements = statements_for_duties(duties, &smallest_config(), &names());
    let lines = statements.iter().map(|statement| {
        let condition =
            statement.get("Condition").map(|condition| format!(" {condition}")).unwrap_or_default();
        format!("{} -> {}{condition}", short(&statement["Action"]), short(&statement["Resource"]))
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_action_takes_the_resources_it_is_granted_on() {
    for config in [smallest_config(), largest_config()] {
        for duties in DUTIES {
            let policy = json!({ "Statement": statements_for_duties(duties, &config, &names()) });
            assert_eq!(resource_types::policy_errors(&policy), Vec::<String>::new(), "{duties:?}");
        }
    }
}

#[test]
fn whoever_only_reads_changes_nothing() {
    let reads = ["Describe", "Filter", "Get", "List", "Receive", "Change"];
    for action in granted_actions(&[Duty::ReadOnly]) {
        let (_, name) = action.split_once(':').unwrap();
        // `failures` makes visible again what it has received.
        assert!(reads.iter().any(|verb| name.starts_with(verb)), "{action}");
    }
    assert!(granted_actions(&[Duty::Operate]).is_superset(&granted_actions(&[Duty::ReadOnly])));
}

#[test]
fn each_policy_fits_and_nothing_is_lost() {
    let longest = Names::new(&"a".repeat(20), "111122223333", "ap-southeast-1");
    for duties in DUTIES {
        let all = statements_for_duties(duties, &largest_config(), &longest);
        let policies = split_into_policies(all.clone(), "name", LIMIT);
        assert!(policies.iter().all(|policy| policy.policy.to_string().len() <= LIMIT));
        let kept: usize = policies
            .iter()
            .map(|policy| policy.policy["Statement"].as_array().unwrap().len())
            .sum();
        assert_eq!(kept, all.len());
    }
}

#[test]
fn with_a_boundary_a_person_makes_no_role_without_it() {
    let all = statements_for_duties(&[Duty::Deploy], &largest_config(), &names());
    for statement in &all {
        let granted = statement["Action"].to_string();
        assert!(!granted.contains("DeleteRolePermissionsBoundary"), "{statement}");
        if BOUNDED.iter().any(|action| granted.contains(action)) {
            assert!(
                statement["Condition"].to_string().contains("iam:PermissionsBoundary"),
                "{statement}"
            );
        }
    }
}

#[test]
fn the_policy_of_a_reader() {
    insta::assert_snapshot!(statement_lines(&[Duty::ReadOnly]), @"
    cloudwatch:DescribeAlarms -> *
    cloudwatch:GetDashboard -> arn:aws:cloudwatch::111122223333:dashboard/backup-*
    cloudwatch:ListTagsForResource -> arn:aws:cloudwatch:…:alarm:backup-*
    datasync:ListLocations datasync:ListTaskExecutions datasync:ListTasks -> *
    datasync:DescribeLocationEfs datasync:DescribeLocationS3 -> arn:aws:datasync:*:111122223333:location/*
    datasync:ListTagsForResource -> arn:aws:datasync:*:111122223333:location/* arn:aws:datasync:…:task/*
    datasync:DescribeTask -> arn:aws:datasync:…:task/*
    datasync:DescribeTaskExecution -> arn:aws:datasync:…:task/*/execution/*
    ec2:DescribeAddresses ec2:DescribeAvailabilityZones ec2:DescribeFlowLogs ec2:DescribeIamInstanceProfileAssociations ec2:DescribeInstanceTypeOfferings ec2:DescribeInstances ec2:DescribeInternetGateways ec2:DescribeNatGateways ec2:DescribeNetworkInterfaceAttribute ec2:DescribeNetworkInterfaces ec2:DescribeRouteTables ec2:DescribeSecurityGroupRules ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVpcAttribute ec2:DescribeVpcEndpointServices ec2:DescribeVpcEndpoints ec2:DescribeVpcs -> *
    elasticfilesystem:DescribeAccessPoints elasticfilesystem:DescribeBackupPolicy elasticfilesystem:DescribeFileSystemPolicy elasticfilesystem:DescribeFileSystems elasticfilesystem:DescribeLifecycleConfiguration elasticfilesystem:DescribeMountTargetSecurityGroups elasticfilesystem:DescribeMountTargets -> *
    events:ListRuleNamesByTarget events:ListRules -> *
    events:DescribeRule events:ListTagsForResource events:ListTargetsByRule -> arn:aws:events:…:rule/backup-*
    iam:ListAccountAliases -> *
    iam:GetInstanceProfile -> arn:aws:iam::111122223333:instance-profile/backup-*-eu-central-1
    iam:GetRole iam:GetRolePolicy iam:ListAttachedRolePolicies iam:ListRolePolicies -> arn:aws:iam::111122223333:role/backup-*-eu-central-1
    lambda:GetFunction lambda:GetFunctionConfiguration lambda:GetFunctionEventInvokeConfig lambda:GetPolicy lambda:ListAliases lambda:ListVersionsByFunction -> arn:aws:lambda:…:function:backup-*
    logs:DescribeLogGroups logs:DescribeResourcePolicies -> *
    logs:FilterLogEvents logs:ListTagsForResource -> arn:aws:logs:…:log-group:/aws/lambda/backup-* arn:aws:logs:…:log-group:/efs-s3/backup/*
    s3:GetBucketNotification s3:GetBucketObjectLockConfiguration s3:GetBucketOwnershipControls s3:GetBucketPolicy s3:GetBucketPublicAccessBlock s3:GetBucketTagging s3:GetBucketVersioning s3:GetEncryptionConfiguration s3:GetLifecycleConfiguration s3:ListBucket s3:ListBucketMultipartUploads s3:ListBucketVersions -> arn:aws:s3:::backup-data-111122223333-* arn:aws:s3:::backup-records-111122223333-eu-central-1
    s3:ListBucket s3:ListBucketVersions -> arn:aws:s3:::backup-data-111122223333-eu-central-1
    s3:GetObject s3:GetObjectVersion -> arn:aws:s3:::backup-data-111122223333-eu-central-1/*
    s3:ListBucket -> arn:aws:s3:::backup-records-111122223333-eu-central-1
    s3:GetObject -> arn:aws:s3:::backup-records-111122223333-eu-central-1/*
    sns:GetTopicAttributes sns:ListSubscriptionsByTopic sns:ListTagsForResource -> arn:aws:sns:…:backup-alerts
    sqs:ChangeMessageVisibility sqs:GetQueueAttributes sqs:GetQueueUrl sqs:ListQueueTags sqs:ReceiveMessage -> arn:aws:sqs:…:backup-dead-letters
    ");
}

#[test]
fn what_an_operator_may_beyond_a_reader() {
    let reader = statement_lines(&[Duty::ReadOnly]);
    let beyond: Vec<_> = statement_lines(&[Duty::Operate])
        .lines()
        .filter(|line| !reader.contains(line))
        .map(str::to_owned)
        .collect();
    insta::assert_snapshot!(beyond.join("\n"), @r#"
    datasync:StartTaskExecution -> arn:aws:datasync:…:task/* {"StringEquals":{"aws:ResourceTag/efs-s3:stack":"backup"}}
    datasync:CancelTaskExecution datasync:DescribeTaskExecution -> arn:aws:datasync:…:task/*/execution/*
    events:DescribeRule events:DisableRule events:EnableRule events:ListTagsForResource events:ListTargetsByRule -> arn:aws:events:…:rule/backup-*
    iam:PassRole -> arn:aws:iam::111122223333:role/backup-datasync-restore-eu-central-1 {"StringEquals":{"iam:PassedToService":"datasync.amazonaws.com"}}
    lambda:GetFunction lambda:GetFunctionConfiguration lambda:GetFunctionEventInvokeConfig lambda:GetPolicy lambda:InvokeFunction lambda:ListAliases lambda:ListVersionsByFunction -> arn:aws:lambda:…:function:backup-*
    s3:DeleteObject s3:GetObject s3:PutObject -> arn:aws:s3:::backup-records-111122223333-eu-central-1/*
    sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:GetQueueUrl sqs:ListQueueTags sqs:ReceiveMessage -> arn:aws:sqs:…:backup-dead-letters
    "#);
}

#[test]
fn what_a_deployer_may_beyond_a_reader() {
    let reader = statement_lines(&[Duty::ReadOnly]);
    let deployer = statement_lines(&[Duty::Deploy]);
    let beyond: Vec<_> = deployer.lines().filter(|line| !reader.contains(line)).collect();
    insta::assert_snapshot!(beyond.join("\n"), @r#"
    cloudwatch:DeleteDashboards cloudwatch:GetDashboard cloudwatch:PutDashboard -> arn:aws:cloudwatch::111122223333:dashboard/backup-*
    cloudwatch:DeleteAlarms cloudwatch:ListTagsForResource cloudwatch:PutMetricAlarm cloudwatch:TagResource -> arn:aws:cloudwatch:…:alarm:backup-*
    events:DeleteRule events:DescribeRule events:ListTagsForResource events:ListTargetsByRule events:PutRule events:PutTargets events:RemoveTargets events:TagResource -> arn:aws:events:…:rule/backup-*
    iam:CreateRole iam:DeleteRole iam:DeleteRolePermissionsBoundary iam:DeleteRolePolicy iam:DetachRolePolicy iam:GetRole iam:GetRolePolicy iam:ListAttachedRolePolicies iam:ListRolePolicies iam:PutRolePolicy iam:TagRole iam:UpdateAssumeRolePolicy -> arn:aws:iam::111122223333:role/backup-*-eu-central-1
    iam:PassRole -> arn:aws:iam::111122223333:role/backup-*-eu-central-1 {"StringEquals":{"iam:PassedToService":"lambda.amazonaws.com"}}
    lambda:AddPermission lambda:CreateFunction lambda:DeleteFunction lambda:DeleteFunctionEventInvokeConfig lambda:GetFunction lambda:GetFunctionConfiguration lambda:GetFunctionEventInvokeConfig lambda:GetPolicy lambda:InvokeFunction lambda:ListAliases lambda:ListVersionsByFunction lambda:PutFunctionEventInvokeConfig lambda:RemovePermission lambda:TagResource lambda:UntagResource lambda:UpdateFunctionCode lambda:UpdateFunctionConfiguration -> arn:aws:lambda:…:function:backup-*
    logs:CreateLogGroup logs:DeleteLogGroup logs:ListTagsForResource logs:PutRetentionPolicy logs:TagResource -> arn:aws:logs:…:log-group:/aws/lambda/backup-* arn:aws:logs:…:log-group:/efs-s3/backup/*
    s3:CreateBucket s3:DeleteBucket s3:ListBucket s3:PutBucketNotification s3:PutBucketObjectLockConfiguration s3:PutBucketOwnershipControls s3:PutBucketPolicy s3:PutBucketPublicAccessBlock s3:PutBucketTagging s3:PutBucketVersioning s3:PutEncryptionConfiguration s3:PutLifecycleConfiguration s3:TagResource -> arn:aws:s3:::backup-records-111122223333-eu-central-1
    s3:AbortMultipartUpload s3:DeleteObject s3:DeleteObjectVersion s3:GetObject s3:PutObject -> arn:aws:s3:::backup-records-111122223333-eu-central-1/*
    sns:CreateTopic sns:DeleteTopic sns:GetTopicAttributes sns:ListSubscriptionsByTopic sns:ListTagsForResource sns:SetTopicAttributes sns:Subscribe sns:TagResource sns:Unsubscribe -> arn:aws:sns:…:backup-alerts
    sqs:CreateQueue sqs:DeleteQueue sqs:GetQueueAttributes sqs:GetQueueUrl sqs:ListQueueTags sqs:SetQueueAttributes sqs:TagQueue -> arn:aws:sqs:…:backup-dead-letters
    "#);
}

#[test]
fn who_has_all_duties_has_what_each_has() {
    let everything = granted_actions(&[Duty::Operate, Duty::Deploy]);
    insta::assert_snapshot!(everything.len(), @"144");
    assert!(everything.is_superset(&granted_actions(&[Duty::Deploy])));
}

/// Returns the lines about destinations: buckets, locations, keys and roles that are passed.
fn destination_lines(duties: &[Duty], config: &StackConfig) -> String {
    let statements = statements_for_duties(duties, config, &names());
    let about = |statement: &&Value| {
        let text = statement.to_string();
        ["vault", "location/*", "kms:", "iam:PassRole"].iter().any(|word| text.contains(word))
    };
    let lines = statements.iter().filter(about).map(|statement| {
        let actions = &statement["Action"];
        let first = actions[0].as_str().unwrap();
        let resources: Vec<String> = serde_json::from_value(statement["Resource"].clone()).unwrap();
        format!("{first}, {}: {}", actions.as_array().unwrap().len(), resources.join(" "))
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn people_reach_the_destinations_of_all_syncs() {
    let mut config = config_everywhere();
    let key = "arn:aws:kms:us-east-1:999900001111:key/1";
    config.syncs[3].destination.kms_key_arn = Some(key.to_owned());
    insta::assert_snapshot!(destination_lines(&[Duty::Operate], &config), @r"
    datasync:DescribeLocationEfs, 2: arn:aws:datasync:*:111122223333:location/*
    datasync:ListTagsForResource, 1: arn:aws:datasync:*:111122223333:location/* arn:aws:datasync:eu-central-1:111122223333:task/*
    iam:PassRole, 1: arn:aws:iam::111122223333:role/backup-datasync-restore-eu-central-1
    iam:PassRole, 1: arn:aws:iam::111122223333:role/backup-restore.*-eu-central-1
    kms:Decrypt, 1: arn:aws:kms:us-east-1:999900001111:key/1
    s3:GetBucketNotification, 12: arn:aws:s3:::archive arn:aws:s3:::backup-data-111122223333-* arn:aws:s3:::backup-records-111122223333-eu-central-1 arn:aws:s3:::vault
    s3:ListBucket, 2: arn:aws:s3:::archive arn:aws:s3:::backup-data-111122223333-eu-central-1 arn:aws:s3:::backup-data-111122223333-eu-west-1 arn:aws:s3:::vault
    s3:GetObject, 2: arn:aws:s3:::archive/* arn:aws:s3:::backup-data-111122223333-eu-central-1/* arn:aws:s3:::backup-data-111122223333-eu-west-1/* arn:aws:s3:::vault/*
    ");
    let policy = json!({ "Statement": statements_for_duties(&[Duty::Operate], &config, &names()) });
    assert_eq!(resource_types::policy_errors(&policy), Vec::<String>::new());
}
