//! Each action on the data plane as it is configured now.
//!
//! Each may run twice and crash anywhere: what exists is read anew every time, the outputs are
//! written last and removed first, so that they never promise what is not there, and the mark of
//! unfinished work stands from before the first step until after the last.

use aws::alerts;
use aws::failure::chain;
use chrono::Utc;
use domain::config::StackConfig;
use domain::metrics::{self, Measure, Measures, MetricUnit};
use domain::records::alert::Alert;
use domain::records::interrupted_apply::InterruptedApply;
use domain::records::keys;
use domain::records::outputs::Outputs;
use domain::records::restore::RestoreTarget;
use domain::request::BootstrapRequest;
use reconciler::apply::{self, ApplyError};
use reconciler::graph::{Graph, ResourceId};
use reconciler::observe::{Observed, Sighted, observe, observe_what_can_be_read};
use reconciler::plan;
use tokio::time::Instant;

use crate::daily;
use crate::drift::{self, Drift};
use crate::graph::data_plane;
use crate::handler::{App, HandlerError};
use crate::outcome::Outcome;
use crate::outputs::{outputs, versioning_enabled_at};
use crate::preflight::{Finding, preflight};
use crate::progress::written_while;
use crate::steps::StepLog;

/// The data plane as configured now.
pub(crate) struct Work<'a> {
    app: &'a App,
    config: StackConfig,
    graph: Graph,
    /// Where the restore writes, once there was one.
    restore: Option<RestoreTarget>,
    problems: Vec<Finding>,
    /// The Lambda request.
    invocation: &'a str,
    /// When to begin no further step.
    stop_at: Option<Instant>,
}

impl<'a> Work<'a> {
    pub(crate) async fn configured(
        app: &'a App,
        invocation: &'a str,
        stop_at: Option<Instant>,
    ) -> Result<Self, HandlerError> {
        let config: StackConfig =
            app.records.read(keys::CONFIG).await?.ok_or(HandlerError::NotDeployed)?;
        let found = preflight(&app.aws, &config).await?;
        let graph = data_plane(&config, &app.aws.names, &found.surroundings);
        let restore = found.surroundings.restore;
        Ok(Self { app, config, graph, restore, problems: found.problems, invocation, stop_at })
    }

    pub(crate) async fn plan(&self) -> Result<Outcome, HandlerError> {
        let observed = observe(&self.app.aws, &self.graph).await?;
        Ok(Outcome::Planned { plan: plan::plan(&self.graph, &observed) })
    }

    pub(crate) async fn outputs(&self) -> Result<Outcome, HandlerError> {
        let observed = observe(&self.app.aws, &self.graph).await?;
        Ok(Outcome::Outputs { outputs: self.outputs_of(&observed).map(Box::new) })
    }

    pub(crate) async fn apply(&self, request: &BootstrapRequest) -> Result<Outcome, HandlerError> {
        if !self.problems.is_empty() {
            return Err(HandlerError::Preflight(self.problems.clone()));
        }
        let graph = replaceable(self.graph.clone(), &request.replace)?;
        self.begin(request).await?;
        self.count_first_deploy().await?;
        let log = StepLog::new(self.invocation);
        let applied = apply::apply(&self.app.aws, &graph, &log, self.stop_at);
        let applied = match written_while(&self.app.records, &log, applied).await {
            Ok(applied) => applied,
            Err(error) => {
                // Nothing was begun, and going on would end at the same place.
                if matches!(error, ApplyError::Blocked { .. }) {
                    self.end().await?;
                }
                return Err(HandlerError::after(&log, error));
            }
        };
        let mut outputs = self.outputs_of(&applied.observed).ok_or(HandlerError::NoTask)?;
        let before: Option<Outputs> = self.app.records.read(keys::OUTPUTS).await?;
        let bucket = outputs.destination_bucket.as_str();
        let enabled_at = versioning_enabled_at(&self.config, bucket, before.as_ref(), Utc::now());
        outputs.versioning_enabled_at = enabled_at;
        self.app.records.write(keys::OUTPUTS, &outputs).await?;
        self.end().await?;
        Ok(Outcome::Applied {
            counts: applied.plan.counts(),
            outputs: Box::new(outputs),
            log: log.into_lines(),
        })
    }

