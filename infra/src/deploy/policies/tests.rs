pub(crate) mod many_syncs;

use domain::config::{TemplateValues, parse, render_template};
use domain::names::STACK_TAG;
use reconciler::resources::iam::role::INLINE_LIMIT;

use super::*;
use crate::deploy::deployed_syncs::DeployedSyncs;

fn names() -> Names {
    Names::new("backup", "111122223333", "eu-central-1")
}

fn config() -> StackConfig {
    parse(&render_template(&TemplateValues { stack_name: "backup", region: "eu-central-1" }))
        .unwrap()
}

fn policy_of(function: FunctionName) -> Value {
    function_policy(function, &config(), &names(), &DeployedSyncs::default())
}

/// `Sid: actions -> resources`, one line per statement.
fn lines(function: FunctionName) -> String {
    let policy = policy_of(function);
    let statements = policy["Statement"].as_array().unwrap();
    let line =
        |s: &Value| format!("{}: {} -> {}", s["Sid"].as_str().unwrap(), s["Action"], s["Resource"]);
    statements.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn start_execution_may_start_and_keep_starts() {
    insta::assert_snapshot!(lines(FunctionName::StartExecution), @r#"
    OwnLogs: ["logs:CreateLogStream","logs:PutLogEvents"] -> ["arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/backup-start-execution:*"]
    ListRecords: "s3:ListBucket" -> "arn:aws:s3:::backup-records-111122223333-eu-central-1"
    DeadLetters: ["sqs:SendMessage"] -> ["arn:aws:sqs:eu-central-1:111122223333:backup-dead-letters"]
    ReadRecords: ["s3:GetObject"] -> ["arn:aws:s3:::backup-records-111122223333-eu-central-1/config/stack.json","arn:aws:s3:::backup-records-111122223333-eu-central-1/state/outputs.json","arn:aws:s3:::backup-records-111122223333-eu-central-1/runs/*"]
    KeepStarts: ["s3:GetObject","s3:PutObject"] -> ["arn:aws:s3:::backup-records-111122223333-eu-central-1/starts/*","arn:aws:s3:::backup-records-111122223333-eu-central-1/alerts/*","arn:aws:s3:::backup-records-111122223333-eu-central-1/episodes/*","arn:aws:s3:::backup-records-111122223333-eu-central-1/ticks/*"]
    StartExecutions: ["datasync:DescribeTask","datasync:StartTaskExecution"] -> ["arn:aws:datasync:eu-central-1:111122223333:task/*"]
    FindExecutions: ["datasync:ListTaskExecutions","datasync:ListTasks"] -> ["*"]
    FindExecutionsBySlot: ["datasync:ListTagsForResource","datasync:TagResource"] -> ["arn:aws:datasync:eu-central-1:111122223333:task/*/execution/*"]
    CancelStuckExecutions: ["datasync:CancelTaskExecution"] -> ["arn:aws:datasync:eu-central-1:111122223333:task/*/execution/*"]
    PassRoleOfManifests: "iam:PassRole" -> "arn:aws:iam::111122223333:role/backup-datasync-report-eu-central-1"
    DescribeExecutions: ["datasync:DescribeTaskExecution"] -> ["arn:aws:datasync:eu-central-1:111122223333:task/*/execution/*"]
    PublishAlerts: ["sns:Publish"] -> ["arn:aws:sns:eu-central-1:111122223333:backup-alerts"]
    HandOn: ["lambda:InvokeFunction"] -> ["arn:aws:lambda:eu-central-1:111122223333:function:backup-on-execution-complete","arn:aws:lambda:eu-central-1:111122223333:function:backup-verify-versions"]
    "#);
}

#[test]
fn verify_versions_may_only_read_the_data_and_invoke_itself() {
    let policy = policy_of(FunctionName::VerifyVersions);
    let statements = policy["Statement"].as_array().unwrap();
    let invoked: Vec<_> =
        statements.iter().filter(|s| s["Action"].to_string().contains("lambda:")).collect();
    let own = json!([names().function_arn(FunctionName::VerifyVersions)]);
    assert!(matches!(invoked[..], [one] if one["Resource"] == own), "{invoked:?}");
    let destination = names().bucket_arn(&names().destination_bucket());
    for statement in policy["Statement"].as_array().unwrap() {
        if statement["Resource"].to_string().contains(&destination) {
            let actions = statement["Action"].to_string();
            assert!(!actions.contains("Put") && !actions.contains("Delete"), "{statement}");
        }
    }
}

#[test]
fn a_bucket_that_the_configuration_brings_is_read_and_what_is_encrypted_is_not() {
    let mut config = config();
    config.destination.bucket = Some("theirs".into());
    config.destination.kms_key_arn = Some("arn:aws:kms:eu-central-1:111122223333:key/1".into());
    let policy =
        function_policy(FunctionName::VerifyVersions, &config, &names(), &DeployedSyncs::default())
            .to_string();
    assert!(policy.contains("arn:aws:s3:::theirs/*"), "{policy}");
    // Without the key, encrypted objects can be listed but not read.
    assert!(!policy.contains("kms:"), "{policy}");
    assert!(!policy.contains(&names().destination_bucket()), "{policy}");
}

/// IAM counts no white space, and all inline policies of a role together (IAM User Guide, "IAM
/// and AWS STS quotas").
#[test]
fn each_policy_fits_a_role() {
    let names = Names::new(&"a".repeat(20), "111122223333", "ap-southeast-1");
    use super::bootstrap_stack::tests::{
        largest_config, with_keys, with_own_bucket, with_private_network,
    };

    for config in [largest_config(), with_keys(), with_own_bucket(), with_private_network()] {
        for function in FunctionName::ALL {
            let size = function_policy(function, &config, &names, &DeployedSyncs::default())
                .to_string()
                .len();
            assert!(size <= INLINE_LIMIT, "{function}: {size}");
        }
    }
}

/// Statements of resources without a name or a tag of ours. Rules of the locked default group are
/// only revoked, and network interfaces are changed by DataSync and EFS. Rules have no tag; their
/// group has.
const KNOWN: [&str; 5] =
    ["NetworkInterfaces", "TaskLogPolicy", "LockDefaultGroup", "RulesOfOwnGroups", "EndExecutions"];

#[test]
fn nothing_is_changed_or_deleted_that_is_not_the_stacks_own() {
    let policy = policy_of(FunctionName::BootstrapStack);
    for statement in policy["Statement"].as_array().unwrap() {
        let actions = statement["Action"].to_string();
        let destructive =
            ["Delete", "Modify", "Update", "Revoke", "Terminate", "Stop", "Release", "Detach"];
        let destructive = destructive.iter().any(|verb| actions.contains(verb));
        let named = statement["Resource"].to_string().contains("backup");
        let tagged = statement["Condition"].to_string().contains(STACK_TAG);
        assert!(
            !destructive || named || tagged || KNOWN.contains(&statement["Sid"].as_str().unwrap()),
            "{statement}"
        );
    }
}
