//! What each function may do, statement by statement. Nothing it does not call is in here.
//!
//! `s3:ListBucket` stands wherever a missing object must answer 404 and not 403 (S3 API reference, `GetObject`).

use pipeline::function::Function;
use pipeline::names::{Names, STACK_TAG};
use pipeline::records::keys;
use serde_json::{Value, json};

/// Lambda assumes the role for functions of this account only.
pub(crate) fn lambda_trust(names: &Names) -> Value {
    policy(vec![json!({
        "Effect": "Allow",
        "Principal": { "Service": "lambda.amazonaws.com" },
        "Action": "sts:AssumeRole",
        "Condition": { "StringEquals": { "aws:SourceAccount": names.account } },
    })])
}

pub(crate) fn of_function(function: Function, names: &Names) -> Value {
    let mut statements = vec![own_logs(function, names), list(names, &names.records_bucket())];
    statements.extend(match function {
        Function::BootstrapStack => bootstrap_stack(names),
        Function::StartExecution => start_execution(names),
        Function::OnExecutionComplete => on_execution_complete(names),
        Function::VerifyVersions => verify_versions(names),
    });
    policy(statements)
}

fn start_execution(names: &Names) -> Vec<Value> {
    vec![
        allow("ReadOutputs", &["s3:GetObject"], &[record(names, keys::OUTPUTS)]),
        allow("KeepStarts", &["s3:GetObject", "s3:PutObject"], &[record(names, "starts/*")]),
        allow(
            "StartExecutions",
            &["datasync:DescribeTask", "datasync:StartTaskExecution", "datasync:ListTaskExecutions"],
            &[names.regional_arn("datasync", "task/*")],
        ),
        allow(
            "FindExecutionsBySlot",
            &["datasync:ListTagsForResource", "datasync:TagResource"],
            &[names.regional_arn("datasync", "task/*")],
        ),
    ]
}

fn on_execution_complete(names: &Names) -> Vec<Value> {
    vec![
        allow("ReadOutputs", &["s3:GetObject"], &[record(names, keys::OUTPUTS)]),
        allow("KeepRuns", &["s3:GetObject", "s3:PutObject"], &[record(names, "runs/*"), record(names, "alerts/*")]),
        describe_executions(names),
        publish_alerts(names),
    ]
}

