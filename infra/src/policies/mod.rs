//! What each function may do, statement by statement. Nothing it does not call is in here.
//!
//! `s3:ListBucket` stands wherever a missing object must answer 404 and not 403 (S3 API reference,
//! `GetObject`).

pub(crate) mod bootstrap_stack;
#[cfg(test)]
mod escalation_tests;
#[cfg(test)]
mod evaluator;
#[cfg(test)]
pub(crate) mod resource_types;

use domain::config::StackConfig;
use domain::function::FunctionName;
use domain::names::{Names, STACK_TAG};
use domain::records::keys;
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

pub(crate) fn of_function(function: FunctionName, config: &StackConfig, names: &Names) -> Value {
    let mut statements =
        vec![own_logs(function, names), list(names, &names.records_bucket()), dead_letters(names)];
    statements.extend(match function {
        FunctionName::BootstrapStack => bootstrap_stack::statements(config, names),
        FunctionName::StartExecution => start_execution(names),
        FunctionName::OnExecutionComplete => on_execution_complete(names),
        FunctionName::VerifyVersions => verify_versions(config, names),
    });
    statements.extend(encrypt_alerts(config, names));
    policy(statements)
}

fn start_execution(names: &Names) -> Vec<Value> {
    let kept = ["starts/*", "alerts/*", "episodes/*", "ticks/*"].map(|key| record(names, key));
    vec![
        allow(
            "ReadRecords",
            &["s3:GetObject"],
            &[keys::CONFIG, keys::OUTPUTS, "runs/*"].map(|key| record(names, key)),
        ),
        allow("KeepStarts", &["s3:GetObject", "s3:PutObject"], &kept),
        start_own_task(names),
        // The list has no resource type (Service Authorization Reference): it can't be limited to a
        // task.
        allow("FindExecutions", &["datasync:ListTaskExecutions"], &["*".to_owned()]),
        allow(
            "FindExecutionsBySlot",
            &["datasync:ListTagsForResource", "datasync:TagResource"],
            &[executions(names)],
        ),
        allow("CancelStuckExecutions", &["datasync:CancelTaskExecution"], &[executions(names)]),
        // DataSync reads a manifest with a role that the caller passes (DataSync API reference,
        // `ManifestConfig`).
        json!({
            "Sid": "PassRoleOfManifests", "Effect": "Allow", "Action": "iam:PassRole",
            "Resource": names.role_arn("datasync-report"),
            "Condition": { "StringEquals": { "iam:PassedToService": "datasync.amazonaws.com" } },
        }),
        describe_executions(names),
        publish_alerts(names),
        invoke(&[FunctionName::OnExecutionComplete, FunctionName::VerifyVersions], names),
    ]
}

fn on_execution_complete(names: &Names) -> Vec<Value> {
    let kept = ["runs/*", "alerts/*", keys::LAST_RUN].map(|key| record(names, key));
    vec![
        allow(
            "ReadRecords",
            &["s3:GetObject"],
            &[keys::CONFIG, keys::OUTPUTS, "reports/*"].map(|key| record(names, key)),
        ),
        allow("KeepRuns", &["s3:GetObject", "s3:PutObject"], &kept),
        allow("WhyItStarted", &["datasync:ListTagsForResource"], &[executions(names)]),
        describe_executions(names),
        publish_alerts(names),
        invoke(&[FunctionName::StartExecution], names),
    ]
}

fn verify_versions(config: &StackConfig, names: &Names) -> Vec<Value> {
    let destination = names.bucket_arn(&config.destination_bucket(names));
    let mut statements = vec![
        allow(
            "ReadReports",
            &["s3:GetObject"],
            &[
                record(names, keys::CONFIG),
                record(names, keys::OUTPUTS),
                record(names, &format!("{}*", keys::REPORTS_PREFIX)),
            ],
        ),
        allow(
            "KeepProofs",
            &["s3:GetObject", "s3:PutObject"],
            &["proofs/*", "audits/*", "alerts/*", &format!("{}*", keys::SCRATCH_PREFIX)]
                .map(|key| record(names, key)),
        ),
        invoke(&[FunctionName::VerifyVersions], names),
        allow(
            "LookAtVersions",
            &["s3:GetObject", "s3:GetObjectVersion"],
            &[format!("{destination}/*")],
        ),
        json!({ "Sid": "TellMissingFromForbidden", "Effect": "Allow", "Action": ["s3:ListBucket", "s3:ListBucketVersions"], "Resource": destination }),
        describe_executions(names),
        publish_alerts(names),
    ];
    if config.proof.object_lock_days.is_some() {
        statements.push(allow(
            "LockProofs",
            &["s3:PutObjectRetention"],
            &[record(names, "proofs/*")],
        ));
    }
    statements
}

/// The key is used by this service on our behalf, and for nothing else.
fn via(service: &str, names: &Names) -> Value {
    let service = format!("{service}.{}.{}", names.region, names.dns_suffix());
    json!({ "StringEquals": { "kms:ViaService": service } })
}

fn own_logs(function: FunctionName, names: &Names) -> Value {
    let group = names.log_group_arn(&names.function_log_group(function));
    allow("OwnLogs", &["logs:CreateLogStream", "logs:PutLogEvents"], &[format!("{group}:*")])
}

