//! One invocation for one sync: the sync's configuration, the identity and the time.

use std::time::SystemTime;

use aws::alert_once::{AlertOnce, AlertOnceError, Sent};
use chrono::{DateTime, Utc};
use domain::arn::TaskArn;
use domain::config::StackConfig;
use domain::limits::Limits;
use domain::names::Names;
use domain::records::alert::Alert;
use domain::sync_name::SyncName;

use crate::app::StartApp;
use crate::sync_view::SyncToStart;

/// One invocation, as far as it is about one sync.
#[derive(Clone, Copy)]
pub(crate) struct StartInvocation<'a> {
    pub app: &'a StartApp,
    pub sync: &'a SyncName,
    /// Absent before the first deploy.
    pub config: Option<&'a StackConfig>,
    pub limits: &'a Limits,
    pub request_id: &'a str,
    pub now: DateTime<Utc>,
    /// The time at which Lambda ends the invocation.
    pub deadline: Option<SystemTime>,
    /// The slot that this invocation starts: the sweep must not close it.
    pub slot: Option<&'a str>,
    /// The most executions of the stack at once, and the syncs that they may be of.
    pub parallel: ParallelLimit<'a>,
}

/// The limit of the executions that run at once, which all syncs share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ParallelLimit<'a> {
    /// `None` is unlimited.
    pub limit: Option<usize>,
    pub syncs: &'a [SyncToStart],
}

impl<'a> StartInvocation<'a> {
    /// The same invocation for another sync.
    pub(crate) fn of_sync(&self, view: &'a SyncToStart) -> Self {
        Self { sync: &view.name, config: view.config.as_ref(), limits: &view.limits, ..*self }
    }

    /// Sends an alert about the sync, once for this key.
    pub(crate) async fn publish_once(
        &self,
        key: &str,
        alert: Alert,
    ) -> Result<Sent, AlertOnceError> {
        self.alert_once().publish(key, &alert.of_sync(self.sync)).await
    }

    pub(crate) fn alert_once(&self) -> AlertOnce<'_> {
        let app = self.app;
        AlertOnce::new(&app.records, &app.sns, &app.environment, self.request_id, self.now)
    }

    pub(crate) fn names_for(&self, task: &TaskArn) -> Names {
        self.app.environment.names_in(task.region())
    }
}
