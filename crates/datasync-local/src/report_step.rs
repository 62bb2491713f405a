//! The step of an execution that writes its report, and its `ReportResult`.

use std::sync::Arc;

use crate::app::DataSyncApp;
use crate::report::{self, PublishError, Spool};
use crate::state::{AccountRegion, PhaseStatus, StoredTask, TaskExecution, TaskReportResult};

/// Writes the report that the execution is configured for; `None` without a configuration.
pub(crate) async fn write_reports(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    task: &StoredTask,
    execution: &TaskExecution,
    spool: &Spool,
    truncate: bool,
) -> Option<TaskReportResult> {
    let config = execution.task_report_config.as_ref()?;
    let summary = report::summary_of(account_region, &app.store, task, execution);
    let role = config.destination.as_ref().map(|destination| &destination.s3)?;
    let client = &app.clients.s3_of_role(account_region, &role.bucket_access_role_arn);
    let (task_id, id) = (task.id(), execution.id());
    let published =
        report::publish_report(client, config, task_id, id, spool, &summary, truncate).await;
    Some(result_of(execution, published))
}

fn result_of(
    execution: &TaskExecution,
    published: Result<usize, PublishError>,
) -> TaskReportResult {
    match published {
        Ok(parts) => {
            tracing::info!("{} wrote {parts} detailed report parts and the summary", execution.arn);
            TaskReportResult { status: PhaseStatus::Success, ..TaskReportResult::default() }
        }
        Err(error) => {
            tracing::error!("{}: {}", execution.arn, aws::failure::chain(&error));
            report_failed(
                "Failed to upload Task Report(s) to S3 due to an invalid bucket or IAM role",
            )
        }
    }
}

pub(crate) fn report_failed(detail: &str) -> TaskReportResult {
    let error_code = Some("ReportFailed".to_owned());
    TaskReportResult {
        status: PhaseStatus::Error,
        error_code,
        error_detail: Some(detail.to_owned()),
    }
}
