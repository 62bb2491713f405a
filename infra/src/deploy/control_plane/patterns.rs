//! The events on which the rules invoke functions.

use domain::arn::TaskArn;
use domain::names::Names;
use domain::records::keys;
use serde_json::{Value, json};

/// Returns the event pattern for ended executions of the task. The detail of the event holds only
/// the state; the task is in the resource.
pub(super) fn execution_complete(task: &TaskArn) -> Value {
    json!({
        "source": ["aws.datasync"],
        "detail-type": ["DataSync Task Execution State Change"],
        "resources": [{ "prefix": format!("{task}/execution/") }],
        "detail": { "State": ["SUCCESS", "ERROR"] },
    })
}

/// Returns the event pattern for the one summary report of each execution.
pub(super) fn report_created(names: &Names) -> Value {
    json!({
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {
            "bucket": { "name": [names.records_bucket()] },
            "object": { "key": [{ "prefix": keys::SUMMARY_REPORTS_PREFIX }] },
        },
    })
}