    pub(crate) async fn destroy(
        &self,
        request: &BootstrapRequest,
    ) -> Result<Outcome, HandlerError> {
        self.begin(request).await?;
        self.app.records.remove(keys::OUTPUTS).await?;
        let log = StepLog::new(self.invocation);
        let destroyed =
            apply::destroy(&self.app.aws, &self.graph, request.delete_data, &log, self.stop_at);
        let destroyed = written_while(&self.app.records, &log, destroyed).await;
        let plan = destroyed.map_err(|error| HandlerError::after(&log, error))?.plan;
        // Only now: without it the rest of a destroy that was cut off would not know of the
        // restore's resources.
        self.app.records.remove(keys::RESTORE).await?;
        self.end().await?;
        Ok(Outcome::Destroyed { deleted: plan.deleted(), kept: plan.kept(), log: log.into_lines() })
    }

    /// The daily look, when there is nothing to go on with.
    pub(crate) async fn report_drift(&self) -> Result<Outcome, HandlerError> {
        let sighted: Sighted = observe_what_can_be_read(&self.app.aws, &self.graph).await;
        let drift: Drift = drift::drift(&self.graph, &sighted);
        if drift.is_none() {
            return Ok(Outcome::NoDrift);
        }
        self.app.alert(&drift::alert(self.stack(), &drift)).await?;
        Ok(Outcome::Drifted {
            drifted: drift::sentences(&drift),
            unread: drift::unread_sentences(&drift),
        })
    }

    /// The daily look, when an apply was cut off. Out of time is left to Lambda's retry of the same
    /// event.
    pub(crate) async fn go_on(&self, request: &BootstrapRequest) -> Result<Outcome, HandlerError> {
        match self.apply(request).await {
            Ok(Outcome::Applied { log, .. }) => {
                self.app.alert(&daily::completed(self.stack(), &log)).await?;
                Ok(Outcome::Completed { log })
            }
            Ok(other) => Ok(other),
            Err(error @ HandlerError::OutOfTime(_)) => Err(error),
            Err(error) => {
                let problem = chain(&error);
                self.app.alert(&daily::still_unfinished(self.stack(), &problem)).await?;
                Ok(Outcome::StillUnfinished { problem })
            }
        }
    }

    /// The hours within which a run has to be proven begin with the first deploy. Counted before
    /// the first step: by the last one CloudWatch knows it.
    async fn count_first_deploy(&self) -> Result<(), HandlerError> {
        if self.app.records.read_bytes(keys::OUTPUTS).await?.is_none() {
            self.app.metrics.emit(&Measures {
                stack: self.stack().to_owned(),
                at: Utc::now(),
                measures: vec![Measure { name: metrics::FRESH, unit: MetricUnit::Count, value: 1 }],
                outcome: None,
                properties: vec![("Counts", "the first deploy".to_owned())],
            });
        }
        Ok(())
    }

    async fn begin(&self, request: &BootstrapRequest) -> Result<(), HandlerError> {
        let unfinished = InterruptedApply { request: request.clone(), begun_at: Utc::now() };
        Ok(self.app.records.write(keys::INTERRUPTED_APPLY, &unfinished).await?)
    }

    async fn end(&self) -> Result<(), HandlerError> {
        Ok(self.app.records.remove(keys::INTERRUPTED_APPLY).await?)
    }

    fn outputs_of(&self, observed: &Observed) -> Option<Outputs> {
        outputs(&self.config, &self.app.aws.names, self.restore.as_ref(), |id, attribute| {
            observed.attribute(id, attribute)
        })
    }

    fn stack(&self) -> &str {
        &self.app.aws.names.stack
    }
}

impl App {
    pub(crate) async fn alert(&self, alert: &Alert) -> Result<(), HandlerError> {
        Ok(alerts::publish(&self.sns, &self.environment.alerts_topic_arn, alert).await?)
    }
}

/// The same graph, where the named resources may be replaced although they hold data.
fn replaceable(mut graph: Graph, ids: &[String]) -> Result<Graph, HandlerError> {
    for id in ids {
        if !graph.allow_replacement(&ResourceId::new(id)) {
            return Err(HandlerError::NoSuchResource(id.clone()));
        }
    }
    Ok(graph)
}
