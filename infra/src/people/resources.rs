//! The resources that an action is granted on: ours by name where we choose it, by type where AWS
//! chooses ids.

use domain::config::{StackConfig, TaskMode};
use domain::names::Names;

/// Reads that have no resource type, or none that a name of ours could narrow.
const OF_EVERYTHING: &[&str] = &[
    "cloudwatch:DescribeAlarms",
    "datasync:ListLocations",
    "datasync:ListTaskExecutions",
    "datasync:ListTasks",
    "ec2:Describe",
    "elasticfilesystem:Describe",
    "logs:Describe",
];

/// The resources of an action on a bucket: the bucket, or what lies in it.
pub(super) fn of_bucket(action: &str, bucket: &str, names: &Names) -> String {
    let bucket = names.bucket_arn(bucket);
    let object = action.contains("Object") && !action.contains("Bucket")
        || action == "s3:AbortMultipartUpload";
    if object { format!("{bucket}/*") } else { bucket }
}

/// The resources of an action on the stack.
pub(super) fn of(action: &str, config: &StackConfig, names: &Names) -> Vec<String> {
    if OF_EVERYTHING.iter().any(|reads| action.starts_with(reads)) {
        return vec!["*".to_owned()];
    }
    let (service, name) = action.split_once(':').unwrap_or((action, ""));
    match service {
        "cloudwatch" => vec![if name.contains("Dashboard") {
            format!(
                "arn:{}:cloudwatch::{}:dashboard/{}",
                names.partition(),
                names.account,
                names.within_stack("*")
            )
        } else {
            names.alarms_arn()
        }],
        "datasync" => {
            datasync(name).iter().map(|resource| names.regional_arn("datasync", resource)).collect()
        }
        "events" => vec![names.rule_arn("*")],
        "iam" if name.contains("InstanceProfile") => {
            vec![format!(
                "arn:{}:iam::{}:instance-profile/{}",
                names.partition(),
                names.account,
                names.role_name("*")
            )]
        }
        "iam" => vec![names.role_arn("*")],
        "lambda" => {
            vec![names.regional_arn("lambda", &format!("function:{}", names.within_stack("*")))]
        }
        "logs" => log_groups(config, names),
        "s3" => vec![of_bucket(action, &names.records_bucket(), names)],
        "sns" => vec![names.alerts_topic_arn()],
        "sqs" => vec![names.dead_letter_queue_arn()],
        _ => vec!["*".to_owned()],
    }
}

/// DataSync chooses the ids.
fn datasync(action: &str) -> &'static [&'static str] {
    match action {
        "CancelTaskExecution" | "DescribeTaskExecution" => &["task/*/execution/*"],
        "ListTagsForResource" => &["location/*", "task/*"],
        _ if action.contains("Location") => &["location/*"],
        _ => &["task/*"],
    }
}

/// Those of the functions, of the data plane, and the one that DataSync makes itself in Enhanced
/// mode.
fn log_groups(config: &StackConfig, names: &Names) -> Vec<String> {
    let enhanced =
        matches!(config.task.mode, TaskMode::Enhanced).then(|| "/aws/datasync".to_owned());
    let ours =
        [format!("/aws/lambda/{}", names.within_stack("*")), format!("/efs-s3/{}/*", names.stack)];
    ours.into_iter().chain(enhanced).map(|group| names.log_group_arn(&group)).collect()
}
