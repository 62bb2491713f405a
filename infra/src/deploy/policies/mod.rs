//! The IAM policies of the functions, statement by statement. A policy contains only actions that
//! its function calls.
//!
//! `s3:ListBucket` is granted wherever a missing object must give 404 and not 403 (S3 API
//! reference, `GetObject`).

pub(crate) mod bootstrap_stack;
pub(crate) mod destinations;
#[cfg(test)]
mod escalation_tests;
#[cfg(test)]
mod evaluator;
mod execution_functions;
pub(crate) mod limit;
#[cfg(test)]
pub(crate) mod resource_types;

use domain::config::StackConfig;
use domain::function::FunctionName;
use domain::names::{Names, STACK_TAG};
use serde_json::{Value, json};

use crate::deploy::deployed_syncs::DeployedSyncs;
use execution_functions::{on_execution_complete, start_execution, verify_versions};

/// Returns the trust policy: Lambda assumes the role for functions of this account only.
pub(crate) fn lambda_trust(names: &Names) -> Value {
    policy_document(vec![json!({
        "Effect": "Allow",
        "Principal": { "Service": "lambda.amazonaws.com" },
        "Action": "sts:AssumeRole",
        "Condition": { "StringEquals": { "aws:SourceAccount": names.account } },
    })])
}

pub(crate) fn function_policy(
    function: FunctionName,
    config: &StackConfig,
    names: &Names,
    deployed: &DeployedSyncs,
) -> Value {
    let shared = || {
        vec![
            own_logs(function, names),
            list_bucket(names, &names.records_bucket()),
            dead_letters(names),
        ]
    };
    let own = |precision| match function {
        FunctionName::BootstrapStack => {
            bootstrap_stack::bootstrap_statements(config, names, deployed, precision)
        }
        FunctionName::StartExecution => start_execution(names),
        FunctionName::OnExecutionComplete => on_execution_complete(config, names),
        FunctionName::VerifyVersions => verify_versions(config, names),
    };
    limit::inline_policy(|precision| {
        let statements = shared().into_iter().chain(own(precision));
        statements.chain(encrypt_alerts(config, names)).collect()
    })
}

/// Returns the condition that a key is used only by this service on behalf of the caller.
fn via_service(service: &str, names: &Names) -> Value {
    let service = format!("{service}.{}.{}", names.region, names.dns_suffix());
    json!({ "StringEquals": { "kms:ViaService": service } })
}

fn own_logs(function: FunctionName, names: &Names) -> Value {
    let group = names.log_group_arn(&names.function_log_group(function));
    allow("OwnLogs", &["logs:CreateLogStream", "logs:PutLogEvents"], &[format!("{group}:*")])
}

/// Lambda sends dead letters with the role of the function.
fn dead_letters(names: &Names) -> Value {
    allow("DeadLetters", &["sqs:SendMessage"], &[names.dead_letter_queue_arn()])
}

fn list_bucket(names: &Names, bucket: &str) -> Value {
    json!({ "Sid": "ListRecords", "Effect": "Allow", "Action": "s3:ListBucket",
        "Resource": names.bucket_arn(bucket) })
}

fn describe_executions(names: &Names) -> Value {
    allow("DescribeExecutions", &["datasync:DescribeTaskExecution"], &[execution_arns(names)])
}

/// Allows starting tasks with the stack's tag, and no other task of the account.
fn start_own_task(names: &Names) -> Value {
    let actions = ["datasync:DescribeTask", "datasync:StartTaskExecution"];
    let mut start = allow("StartExecutions", &actions, &[names.regional_arn("datasync", "task/*")]);
    start["Condition"] =
        json!({ "StringEquals": { format!("aws:ResourceTag/{STACK_TAG}"): names.stack } });
    start
}

/// Returns the ARNs of executions only: whoever could tag a task could make it pass for one of the
/// stack.
fn execution_arns(names: &Names) -> String {
    names.regional_arn("datasync", "task/*/execution/*")
}

fn publish_alerts(names: &Names) -> Value {
    allow("PublishAlerts", &["sns:Publish"], &[names.alerts_topic_arn()])
}

/// Allows publishing to an encrypted topic, which needs both actions (SNS Developer Guide, "Key
/// management").
fn encrypt_alerts(config: &StackConfig, names: &Names) -> Option<Value> {
    let key = config.alerts.kms_key_arn.as_ref()?;
    let mut encrypt =
        allow("EncryptAlerts", &["kms:GenerateDataKey", "kms:Decrypt"], std::slice::from_ref(key));
    encrypt["Condition"] = via_service("sns", names);
    Some(encrypt)
}

fn invoke_functions(functions: &[FunctionName], names: &Names) -> Value {
    let functions: Vec<_> =
        functions.iter().map(|function| names.function_arn(*function)).collect();
    allow("HandOn", &["lambda:InvokeFunction"], &functions)
}

fn record_arn(names: &Names, key: &str) -> String {
    format!("{}/{key}", names.bucket_arn(&names.records_bucket()))
}

fn allow(sid: &str, actions: &[&str], resources: &[String]) -> Value {
    json!({ "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources })
}

fn policy_document(statements: Vec<Value>) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

#[cfg(test)]
pub(crate) mod tests;