fn verify_versions(names: &Names) -> Vec<Value> {
    let destination = names.bucket_arn(&names.destination_bucket());
    vec![
        allow(
            "ReadReports",
            &["s3:GetObject"],
            &[record(names, keys::OUTPUTS), record(names, &format!("{}*", keys::REPORTS_PREFIX))],
        ),
        allow("KeepProofs", &["s3:GetObject", "s3:PutObject"], &[record(names, "proofs/*"), record(names, "alerts/*")]),
        allow("LookAtVersions", &["s3:GetObject", "s3:GetObjectVersion"], &[format!("{destination}/*")]),
        json!({ "Sid": "TellMissingFromForbidden", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": destination }),
        describe_executions(names),
        publish_alerts(names),
    ]
}

fn bootstrap_stack(names: &Names) -> Vec<Value> {
    let destination = names.bucket_arn(&names.destination_bucket());
    let datasync_roles = names.role_arn("datasync-*");
    let log_group = names.log_group_arn(&names.task_log_group());
    let file_systems = names.regional_arn("elasticfilesystem", "file-system/*");
    vec![
        allow("ReadConfiguration", &["s3:GetObject"], &[record(names, keys::CONFIG)]),
        allow("KeepOutputs", &["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], &[record(names, keys::OUTPUTS)]),
        allow("OneApplyAtATime", &["s3:GetObject", "s3:PutObject"], &[record(names, keys::APPLY_LOCK)]),
        allow(
            "DestinationBucket",
            &[
                "s3:CreateBucket",
                "s3:DeleteBucket",
                "s3:TagResource",
                "s3:ListBucket",
                "s3:ListBucketVersions",
                "s3:ListBucketMultipartUploads",
                "s3:GetBucketTagging",
                "s3:PutBucketTagging",
                "s3:GetBucketVersioning",
                "s3:PutBucketVersioning",
                "s3:GetBucketNotification",
                "s3:PutBucketNotification",
                "s3:GetLifecycleConfiguration",
                "s3:PutLifecycleConfiguration",
                "s3:GetBucketPublicAccessBlock",
                "s3:PutBucketPublicAccessBlock",
                "s3:GetBucketOwnershipControls",
                "s3:PutBucketOwnershipControls",
                "s3:GetEncryptionConfiguration",
                "s3:PutEncryptionConfiguration",
                "s3:GetBucketPolicy",
                "s3:PutBucketPolicy",
            ],
            std::slice::from_ref(&destination),
        ),
        allow(
            "EmptyDestinationBucket",
            &["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload"],
            &[format!("{destination}/*")],
        ),
        allow(
            "DataSyncRoles",
            &[
                "iam:GetRole",
                "iam:CreateRole",
                "iam:DeleteRole",
                "iam:TagRole",
                "iam:UpdateAssumeRolePolicy",
                "iam:GetRolePolicy",
                "iam:PutRolePolicy",
                "iam:DeleteRolePolicy",
            ],
            std::slice::from_ref(&datasync_roles),
        ),
        json!({
            "Sid": "PassRolesToDataSync", "Effect": "Allow", "Action": "iam:PassRole", "Resource": datasync_roles,
            "Condition": { "StringEquals": { "iam:PassedToService": "datasync.amazonaws.com" } },
        }),
        // EFS makes its service-linked role at its first use in an account.
        json!({
            "Sid": "EfsServiceLinkedRole", "Effect": "Allow", "Action": "iam:CreateServiceLinkedRole", "Resource": "*",
            "Condition": { "StringEquals": { "iam:AWSServiceName": "elasticfilesystem.amazonaws.com" } },
        }),
        allow(
            "FileSystems",
            &[
                "elasticfilesystem:CreateFileSystem",
                "elasticfilesystem:DescribeFileSystems",
                "elasticfilesystem:DescribeMountTargets",
                "elasticfilesystem:DescribeMountTargetSecurityGroups",
            ],
            std::slice::from_ref(&file_systems),
        ),
        json!({
            "Sid": "TagNewFileSystems", "Effect": "Allow", "Action": "elasticfilesystem:TagResource",
            "Resource": file_systems,
            "Condition": { "StringEquals": { "elasticfilesystem:CreateAction": "CreateFileSystem" } },
        }),
        on_our_own(
            names,
            "OwnFileSystem",
            &[
                "elasticfilesystem:UpdateFileSystem",
                "elasticfilesystem:DeleteFileSystem",
                "elasticfilesystem:TagResource",
                "elasticfilesystem:CreateMountTarget",
                "elasticfilesystem:DeleteMountTarget",
                "elasticfilesystem:ModifyMountTargetSecurityGroups",
            ],
            &file_systems,
        ),
        // Mount targets and DataSync make network interfaces on the caller's behalf; most of these know no resources.
        allow(
            "NetworkInterfaces",
            &[
                "ec2:CreateNetworkInterface",
                "ec2:CreateNetworkInterfacePermission",
                "ec2:DeleteNetworkInterface",
                "ec2:ModifyNetworkInterfaceAttribute",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeNetworkInterfaceAttribute",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcs",
                "ec2:DescribeAvailabilityZones",
            ],
            &["*".to_owned()],
        ),
        allow(
            "TaskLogGroup",
            &[
                "logs:CreateLogGroup",
                "logs:DeleteLogGroup",
                "logs:PutRetentionPolicy",
                "logs:TagResource",
                "logs:ListTagsForResource",
            ],
            &[log_group.clone(), format!("{log_group}:*")],
        ),
        allow(
            "TaskLogPolicy",
            &[
                "logs:DescribeLogGroups",
                "logs:DescribeResourcePolicies",
                "logs:PutResourcePolicy",
                "logs:DeleteResourcePolicy",
            ],
            &["*".to_owned()],
        ),
        allow("DataSync", DATASYNC_ACTIONS, &["*".to_owned()]),
        on_our_own(
            names,
            "OwnLocationsAndTask",
            &[
                "datasync:UpdateLocationEfs",
                "datasync:UpdateLocationS3",
                "datasync:DeleteLocation",
                "datasync:UpdateTask",
                "datasync:DeleteTask",
            ],
            &names.regional_arn("datasync", "*"),
        ),
        // `CreateLocationS3` asks for the caller's right to list, not only the role's.
        allow("DataSyncNeedsOfItsCaller", &["s3:ListAllMyBuckets"], &["*".to_owned()]),
        publish_alerts(names),
    ]
}

/// What makes and reads: ids come from DataSync, so no name can narrow these. An execution that somebody else started bears
/// no tag of ours, and must be cancelled all the same before the task can go.
const DATASYNC_ACTIONS: &[&str] = &[
    "datasync:CreateLocationEfs",
    "datasync:CreateLocationS3",
    "datasync:DescribeLocationEfs",
    "datasync:DescribeLocationS3",
    "datasync:ListLocations",
    "datasync:CreateTask",
    "datasync:DescribeTask",
    "datasync:ListTasks",
    "datasync:ListTaskExecutions",
    "datasync:DescribeTaskExecution",
    "datasync:CancelTaskExecution",
    "datasync:TagResource",
    "datasync:ListTagsForResource",
];

/// What changes or deletes, on resources that bear the stack's tag only. EFS and DataSync both know `aws:ResourceTag`
/// (Service Authorization Reference).
fn on_our_own(names: &Names, sid: &str, actions: &[&str], resource: &str) -> Value {
    let tag = format!("aws:ResourceTag/{STACK_TAG}");
    json!({
        "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource,
        "Condition": { "StringEquals": { tag: names.stack } },
    })
}

fn own_logs(function: Function, names: &Names) -> Value {
    let group = names.log_group_arn(&names.function_log_group(function));
    allow("OwnLogs", &["logs:CreateLogStream", "logs:PutLogEvents"], &[format!("{group}:*")])
}

fn list(names: &Names, bucket: &str) -> Value {
    json!({ "Sid": "ListRecords", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": names.bucket_arn(bucket) })
}

fn describe_executions(names: &Names) -> Value {
    allow("DescribeExecutions", &["datasync:DescribeTaskExecution"], &[names.regional_arn("datasync", "task/*")])
}

fn publish_alerts(names: &Names) -> Value {
    allow("PublishAlerts", &["sns:Publish"], &[names.alerts_topic_arn()])
}

fn record(names: &Names, key: &str) -> String {
    format!("{}/{key}", names.bucket_arn(&names.records_bucket()))
}

fn allow(sid: &str, actions: &[&str], resources: &[String]) -> Value {
    json!({ "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources })
}

fn policy(statements: Vec<Value>) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        Names::new("backup", "111122223333", "eu-central-1")
    }

    /// `Sid: actions -> resources`, a line a statement.
    fn lines(function: Function) -> String {
        let policy = of_function(function, &names());
        let statements = policy["Statement"].as_array().unwrap();
        let line = |s: &Value| format!("{}: {} -> {}", s["Sid"].as_str().unwrap(), s["Action"], s["Resource"]);
        statements.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn start_execution_may_start_and_keep_starts() {
        insta::assert_snapshot!(lines(Function::StartExecution), @r#"
        OwnLogs: ["logs:CreateLogStream","logs:PutLogEvents"] -> ["arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/backup-start-execution:*"]
        ListRecords: "s3:ListBucket" -> "arn:aws:s3:::backup-records-111122223333-eu-central-1"
        ReadOutputs: ["s3:GetObject"] -> ["arn:aws:s3:::backup-records-111122223333-eu-central-1/state/outputs.json"]
        KeepStarts: ["s3:GetObject","s3:PutObject"] -> ["arn:aws:s3:::backup-records-111122223333-eu-central-1/starts/*"]
        StartExecutions: ["datasync:DescribeTask","datasync:StartTaskExecution","datasync:ListTaskExecutions"] -> ["arn:aws:datasync:eu-central-1:111122223333:task/*"]
        FindExecutionsBySlot: ["datasync:ListTagsForResource","datasync:TagResource"] -> ["arn:aws:datasync:eu-central-1:111122223333:task/*"]
        "#);
    }

    #[test]
    fn verify_versions_may_only_read_the_data() {
        let policy = of_function(Function::VerifyVersions, &names());
        let destination = names().bucket_arn(&names().destination_bucket());
        for statement in policy["Statement"].as_array().unwrap() {
            if statement["Resource"].to_string().contains(&destination) {
                let actions = statement["Action"].to_string();
                assert!(!actions.contains("Put") && !actions.contains("Delete"), "{statement}");
            }
        }
    }

    /// IAM counts no white space (IAM quotas, "role inline policies: 10,240 characters").
    #[test]
    fn each_policy_fits_a_role() {
        for function in Function::ALL {
            let size =
                of_function(function, &Names::new(&"a".repeat(20), "111122223333", "ap-southeast-1")).to_string().len();
            assert!(size <= 10_240, "{function}: {size}");
        }
    }

    #[test]
    fn nothing_is_changed_or_deleted_that_is_not_the_stacks_own() {
        let policy = of_function(Function::BootstrapStack, &names());
        for statement in policy["Statement"].as_array().unwrap() {
            let actions = statement["Action"].to_string();
            let destructive = ["Delete", "UpdateTask", "UpdateLocation", "UpdateFileSystem"]
                .iter()
                .any(|verb| actions.contains(verb));
            let named = statement["Resource"].to_string().contains("backup");
            let tagged = statement["Condition"].to_string().contains(STACK_TAG);
            let network = ["NetworkInterfaces", "TaskLogPolicy"].contains(&statement["Sid"].as_str().unwrap());
            assert!(!destructive || named || tagged || network, "{statement}");
        }
    }

    #[test]
    fn only_calls_without_resources_may_use_a_wildcard_resource() {
        for function in Function::ALL {
            let policy = of_function(function, &names());
            for statement in policy["Statement"].as_array().unwrap() {
                let any = statement["Resource"] == json!("*") || statement["Resource"] == json!(["*"]);
                let known = [
                    "NetworkInterfaces",
                    "TaskLogPolicy",
                    "DataSync",
                    "DataSyncNeedsOfItsCaller",
                    "EfsServiceLinkedRole",
                ];
                assert!(!any || known.contains(&statement["Sid"].as_str().unwrap()), "{function}: {statement}");
            }
        }
    }
}
