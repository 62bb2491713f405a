//! The actions on the data plane as it is configured now.
//!
//! Each action may run twice and may be interrupted anywhere. What exists is read again every time.
//! The outputs are written last and removed first, so that they never describe what does not exist.
//! The record of the interrupted apply exists from before the first step until after the last.

use aws::failure::chain;
use chrono::Utc;
use domain::config::StackConfig;
use domain::metrics::{self, Measure, Measures, MetricUnit};
use domain::records::interrupted_apply::InterruptedApply;
use domain::records::keys;
use domain::records::outputs::Outputs;
use domain::records::restore::RestoreTarget;
use domain::request::BootstrapRequest;
use domain::sync_name::SyncName;
use reconciler::apply::{self, Applied, ApplyError};
use reconciler::graph::{Graph, ResourceId};
use reconciler::observe::{Observed, observe, observe_what_can_be_read};
use reconciler::plan;
use tokio::time::Instant;

use crate::app::BootstrapApp;
use crate::daily;
use crate::drift;
use crate::error::BootstrapError;
use crate::graph::data_plane;
use crate::outcome::BootstrapOutcome;
use crate::outputs::{build_outputs, versioning_enabled_at};
use crate::preflight::{PreflightFinding, preflight};
use crate::progress::publish_while;
use crate::step_log::StepLog;

/// The data plane as it is configured now.
pub(crate) struct DataPlane<'a> {
    app: &'a BootstrapApp,
    config: StackConfig,
    graph: Graph,
    /// The target of the restore, once there was one.
    restore: Option<RestoreTarget>,
    problems: Vec<PreflightFinding>,
    /// The id of the Lambda request.
    request_id: &'a str,
    /// The time after which no step is started.
    stop_at: Option<Instant>,
}

impl<'a> DataPlane<'a> {
    pub(crate) async fn read_config(
        app: &'a BootstrapApp,
        request_id: &'a str,
        stop_at: Option<Instant>,
    ) -> Result<Self, BootstrapError> {
        let config: StackConfig =
            app.records.read(keys::CONFIG).await?.ok_or(BootstrapError::NotDeployed)?;
        let found = preflight(&app.aws, &config).await?;
        let graph = data_plane(&config, &app.aws.names, &found.data_sources);
        let restore = found.data_sources.restore;
        Ok(Self { app, config, graph, restore, problems: found.problems, request_id, stop_at })
    }

    pub(crate) async fn plan(&self) -> Result<BootstrapOutcome, BootstrapError> {
        let observed = observe(&self.app.aws, &self.graph).await?;
        Ok(BootstrapOutcome::Planned { plan: plan::plan(&self.graph, &observed) })
    }

    pub(crate) async fn read_outputs(&self) -> Result<BootstrapOutcome, BootstrapError> {
        let observed = observe(&self.app.aws, &self.graph).await?;
        Ok(BootstrapOutcome::Outputs { outputs: self.outputs_from(&observed).map(Box::new) })
    }

    pub(crate) async fn apply(
        &self,
        request: &BootstrapRequest,
    ) -> Result<BootstrapOutcome, BootstrapError> {
        if !self.problems.is_empty() {
            return Err(BootstrapError::Preflight(self.problems.clone()));
        }
        let graph = allow_replacement(self.graph.clone(), &request.replace)?;
        self.record_start(request).await?;
        self.emit_first_deploy().await?;
        let log = StepLog::new(self.request_id);
        let applied = self.apply_graph(&graph, &log).await?;
        let outputs = Box::new(self.write_outputs(&applied.observed).await?);
        self.record_end().await?;
        let counts = applied.plan.counts();
        Ok(BootstrapOutcome::Applied { counts, outputs, log: log.into_lines() })
    }

    async fn apply_graph(&self, graph: &Graph, log: &StepLog) -> Result<Applied, BootstrapError> {
        let applied = apply::apply(&self.app.aws, graph, log, self.stop_at);
        match publish_while(&self.app.records, log, applied).await {
            Ok(applied) => Ok(applied),
            Err(error) => {
                // No step was started, and resuming would fail in the same way.
                if matches!(error, ApplyError::Blocked { .. }) {
                    self.record_end().await?;
                }
                Err(BootstrapError::from_apply(log, error))
            }
        }
    }

    async fn write_outputs(&self, observed: &Observed) -> Result<Outputs, BootstrapError> {
        let mut outputs = self.outputs_from(observed).ok_or(BootstrapError::NoTask)?;
        let before: Option<Outputs> = self.app.records.read(keys::OUTPUTS).await?;
        let bucket = outputs.destination_bucket.as_str();
        let enabled_at = versioning_enabled_at(&self.config, bucket, before.as_ref(), Utc::now());
        outputs.versioning_enabled_at = enabled_at;
        self.app.records.write(keys::OUTPUTS, &outputs).await?;
        Ok(outputs)
    }

