//! One invocation: its configuration, its identity and its time.

use std::time::SystemTime;

use aws::alert_once::AlertOnce;
use chrono::{DateTime, Utc};
use domain::arn::TaskArn;
use domain::config::StackConfig;
use domain::limits::Limits;
use domain::names::Names;

use crate::app::StartApp;

/// One invocation.
#[derive(Clone, Copy)]
pub(crate) struct StartInvocation<'a> {
    pub app: &'a StartApp,
    /// Absent before the first deploy.
    pub config: Option<&'a StackConfig>,
    pub limits: &'a Limits,
    pub request_id: &'a str,
    pub now: DateTime<Utc>,
    /// The time at which Lambda ends the invocation.
    pub deadline: Option<SystemTime>,
    /// The slot that this invocation starts: the sweep must not close it.
    pub slot: Option<&'a str>,
}

impl StartInvocation<'_> {
    pub(crate) fn alert_once(&self) -> AlertOnce<'_> {
        AlertOnce {
            records: &self.app.records,
            sns: &self.app.sns,
            topic_arn: &self.app.environment.alerts_topic_arn,
            claimed_by: self.request_id,
            now: self.now,
        }
    }

    pub(crate) fn names_for(&self, task: &TaskArn) -> Names {
        let environment = &self.app.environment;
        Names::new(&environment.stack_name, &environment.account, task.region())
    }
}