/// Lambda sends with the function's role what the function could not work off.
fn dead_letters(names: &Names) -> Value {
    allow("DeadLetters", &["sqs:SendMessage"], &[names.dead_letter_queue_arn()])
}

fn list(names: &Names, bucket: &str) -> Value {
    json!({ "Sid": "ListRecords", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": names.bucket_arn(bucket) })
}

fn describe_executions(names: &Names) -> Value {
    allow("DescribeExecutions", &["datasync:DescribeTaskExecution"], &[executions(names)])
}

/// Tasks that bear the stack's tag, and no other of the account.
fn start_own_task(names: &Names) -> Value {
    let actions = ["datasync:DescribeTask", "datasync:StartTaskExecution"];
    let mut start = allow("StartExecutions", &actions, &[names.regional_arn("datasync", "task/*")]);
    start["Condition"] =
        json!({ "StringEquals": { format!("aws:ResourceTag/{STACK_TAG}"): names.stack } });
    start
}

/// Executions alone: whoever could tag a task could make another's pass for ours.
fn executions(names: &Names) -> String {
    names.regional_arn("datasync", "task/*/execution/*")
}

fn publish_alerts(names: &Names) -> Value {
    allow("PublishAlerts", &["sns:Publish"], &[names.alerts_topic_arn()])
}

/// Source: SNS Developer Guide, "Key management": who publishes to an encrypted topic needs both.
fn encrypt_alerts(config: &StackConfig, names: &Names) -> Option<Value> {
    let key = config.alerts.kms_key_arn.as_ref()?;
    let mut encrypt =
        allow("EncryptAlerts", &["kms:GenerateDataKey", "kms:Decrypt"], std::slice::from_ref(key));
    encrypt["Condition"] = via("sns", names);
    Some(encrypt)
}

fn invoke(functions: &[FunctionName], names: &Names) -> Value {
    let functions: Vec<_> =
        functions.iter().map(|function| names.function_arn(*function)).collect();
    allow("HandOn", &["lambda:InvokeFunction"], &functions)
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
    use domain::config::{TemplateValues, parse, render_template};
    use domain::names::STACK_TAG;

    use super::*;

    fn names() -> Names {
        Names::new("backup", "111122223333", "eu-central-1")
    }

    fn config() -> StackConfig {
        parse(&render_template(&TemplateValues { stack_name: "backup", region: "eu-central-1" }))
            .unwrap()
    }

    fn policy_of(function: FunctionName) -> Value {
        of_function(function, &config(), &names())
    }

    /// `Sid: actions -> resources`, a line a statement.
    fn lines(function: FunctionName) -> String {
        let policy = policy_of(function);
        let statements = policy["Statement"].as_array().unwrap();
        let line = |s: &Value| {
            format!("{}: {} -> {}", s["Sid"].as_str().unwrap(), s["Action"], s["Resource"])
        };
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
        FindExecutions: ["datasync:ListTaskExecutions"] -> ["*"]
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
        let policy = of_function(FunctionName::VerifyVersions, &config, &names()).to_string();
        assert!(policy.contains("arn:aws:s3:::theirs/*"), "{policy}");
        // Without it, what is encrypted can be looked at and not read.
        assert!(!policy.contains("kms:"), "{policy}");
        assert!(!policy.contains(&names().destination_bucket()), "{policy}");
    }

    /// IAM counts no white space, and all inline policies of a role together (IAM User Guide, "IAM
    /// and AWS STS quotas").
    #[test]
    fn each_policy_fits_a_role() {
        let names = Names::new(&"a".repeat(20), "111122223333", "ap-southeast-1");
        use super::bootstrap_stack::tests::{largest, with_keys, with_own_bucket};

        for config in [largest(), with_keys(), with_own_bucket()] {
            for function in FunctionName::ALL {
                let size = of_function(function, &config, &names).to_string().len();
                assert!(size <= 10_240, "{function}: {size}");
            }
        }
    }

    #[test]
    fn nothing_is_changed_or_deleted_that_is_not_the_stacks_own() {
        let policy = policy_of(FunctionName::BootstrapStack);
        // Rules of the locked default group are only ever revoked, and network interfaces are
        // DataSync's and EFS's doing. Rules bear no tag: the group that they are in does.
        let known = [
            "NetworkInterfaces",
            "TaskLogPolicy",
            "LockDefaultGroup",
            "RulesOfOwnGroups",
            "EndExecutions",
        ];
        for statement in policy["Statement"].as_array().unwrap() {
            let actions = statement["Action"].to_string();
            let destructive =
                ["Delete", "Modify", "Update", "Revoke", "Terminate", "Stop", "Release", "Detach"];
            let destructive = destructive.iter().any(|verb| actions.contains(verb));
            let named = statement["Resource"].to_string().contains("backup");
            let tagged = statement["Condition"].to_string().contains(STACK_TAG);
            assert!(
                !destructive
                    || named
                    || tagged
                    || known.contains(&statement["Sid"].as_str().unwrap()),
                "{statement}"
            );
        }
    }
}
