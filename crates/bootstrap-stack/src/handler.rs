//! The entry point: it reads the request and takes the lock, then plans, applies, destroys, or
//! makes the daily check.

use std::time::SystemTime;

use aws::failure::chain;
use aws::lock;
use aws::records_bucket::RecordsBucket;
use chrono::{DateTime, Utc};
use domain::records::keys::{APPLY_LOCK, DEPLOY_LOCK, INTERRUPTED_APPLY};
use domain::records::lock::Lock;
use domain::request::{BootstrapAction, BootstrapRequest};
use lambda_runtime::{Context, LambdaEvent};
use serde_json::Value;
use tokio::time::Instant;

use crate::actions::DataPlane;
use crate::app::BootstrapApp;
use crate::daily::{self, DailyAction, decide_daily};
use crate::error::BootstrapError;
use crate::input::BootstrapInput;
use crate::outcome::BootstrapOutcome;
use crate::recent_changes::RecentChanges;

/// Handles one invocation.
///
/// # Errors
/// [`BootstrapError`]; another invocation resumes where this one stopped.
pub async fn handle(
    app: &BootstrapApp,
    event: LambdaEvent<Value>,
) -> Result<BootstrapOutcome, BootstrapError> {
    let input = BootstrapInput::parse(event.payload)?;
    let invocation = BootstrapInvocation {
        app,
        request_id: &event.context.request_id,
        stop_at: stop_time(event.context.deadline(), SystemTime::now()),
        lock: lock_for(&event.context, Utc::now()),
    };
    let outcome = match input {
        BootstrapInput::Daily => invocation.check_daily().await?,
        BootstrapInput::Request(request) => invocation.carry_out(&request).await?,
    };
    let json = serde_json::to_string(&outcome).unwrap_or_default();
    tracing::info!(outcome = %json, "bootstrap-stack");
    Ok(outcome)
}

/// One invocation.
struct BootstrapInvocation<'a> {
    app: &'a BootstrapApp,
    request_id: &'a str,
    /// The time after which no step is started.
    stop_at: Option<Instant>,
    lock: Lock,
}

impl BootstrapInvocation<'_> {
    async fn carry_out(
        &self,
        request: &BootstrapRequest,
    ) -> Result<BootstrapOutcome, BootstrapError> {
        let changes = RecentChanges::from_request(request, Utc::now(), self.stop_at);
        let app = &self.app.retrying_denials_until(changes.role_until());
        let read = async || DataPlane::read_config(app, self.request_id, self.stop_at).await;
        let data_plane = changes.retry(read).await?;
        match request.action {
            BootstrapAction::Plan => data_plane.plan().await,
            BootstrapAction::Outputs => data_plane.read_outputs().await,
            BootstrapAction::Apply => {
                with_lock(&app.records, &self.lock, changes, data_plane.apply(request)).await
            }
            BootstrapAction::Destroy => {
                with_lock(&app.records, &self.lock, changes, data_plane.destroy(request)).await
            }
        }
    }

    async fn check_daily(&self) -> Result<BootstrapOutcome, BootstrapError> {
        match self.decide_daily().await? {
            DailyAction::Wait { holder } => Ok(BootstrapOutcome::Busy { holder }),
            DailyAction::CheckDrift => self.read_data_plane().await?.report_drift().await,
            DailyAction::RemindOfDestroy(started_at) => {
                let alert = daily::destroy_interrupted(&self.app.aws.names.stack, started_at);
                self.app.publish_alert(&alert).await?;
                Ok(BootstrapOutcome::DestroyUnfinished { begun_at: started_at })
            }
            DailyAction::Resume(request) => {
                let data_plane = self.read_data_plane().await?;
                let changes = RecentChanges::default();
                with_lock(&self.app.records, &self.lock, changes, data_plane.resume(&request)).await
            }
        }
    }

    async fn decide_daily(&self) -> Result<DailyAction, BootstrapError> {
        let records = &self.app.records;
        let interrupted = records.read(INTERRUPTED_APPLY).await?;
        let mut locks = Vec::new();
        for key in [DEPLOY_LOCK, APPLY_LOCK] {
            locks.extend(records.read::<Lock>(key).await?);
        }
        Ok(decide_daily(interrupted, &locks, &self.lock.owner, self.lock.taken_at))
    }

    async fn read_data_plane(&self) -> Result<DataPlane<'_>, BootstrapError> {
        DataPlane::read_config(self.app, self.request_id, self.stop_at).await
    }
}

/// The time after which no step is started: the last quarter of the time that Lambda gives is for
/// steps in progress. `None` without a deadline.
fn stop_time(deadline: SystemTime, now: SystemTime) -> Option<Instant> {
    deadline.duration_since(now).ok().map(|left| Instant::now() + left * 3 / 4)
}

/// The lock of this invocation. It expires when Lambda has certainly ended the invocation.
fn lock_for(context: &Context, now: DateTime<Utc>) -> Lock {
    let owner = format!("bootstrap-stack {}", context.request_id);
    Lock { owner, taken_at: now, expires_at: DateTime::<Utc>::from(context.deadline()).max(now) }
}

/// Runs an action while no other invocation changes the data plane. The lock is released whatever
/// the result; if that fails, it expires.
async fn with_lock(
    records: &RecordsBucket,
    lock: &Lock,
    changes: RecentChanges,
    action: impl Future<Output = Result<BootstrapOutcome, BootstrapError>>,
) -> Result<BootstrapOutcome, BootstrapError> {
    changes.retry(async || Ok(lock::take(records, APPLY_LOCK, lock).await?)).await?;
    let outcome = action.await;
    if let Err(error) = lock::give_back(records, APPLY_LOCK, &lock.owner, Utc::now()).await {
        tracing::warn!("releasing the lock: {}", chain(&error));
    }
    outcome
}

#[cfg(test)]
mod tests;
