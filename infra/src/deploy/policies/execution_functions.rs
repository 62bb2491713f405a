//! The statements of the functions that start, record and verify executions.

use std::collections::BTreeSet;

use domain::config::StackConfig;
use domain::function::FunctionName;
use domain::names::Names;
use domain::records::keys;
use domain::sync_name::SyncName;
use serde_json::{Value, json};

use super::{
    allow, describe_executions, destinations, execution_arns, invoke_functions, publish_alerts,
    record_arn, start_own_task,
};

pub(super) fn start_execution(names: &Names) -> Vec<Value> {
    let kept = ["starts/*", "alerts/*", "episodes/*", "ticks/*"].map(|key| record_arn(names, key));
    let mut statements = vec![
        allow(
            "ReadRecords",
            &["s3:GetObject"],
            &[keys::CONFIG, keys::OUTPUTS, "runs/*"].map(|key| record_arn(names, key)),
        ),
        allow("KeepStarts", &["s3:GetObject", "s3:PutObject"], &kept),
        start_own_task(names),
    ];
    statements.extend(find_and_cancel(names));
    statements.extend([
        pass_manifest_role(names),
        describe_executions(names),
        publish_alerts(names),
        invoke_functions(&[FunctionName::OnExecutionComplete, FunctionName::VerifyVersions], names),
    ]);
    statements
}

fn find_and_cancel(names: &Names) -> [Value; 3] {
    [
        // Neither has a resource type (Service Authorization Reference), so they cannot be limited
        // to a task.
        allow(
            "FindExecutions",
            &["datasync:ListTaskExecutions", "datasync:ListTasks"],
            &["*".to_owned()],
        ),
        allow(
            "FindExecutionsBySlot",
            &["datasync:ListTagsForResource", "datasync:TagResource"],
            &[execution_arns(names)],
        ),
        allow("CancelStuckExecutions", &["datasync:CancelTaskExecution"], &[execution_arns(names)]),
    ]
}

/// DataSync reads a manifest with a role that the caller passes (DataSync API reference,
/// `ManifestConfig`).
fn pass_manifest_role(names: &Names) -> Value {
    json!({
        "Sid": "PassRoleOfManifests", "Effect": "Allow", "Action": "iam:PassRole",
        "Resource": names.role_arn("datasync-report"),
        "Condition": { "StringEquals": { "iam:PassedToService": "datasync.amazonaws.com" } },
    })
}

pub(super) fn on_execution_complete(config: &StackConfig, names: &Names) -> Vec<Value> {
    let baselines = baseline_keys(config).into_iter();
    let kept = ["runs/*", "alerts/*", "episodes/*"].map(str::to_owned).into_iter().chain(baselines);
    let kept: Vec<String> = kept.map(|key| record_arn(names, &key)).collect();
    vec![
        allow(
            "ReadRecords",
            &["s3:GetObject"],
            &[keys::CONFIG, keys::OUTPUTS, "reports/*"].map(|key| record_arn(names, key)),
        ),
        allow("KeepRuns", &["s3:GetObject", "s3:PutObject"], &kept),
        read_tags(names),
        describe_executions(names),
        publish_alerts(names),
        invoke_functions(&[FunctionName::StartExecution], names),
    ]
}

/// The tags of an execution say what started it, and whether it covers a part of the source alone.
fn read_tags(names: &Names) -> Value {
    allow("WhyItStarted", &["datasync:ListTagsForResource"], &[execution_arns(names)])
}

/// Returns the keys of the baselines. All syncs but `default` share one pattern, so that the policy
/// stays when another one is added.
fn baseline_keys(config: &StackConfig) -> Vec<String> {
    let of_default = keys::last_run(&SyncName::default());
    let of_others = of_default.replace(".json", ".*.json");
    let several = config.sync_names().iter().any(|sync| !sync.is_default());
    std::iter::once(of_default).chain(several.then_some(of_others)).collect()
}

pub(super) fn verify_versions(config: &StackConfig, names: &Names) -> Vec<Value> {
    let proofs = ["proofs/*", "audits/*", "alerts/*", &format!("{}*", keys::SCRATCH_PREFIX)];
    let reports = [keys::CONFIG, keys::OUTPUTS, "runs/*", &format!("{}*", keys::REPORTS_PREFIX)];
    let mut statements = vec![
        allow("ReadReports", &["s3:GetObject"], &reports.map(|key| record_arn(names, key))),
        allow(
            "KeepProofs",
            &["s3:GetObject", "s3:PutObject"],
            &proofs.map(|key| record_arn(names, key)),
        ),
        invoke_functions(&[FunctionName::VerifyVersions], names),
    ];
    statements.extend(look_at_versions(&destinations::bucket_arns(config, names)));
    statements.extend([read_tags(names), describe_executions(names), publish_alerts(names)]);
    if config.proof.object_lock_days.is_some() {
        let locked = [record_arn(names, "proofs/*")];
        statements.push(allow("LockProofs", &["s3:PutObjectRetention"], &locked));
    }
    statements
}

fn look_at_versions(buckets: &BTreeSet<String>) -> [Value; 2] {
    let objects: Vec<String> = buckets.iter().map(|bucket| format!("{bucket}/*")).collect();
    let buckets: Vec<String> = buckets.iter().cloned().collect();
    [
        allow("LookAtVersions", &["s3:GetObject", "s3:GetObjectVersion"], &objects),
        allow("TellMissingFromForbidden", &["s3:ListBucket", "s3:ListBucketVersions"], &buckets),
    ]
}