    pub(crate) async fn destroy(
        &self,
        request: &BootstrapRequest,
    ) -> Result<BootstrapOutcome, BootstrapError> {
        self.record_start(request).await?;
        self.app.records.remove(keys::OUTPUTS).await?;
        let log = StepLog::new(self.request_id);
        let destroyed =
            apply::destroy(&self.app.aws, &self.graph, request.delete_data, &log, self.stop_at);
        let destroyed = publish_while(&self.app.records, &log, destroyed).await;
        let plan = destroyed.map_err(|error| BootstrapError::from_apply(&log, error))?.plan;
        // Not before: without it an interrupted destroy would not know of the restore's resources.
        self.app.records.remove(&keys::restore(&SyncName::default())).await?;
        self.record_end().await?;
        Ok(BootstrapOutcome::Destroyed {
            deleted: plan.deleted(),
            kept: plan.kept(),
            log: log.into_lines(),
        })
    }

    /// Checks for drift and sends an alert if there is any.
    pub(crate) async fn report_drift(&self) -> Result<BootstrapOutcome, BootstrapError> {
        let observation = observe_what_can_be_read(&self.app.aws, &self.graph).await;
        let drift = drift::drift(&self.graph, &observation);
        if drift.is_none() {
            return Ok(BootstrapOutcome::NoDrift);
        }
        self.app.publish_alert(&drift::drift_alert(self.stack_name(), &drift)).await?;
        Ok(BootstrapOutcome::Drifted {
            drifted: drift::describe_differences(&drift),
            unread: drift::describe_unread(&drift),
        })
    }

    /// Resumes an interrupted apply. If the time is over, Lambda's retry of the same event resumes
    /// again.
    pub(crate) async fn resume(
        &self,
        request: &BootstrapRequest,
    ) -> Result<BootstrapOutcome, BootstrapError> {
        match self.apply(request).await {
            Ok(BootstrapOutcome::Applied { log, .. }) => {
                let alert = daily::apply_completed(self.stack_name(), &log);
                self.app.publish_alert(&alert).await?;
                Ok(BootstrapOutcome::Completed { log })
            }
            Ok(other) => Ok(other),
            Err(error @ BootstrapError::OutOfTime(_)) => Err(error),
            Err(error) => {
                let problem = chain(&error);
                let alert = daily::apply_still_interrupted(self.stack_name(), &problem);
                self.app.publish_alert(&alert).await?;
                Ok(BootstrapOutcome::StillUnfinished { problem })
            }
        }
    }

    /// Emits the metric of the first deploy: the hours within which an execution must be proven
    /// begin with it. It is emitted before the first step, so that CloudWatch knows it by the last.
    async fn emit_first_deploy(&self) -> Result<(), BootstrapError> {
        if self.app.records.read_bytes(keys::OUTPUTS).await?.is_none() {
            let measure = Measure { name: metrics::FRESH, unit: MetricUnit::Count, value: 1 };
            self.app.metrics.emit(&Measures {
                stack: self.stack_name().to_owned(),
                sync: SyncName::default(),
                at: Utc::now(),
                measures: vec![measure],
                outcome: None,
                properties: vec![("Counts", "the first deploy".to_owned())],
            });
        }
        Ok(())
    }

    async fn record_start(&self, request: &BootstrapRequest) -> Result<(), BootstrapError> {
        let interrupted = InterruptedApply { request: request.clone(), begun_at: Utc::now() };
        Ok(self.app.records.write(keys::INTERRUPTED_APPLY, &interrupted).await?)
    }

    async fn record_end(&self) -> Result<(), BootstrapError> {
        Ok(self.app.records.remove(keys::INTERRUPTED_APPLY).await?)
    }

    fn outputs_from(&self, observed: &Observed) -> Option<Outputs> {
        build_outputs(&self.config, &self.app.aws.names, self.restore.as_ref(), |id, attribute| {
            observed.attribute(id, attribute)
        })
    }

    fn stack_name(&self) -> &str {
        &self.app.aws.names.stack
    }
}

/// The same graph, in which the named resources may be replaced although they hold data.
fn allow_replacement(mut graph: Graph, ids: &[String]) -> Result<Graph, BootstrapError> {
    for id in ids {
        if !graph.allow_replacement(&ResourceId::new(id)) {
            return Err(BootstrapError::NoSuchResource(id.clone()));
        }
    }
    Ok(graph)
}
