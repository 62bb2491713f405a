//! The summary report of an ended execution.

use domain::report::{SummaryFilters, SummaryLocation, SummaryReport, SummaryResult};
use serde::Serialize;
use serde_json::Value;

use crate::state::{
    AccountRegion, LocationKind, Store, StoredTask, TaskExecution, iso_millis, now_seconds,
};

/// The summary of an execution. Location types other than `Amazon S3` are a guess; no sample of
/// Basic mode is known.
#[must_use]
pub fn summary_of(
    account_region: &AccountRegion,
    store: &Store,
    task: &StoredTask,
    execution: &TaskExecution,
) -> SummaryReport {
    let location = |arn: &str| location_summary(store, &account_region.account, arn);
    SummaryReport {
        account_id: account_region.account.clone(),
        task_execution_id: execution.id().to_owned(),
        task_mode: execution.task_mode.clone(),
        source_location: location(&task.source_location_arn),
        destination_location: location(&task.destination_location_arn),
        start_time: iso_millis(execution.started),
        end_time: iso_millis(execution.ended.unwrap_or_else(now_seconds)),
        total_time: execution.result.total_duration,
        overall_status: execution.status.as_str().to_owned(),
        result: result_summary(execution),
        options: to_value(&execution.options),
        filters: filters_summary(execution),
        task_report_config: to_value(&execution.task_report_config),
    }
}

fn location_summary(store: &Store, account: &str, arn: &str) -> SummaryLocation {
    let Some(location) = store.find_location(account, arn) else {
        return SummaryLocation::default();
    };
    let kind = match location.kind {
        LocationKind::Efs(_) => "Amazon EFS",
        LocationKind::S3(_) => "Amazon S3",
    };
    SummaryLocation {
        location_type: kind.to_owned(),
        location_id: location.id().to_owned(),
        creation_time: iso_millis(location.created),
    }
}

fn filters_summary(execution: &TaskExecution) -> SummaryFilters {
    SummaryFilters {
        includes: execution.includes.iter().map(to_value).collect(),
        excludes: execution.excludes.iter().map(to_value).collect(),
    }
}

fn result_summary(execution: &TaskExecution) -> SummaryResult {
    let (counters, result) = (&execution.counters, &execution.result);
    SummaryResult {
        files_transferred: counters.files_transferred,
        files_deleted: counters.files_deleted,
        files_verified: counters.files_verified,
        files_skipped: counters.files_skipped,
        bytes_written: counters.bytes_written,
        bytes_transferred: counters.bytes_transferred,
        bytes_compressed: counters.bytes_compressed,
        estimated_bytes_to_transfer: counters.estimated_bytes_to_transfer,
        estimated_files_to_delete: counters.estimated_files_to_delete,
        estimated_files_to_transfer: counters.estimated_files_to_transfer,
        prepare_duration: result.prepare_duration,
        prepare_status: result.prepare_status.as_str().to_owned(),
        transfer_duration: result.transfer_duration,
        transfer_status: result.transfer_status.as_str().to_owned(),
        verify_duration: result.verify_duration,
        verify_status: result.verify_status.as_str().to_owned(),
        error_code: result.error_code.clone().unwrap_or_default(),
        error_detail: result.error_detail.clone().unwrap_or_default(),
    }
}

fn to_value(part: &impl Serialize) -> Value {
    serde_json::to_value(part).unwrap_or_default()
}
