//! What is owed once a run is on record: the state of affairs, and the alert or the retry run. All
//! of it follows from the record and may be done again.

use aws::SdkFailure;
use aws::alert_once::{AlertOnce, AlertOnceError, Sent};
use aws::records_bucket::{RecordsError, Replaced};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
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

use crate::alert;
use crate::handler::App;

/// Other executions of the task end seconds apart at most times; so often somebody else may come
/// first.
const ATTEMPTS: usize = 5;

/// Does what is owed; whether an alert was sent now.
pub(crate) async fn settle(
    app: &App,
    run: &RunRecord,
    request_id: &str,
    now: DateTime<Utc>,
) -> Result<bool, SettleError> {
    move_on(app, run).await?;
    let names = names(app, run);
    let topic_arn = &app.environment.alerts_topic_arn;
    let once =
        AlertOnce { records: &app.records, sns: &app.sns, topic_arn, claimed_by: request_id, now };
    if run.class == Some(Class::Stuck) {
        return tell_stuck(app, &once, run).await;
    }
    if !run.retries.is_empty() {
        ask_for_retry(app, &names, run).await?;
    }
    let Some(alert) = alert::for_run(&names, run) else { return Ok(false) };
    Ok(once.publish(&keys::run_alert(run.execution.id()), &alert).await? == Sent::Now)
}

/// Puts the state of affairs after this run in place of an earlier one.
async fn move_on(app: &App, run: &RunRecord) -> Result<(), SettleError> {
    let after = LastRun::after_run(run);
    for _ in 0..ATTEMPTS {
        let done = match app.records.read_marked::<LastRun>(keys::LAST_RUN).await? {
            None => app.records.write_once(keys::LAST_RUN, &after).await?.is_written(),
            Some(found) if !after.is_later_than(&found.document) => true,
            Some(found) => {
                app.records.replace(keys::LAST_RUN, &found, &after).await? == Replaced::Yes
            }
        };
        if done {
            return Ok(());
        }
    }
    Err(SettleError::Contended)
}

/// `start-execution` told of it when it cancelled the run, unless it was cut off in between.
async fn tell_stuck(app: &App, once: &AlertOnce<'_>, run: &RunRecord) -> Result<bool, SettleError> {
    let key = keys::stuck_alert(run.execution.id());
    let Some(receipt) = app.records.read::<AlertReceipt>(&key).await? else { return Ok(false) };
    Ok(once.publish(&key, &receipt.alert).await? == Sent::Now)
}

/// The slot bears the run's id, so asking twice starts once. The alert is held back for it: it
/// waits for a run under way, whatever the schedule does; where it can't be started,
/// `start-execution` tells.
async fn ask_for_retry(app: &App, names: &Names, run: &RunRecord) -> Result<(), SettleError> {
    let id = run.execution.id();
    let request = StartRequest {
        overrides: Overrides { includes: run.retries.clone(), ..Overrides::default() },
        retry_of: Some(id.to_owned()),
        when_busy: Some(WhenBusy::Queue),
        ..StartRequest::new(format!("retry-{id}"))
    };
    let payload = serde_json::to_vec(&request).map_err(SettleError::Json)?;
    let invoke =
        app.lambda.invoke().function_name(names.function_name(FunctionName::StartExecution));
    let invoked =
        invoke.invocation_type(InvocationType::Event).payload(Blob::new(payload)).send().await;
    invoked.map(drop).map_err(|error| SettleError::Retry(error.into()))
}

fn names(app: &App, run: &RunRecord) -> Names {
    Names::new(&app.environment.stack_name, &app.environment.account, run.execution.region())
}

/// Why something is still owed.
#[derive(Debug, thiserror::Error)]
pub enum SettleError {
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error("keeping the state of the last run: others changed it meanwhile, time and again")]
    Contended,
    #[error("asking start-execution to copy the busy files again")]
    Retry(#[source] SdkFailure),
    #[error("writing a request as JSON")]
    Json(#[source] serde_json::Error),
    #[error(transparent)]
    Alert(#[from] AlertOnceError),
}
