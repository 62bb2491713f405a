//! The follow-up of a run record: the last-run document, and the alert or the retry. All of it
//! follows from the record and may be repeated.

use aws::SdkFailure;
use aws::alert_once::{AlertOnce, AlertOnceError, Sent};
use aws::invoke::invoke_async;
use aws::records_bucket::{RecordsError, Replaced};
use chrono::{DateTime, Utc};
use domain::function::FunctionName;
use domain::names::Names;
use domain::overrides::Overrides;
use domain::records::alert::AlertReceipt;
use domain::records::class::Class;
use domain::records::keys;
use domain::records::last_run::LastRun;
use domain::records::run::RunRecord;
use domain::request::{StartRequest, WhenBusy};
use domain::sync_name::SyncName;

use crate::alert::alert_for;
use crate::app::CompletionApp;

/// The number of attempts: executions of a task usually end seconds apart, so that other
/// invocations rarely write first.
const ATTEMPTS: usize = 5;

/// Follows up on a run; returns whether an alert was sent now.
pub(crate) async fn follow_up(
    app: &CompletionApp,
    run: &RunRecord,
    request_id: &str,
    now: DateTime<Utc>,
) -> Result<bool, FollowUpError> {
    update_last_run(app, run).await?;
    let names = names_for(app, run);
    let topic_arn = &app.environment.alerts_topic_arn;
    let once =
        AlertOnce { records: &app.records, sns: &app.sns, topic_arn, claimed_by: request_id, now };
    if run.class == Some(Class::Stuck) {
        return publish_stuck_alert(app, &once, run).await;
    }
    if !run.retries.is_empty() {
        request_retry(app, &names, run).await?;
    }
    let Some(alert) = alert_for(&names, run) else { return Ok(false) };
    Ok(once.publish(&keys::run_alert(run.execution.id()), &alert).await? == Sent::Now)
}

/// Replaces the last-run document, unless a later run wrote it.
async fn update_last_run(app: &CompletionApp, run: &RunRecord) -> Result<(), FollowUpError> {
    let after = LastRun::after_run(run);
    for _ in 0..ATTEMPTS {
        let done = match app
            .records
            .read_marked::<LastRun>(&keys::last_run(&SyncName::default()))
            .await?
        {
            None => app
                .records
                .write_once(&keys::last_run(&SyncName::default()), &after)
                .await?
                .is_written(),
            Some(found) if !after.is_later_than(&found.document) => true,
            Some(found) => {
                app.records.replace(&keys::last_run(&SyncName::default()), &found, &after).await?
                    == Replaced::Yes
            }
        };
        if done {
            return Ok(());
        }
    }
    Err(FollowUpError::Contended)
}

/// Sends the alert of a stuck execution, unless `start-execution` has sent it. It sends it when it
/// cancels the execution, and may be interrupted in between.
async fn publish_stuck_alert(
    app: &CompletionApp,
    once: &AlertOnce<'_>,
    run: &RunRecord,
) -> Result<bool, FollowUpError> {
    let key = keys::stuck_alert(run.execution.id());
    let Some(receipt) = app.records.read::<AlertReceipt>(&key).await? else { return Ok(false) };
    Ok(once.publish(&key, &receipt.alert).await? == Sent::Now)
}

/// Requests the execution that copies the busy files again. Its slot contains the run's id, so that
/// two requests start one execution. It queues behind a running execution, whatever the schedule
/// does. The alert is held back for it; if it can't be started, `start-execution` sends the alert.
async fn request_retry(
    app: &CompletionApp,
    names: &Names,
    run: &RunRecord,
) -> Result<(), FollowUpError> {
    let id = run.execution.id();
    let request = StartRequest {
        overrides: Overrides { includes: run.retries.clone(), ..Overrides::default() },
        retry_of: Some(id.to_owned()),
        when_busy: Some(WhenBusy::Queue),
        ..StartRequest::new(format!("retry-{id}"))
    };
    let payload = serde_json::to_vec(&request).map_err(FollowUpError::Json)?;
    let function = names.function_name(FunctionName::StartExecution);
    invoke_async(&app.lambda, &function, payload).await.map_err(FollowUpError::Retry)
}

fn names_for(app: &CompletionApp, run: &RunRecord) -> Names {
    Names::new(&app.environment.stack_name, &app.environment.account, run.execution.region())
}

/// The reason for which a follow-up failed.
#[derive(Debug, thiserror::Error)]
pub enum FollowUpError {
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error(
        "writing the last run: other invocations changed it {ATTEMPTS} times meanwhile; invoke the \
            function with the same event again"
    )]
    Contended,
    #[error("requesting the retry of busy files from start-execution")]
    Retry(#[source] SdkFailure),
    #[error("writing a request as JSON")]
    Json(#[source] serde_json::Error),
    #[error(transparent)]
    Alert(#[from] AlertOnceError),
}
