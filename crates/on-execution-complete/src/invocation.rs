//! One invocation: the deployed syncs, the identity and the time.

use std::time::SystemTime;

use aws::alert_once::AlertOnce;
use chrono::{DateTime, Utc};
use domain::config::StackConfig;
use domain::limits::Limits;
use domain::names::Names;
use domain::records::outputs::Outputs;
use domain::sync_name::SyncName;

use crate::app::CompletionApp;

/// One invocation.
#[derive(Clone, Copy)]
pub(crate) struct CompletionInvocation<'a> {
    pub app: &'a CompletionApp,
    /// Absent before the first deploy.
    pub config: Option<&'a StackConfig>,
    /// Absent until the end of the first deploy.
    pub outputs: Option<&'a Outputs>,
    pub request_id: &'a str,
    pub now: DateTime<Utc>,
    /// The time at which waiting must end.
    pub deadline: Option<SystemTime>,
}

impl CompletionInvocation<'_> {
    /// The limits of a sync; those of a removed sync are the defaults.
    pub(crate) fn limits_of(&self, sync: &SyncName) -> Limits {
        let config = self.config.and_then(|config| config.of_sync(sync));
        config.map_or_else(Limits::default, |config| Limits::from_config(&config.limits))
    }

    /// Whether the stack limits how many executions run at once.
    pub(crate) fn has_parallel_limit(&self) -> bool {
        self.config.is_some_and(|config| config.limits.max_parallel_executions.is_some())
    }

    /// Whether a request has to name its sync.
    pub(crate) fn has_several_syncs(&self) -> bool {
        self.outputs.is_some_and(|outputs| !outputs.other_syncs.is_empty())
    }

    pub(crate) fn alert_once(&self) -> AlertOnce<'_> {
        let app = self.app;
        AlertOnce::new(&app.records, &app.sns, &app.environment, self.request_id, self.now)
    }

    pub(crate) fn names_for(&self, region: &str) -> Names {
        self.app.environment.names_in(region)
    }
}
