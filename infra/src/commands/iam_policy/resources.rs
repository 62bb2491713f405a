//! The resources that an action is granted on: by name where the stack chooses the name, by type
//! where AWS chooses an id.

use domain::config::{StackConfig, TaskMode};
use domain::names::Names;

/// Read actions without a resource type, or with one that a name of the stack cannot narrow.
const OF_EVERYTHING: &[&str] = &[
    "cloudwatch:DescribeAlarms",
    "datasync:ListLocations",
    "datasync:ListTaskExecutions",
    "datasync:ListTasks",
    "ec2:Describe",
    "elasticfilesystem:Describe",
    "events:ListRuleNamesByTarget",
    "events:ListRules",
    "iam:ListAccountAliases",
    "logs:Describe",
];

/// Returns the resource of an action on the bucket with this ARN: the bucket or its objects.
pub(super) fn bucket_resource(action: &str, bucket: String) -> String {
    let object = action.contains("Object") && !action.contains("Bucket")
        || action == "s3:AbortMultipartUpload";
    if object { format!("{bucket}/*") } else { bucket }
}

/// Returns the resources of an action on the stack.
pub(super) fn resources_of_action(
    action: &str,
    config: &StackConfig,
    names: &Names,
) -> Vec<String> {
    if OF_EVERYTHING.iter().any(|reads| action.starts_with(reads)) {
        return vec!["*".to_owned()];
    }
    let (service, name) = action.split_once(':').unwrap_or((action, ""));
    match service {
        "cloudwatch" if name.contains("Dashboard") => vec![dashboard_arn(names)],
        "cloudwatch" => vec![names.alarms_arn()],
        "datasync" => datasync_resources(name)
            .iter()
            .map(|resource| names.regional_arn("datasync", resource))
            .collect(),
        "events" => vec![names.rule_arn("*")],
        "iam" if name.contains("InstanceProfile") => vec![instance_profile_arn(names)],
        "iam" => vec![names.role_arn("*")],
        "lambda" => {
            vec![names.regional_arn("lambda", &format!("function:{}", names.within_stack("*")))]
        }
        "logs" => log_groups(config, names),
        "s3" => vec![bucket_resource(action, names.bucket_arn(&names.records_bucket()))],
        "sns" => vec![names.alerts_topic_arn()],
        "sqs" => vec![names.dead_letter_queue_arn()],
        _ => vec!["*".to_owned()],
    }
}

fn dashboard_arn(names: &Names) -> String {
    let (partition, account) = (names.partition(), &names.account);
    format!("arn:{partition}:cloudwatch::{account}:dashboard/{}", names.within_stack("*"))
}

fn instance_profile_arn(names: &Names) -> String {
    let (partition, account) = (names.partition(), &names.account);
    format!("arn:{partition}:iam::{account}:instance-profile/{}", names.role_name("*"))
}

/// Returns resource patterns without ids, because DataSync chooses them.
fn datasync_resources(action: &str) -> &'static [&'static str] {
    match action {
        "CancelTaskExecution" | "DescribeTaskExecution" => &["task/*/execution/*"],
        "ListTagsForResource" => &["location/*", "task/*"],
        _ if action.contains("Location") => &["location/*"],
        _ => &["task/*"],
    }
}

/// Returns the log groups of the functions and of the data plane, and the one that DataSync creates
/// in Enhanced mode.
fn log_groups(config: &StackConfig, names: &Names) -> Vec<String> {
    let syncs = config.resolve_syncs();
    let enhanced = syncs.iter().any(|sync| sync.config.task.mode == TaskMode::Enhanced);
    let enhanced = enhanced.then(|| "/aws/datasync".to_owned());
    let ours =
        [format!("/aws/lambda/{}", names.within_stack("*")), format!("/efs-s3/{}/*", names.stack)];
    ours.into_iter().chain(enhanced).map(|group| names.log_group_arn(&group)).collect()
}
