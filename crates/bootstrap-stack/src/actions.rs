//! The actions on the data plane as it is configured now.
//!
//! Each action may run twice and may be interrupted anywhere. What exists is read again every time.
//! The outputs are written last and removed first, so that they never describe what does not exist.
//! The record of the interrupted apply exists from before the first step until after the last.

mod recording;

use aws::failure::chain;
use chrono::Utc;
use domain::config::StackConfig;
use domain::records::keys;
use domain::records::outputs::Outputs;
use domain::request::BootstrapRequest;
use reconciler::apply::{self, Applied, ApplyError};
use reconciler::graph::{Graph, ResourceId};
use reconciler::observe::{Observed, observe, observe_for_plan, observe_what_can_be_read};
use reconciler::plan;
use tokio::time::Instant;

use crate::app::BootstrapApp;
use crate::daily;
use crate::data_sources::DataSources;
use crate::drift;
use crate::error::BootstrapError;
use crate::graph::data_plane;
use crate::outcome::BootstrapOutcome;
use crate::outputs::{RecordedRestores, build_outputs, set_versioning_times};
use crate::preflight::{Preflight, PreflightFinding, preflight};
use crate::progress::publish_while;
use crate::step_log::StepLog;

/// The data plane as it is configured now.
pub(crate) struct DataPlane<'a> {
    app: &'a BootstrapApp,
    config: StackConfig,
    graph: Graph,
    data_sources: DataSources,
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
        let Preflight { data_sources, problems, .. } = found;
        Ok(Self { app, config, graph, data_sources, problems, request_id, stop_at })
    }

    pub(crate) async fn plan(&self) -> Result<BootstrapOutcome, BootstrapError> {
        // After an interrupted apply a location may have a mount target that is gone, which only
        // its tags show.
        let observed = match self.data_sources.is_interrupted {
            true => observe(&self.app.aws, &self.graph).await?,
            false => observe_for_plan(&self.app.aws, &self.graph).await?,
        };
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
        self.emit_first_deploys().await?;
        let log = StepLog::new(self.request_id);
        let applied = self.apply_graph(&graph, &log).await?;
        let outputs = Box::new(self.write_outputs(&applied.observed).await?);
        self.forget_removed_syncs().await?;
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
        set_versioning_times(&mut outputs, &self.config, before.as_ref(), Utc::now());
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
        for sync in self.data_sources.restores.keys() {
            self.app.records.remove(&keys::restore(sync)).await?;
        }
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

    fn outputs_from(&self, observed: &Observed) -> Option<Outputs> {
        let recorded = RecordedRestores {
            restores: &self.data_sources.restores,
            directories: self.data_sources.remember_restores(&self.config.resolve_syncs()),
        };
        build_outputs(&self.config, &self.app.aws.names, recorded, |id, attribute| {
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
