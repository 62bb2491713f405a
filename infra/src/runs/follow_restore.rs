//! Follows a restore to its end, and compares its report with its manifest.

use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use aws::executions::{self, Patience};
use aws::report_parts;
use domain::arn::ExecutionArn;
use domain::execution::Execution;
use domain::manifest::ManifestReader;
use domain::records::keys;
use domain::records::restore_run::{RestoreEnd, RestoreRun};
use domain::restore::{DestinationState, ReportReconciler};

use crate::access::Access;
use crate::context::StackContext;
use crate::hint::WithHint;
use crate::runs::follow::Follower;
use crate::ui::interrupt::Interrupted;

pub(crate) const ACCESS: Access = Access {
    records: &["s3:PutObject"],
    stack: &["datasync:DescribeTaskExecution"],
    ..Access::NONE
};

/// The wait for the report, which may still be written after the end of the execution.
const REPORT_WAIT: Patience = Patience { attempts: 60, pause: Duration::from_secs(1) };
const NOT_COMPARED: &str = "it is compared only by the command `restore` where the file system is \
    mounted";

/// Follows a recorded restore to its end, and records it.
pub(crate) async fn follow_restore(
    context: &StackContext,
    record: RestoreRun,
) -> Result<RestoreRun> {
    let execution = record.execution.clone();
    let ended = Follower::new(context).follow_to_end(&execution).await?;
    if record.end.is_some() {
        return Ok(record);
    }
    let manifest = context.records.read_bytes(&record.manifest).await?;
    let manifest =
        manifest.ok_or_else(|| anyhow!("the manifest `{}` is missing", record.manifest))?;
    let (mut reader, mut entries) = (ManifestReader::default(), Vec::new());
    reader.read_bytes(&manifest, &mut entries).context("reading the manifest")?;
    reader.finish(&mut entries).context("reading the manifest")?;
    let mut expected = ReportReconciler::default();
    entries.iter().for_each(|entry| expected.expect_path(&entry.path));
    let mut report =
        read_report(context, &execution, expected.with_overwriting(record.overwrite)).await?;
    for entry in &entries {
        if let Some(question) = report.open_question(&entry.path) {
            let unknown = DestinationState::Unknown(NOT_COMPARED.to_owned());
            report.record_destination(&entry.path, question, unknown);
        }
    }
    record_end(context, record, RestoreEnd::new(&ended, report.into_counts())).await
}

/// Records the end of a restore.
pub(crate) async fn record_end(
    context: &StackContext,
    record: RestoreRun,
    end: RestoreEnd,
) -> Result<RestoreRun> {
    let key = keys::restore_run(record.execution.id());
    let ended = RestoreRun { end: Some(end), ..record };
    context.records.write(&key, &ended).await?;
    Ok(ended)
}

/// Says what continues after Ctrl-C, and how to follow or cancel it.
pub(crate) fn interrupted_execution(execution: &ExecutionArn) -> Interrupted {
    let id = execution.id();
    Interrupted {
        continues: format!("{id} continues in AWS"),
        next: format!("`efs-s3 wait {id}` follows it again, `efs-s3 cancel {id}` cancels it"),
    }
}

/// Waits for the report of a restore, and adds it to the expected paths.
pub(crate) async fn read_report(
    context: &StackContext,
    execution: &ExecutionArn,
    mut expected: ReportReconciler,
) -> Result<ReportReconciler> {
    let is_done = |now: &Execution| !now.awaits_report();
    let written =
        executions::describe_until(&context.aws.datasync, execution, REPORT_WAIT, is_done);
    let written = written.await.context("waiting for the report of the restore")?;
    require_report(written.report.as_ref().map(|report| report.status.as_str()))?;
    let reports = keys::restore_reports(execution.task().id(), execution.id());
    for key in context.records.list(&reports).await? {
        let part = report_parts::read(&context.records, &key).await?;
        let unread = |why| anyhow!("a part of the report of the restore cannot be read: {why}");
        expected.add_report_part(&part.map_err(unread)?);
    }
    Ok(expected)
}

fn require_report(status: Option<&str>) -> Result<()> {
    if status == Some("SUCCESS") {
        return Ok(());
    }
    let none = Err(anyhow!(
        "the restore has no report ({}): the restored files are unknown",
        status.unwrap_or_default()
    ));
    none.with_hint("run the same restore again: existing files are kept and reported")
}
