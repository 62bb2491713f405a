//! The step of an execution's life that writes its report, and what `ReportResult` says of it.

use std::sync::Arc;

use crate::app::App;
use crate::report::{self, Spool};
use crate::state::{Execution, PhaseStatus, Place, ReportResult, Task};

/// Writes the report the execution asks for; `None` when it asks for none.
pub(crate) async fn write_reports(
    app: &Arc<App>,
    place: &Place,
    task: &Task,
    execution: &Execution,
    spool: &Spool,
    truncate: bool,
) -> Option<ReportResult> {
    let config = execution.task_report_config.as_ref()?;
    let summary = app.store.read(place, |account| report::summary(place, account, task, execution));
    let client = &app.clients.of(place).s3;
    let published =
        report::publish(client, config, task.id(), execution.id(), spool, &summary, truncate).await;
    Some(match published {
        Ok(parts) => {
            tracing::info!("{} wrote {parts} detailed report parts and the summary", execution.arn);
            ReportResult { status: PhaseStatus::Success, ..ReportResult::default() }
        }
        Err(error) => {
            tracing::error!("{}: {}", execution.arn, aws::failure::chain(&error));
            report_failed(
                "Failed to upload Task Report(s) to S3 due to an invalid bucket or IAM role",
            )
        }
    })
}

pub(crate) fn report_failed(detail: &str) -> ReportResult {
    let error_code = Some("ReportFailed".to_owned());
    ReportResult { status: PhaseStatus::Error, error_code, error_detail: Some(detail.to_owned()) }
}
